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
 */
export type StorageErrorCode =
  'quota-exceeded' | 'storage-lost' | 'storage-blocked' | 'storage-ephemeral' | 'storage-refused';

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
 * - `bad-answer`: our server answered in a shape this version does not know. Told: update the app.
 */
export type SyncErrorCode =
  'offline' | 'captive-portal' | 'signed-out' | 'forbidden' | 'server-error' | 'bad-answer';

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
