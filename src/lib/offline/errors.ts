/**
 * How the phone's storage and the way to the server fail. Knows codes only: words are in i18n.
 * Everything that reads lib/offline may call it.
 */

/**
 * - `quota-exceeded`: the phone is full. Nothing was stored. Told: free space, photos first.
 * - `storage-lost`: the browser's database ended and did not come back. Told: reload the app.
 * - `storage-blocked`: an older tab holds the database. Told: close the other tabs.
 * - `storage-ephemeral`: a private window, storage would vanish. Told: use an ordinary window.
 * - `storage-refused`: the browser forbids storage here. Told: which setting.
 * - `storage-shut`: the data key left the memory meanwhile. Told: open the app again.
 * - `storage-unreadable`: a sealed record does not open here. Told: hand the copy to the desk.
 */
export type StorageErrorCode =
  | 'quota-exceeded'
  | 'storage-lost'
  | 'storage-blocked'
  | 'storage-ephemeral'
  | 'storage-refused'
  | 'storage-shut'
  | 'storage-unreadable';

export class StorageError extends Error {
  override name = 'StorageError';
  constructor(
    readonly code: StorageErrorCode,
    options?: { cause?: unknown },
  ) {
    super(code, options);
  }
}

/**
 * Why the last attempt to send ended without an answer; unsent work is untouched in every case.
 *
 * - `offline`: no network, or the connection broke. Ordinary, shown quietly.
 * - `captive-portal`: something answered that is not our server (a hotel's sign-in page).
 * - `signed-out`: the session ended. Told: sign in, nothing is lost.
 * - `forbidden`: signed in, but not allowed to send for this device.
 * - `server-error`: the server failed. Tried again later.
 * - `revoked`: the organisation blocked this phone. Its keys are gone; unsent work stays, sealed.
 * - `bad-answer`: our server answered in a shape this version does not know. Told: update the app.
 */
export type SyncErrorCode =
  | 'offline'
  | 'captive-portal'
  | 'signed-out'
  | 'forbidden'
  | 'revoked'
  | 'server-error'
  | 'bad-answer';

export class SyncError extends Error {
  override name = 'SyncError';
  constructor(
    readonly code: SyncErrorCode,
    options?: { cause?: unknown },
  ) {
    super(code, options);
  }
}

/**
 * - `key-expired`: the round's days are over, its keys are gone. Told: download the round again.
 * - `key-unreadable`: the key was not wrapped for this phone or was changed. Told: download again.
 */
export class KeyError extends Error {
  override name = 'KeyError';
  constructor(readonly code: 'key-expired' | 'key-unreadable') {
    super(code);
  }
}

/**
 * Why a person's storage stays shut; nothing in it is lost in any case.
 *
 * - `pin-needed`, `pin-wrong`: told: enter the PIN; after several wrong ones, when to try again.
 * - `pin-wait`: told: how long until the next try.
 * - `cleared`: the browser threw the storage away, the second copy is here, and the key comes back
 *   with the network. Told: how many records are safe.
 * - `revoked`: the organisation blocked this phone. Told: hand in the copy.
 */
export type LockCode = 'pin-needed' | 'pin-wrong' | 'pin-wait' | 'cleared' | 'revoked';

export class LockError extends Error {
  override name = 'LockError';
  constructor(
    readonly code: LockCode,
    /** Milliseconds until the next try of a PIN, and how many unsent records are here. */
    readonly about: { readonly waitMs: number; readonly records: number } = {
      waitMs: 0,
      records: 0,
    },
  ) {
    super(code);
  }
}

/**
 * - `no-org-key`: this phone has not met its organisation's key yet. Told: connect once.
 * - `nothing-unsent`: the server has everything. Told so.
 * - `torn`: a part is missing or damaged. Told: take it again.
 * - `not-kilter`: another file. Told: choose one that ends with .kilter.
 */
export class RescueError extends Error {
  override name = 'RescueError';
  constructor(readonly code: 'no-org-key' | 'nothing-unsent' | 'torn' | 'not-kilter') {
    super(code);
  }
}
