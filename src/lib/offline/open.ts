/**
 * Opens one person's storage on this phone and wires the parts of lib/offline together. It knows
 * every part and no rule. lib/state and lib/field call it, once a session.
 */
import { Dexie } from 'dexie';
import { MINUTE_MS, SECOND_MS } from '#lib/base/interval.ts';
import { PROTO, type FieldEvent } from '#lib/contract/fieldsync.ts';
import { begin, type Begun } from './begin.ts';
import { forgetDataKey, hasPin, setPin, wrapForOrganisation } from './data-key.ts';
import { PhoneDatabase, withStorage } from './database.ts';
import { dexieStore } from './dexie-store.ts';
import { openDlmsCounters } from './dlms-counters.ts';
import { StorageError } from './errors.ts';
import { forgetAllKeys, forgetExpiredKeys, openKeyring } from './keyring.ts';
import { forgetLost, leaveMark, lossOf, rememberOpen } from './loss.ts';
import { openOutbox } from './outbox.ts';
import { countUnsentPhotos, openPhotos } from './photos.ts';
import { openRadioFormats } from './radio-formats.ts';
import { openReceipts } from './receipts.ts';
import { httpRemote, type Remote } from './remote.ts';
import { openRescue, saveShutWork } from './rescue.ts';
import { CURSOR, openRounds } from './rounds.ts';
import { openSecondCopy, type SecondCopy } from './second-copy.ts';
import { openSnapshots } from './snapshots.ts';
import { askToPersist } from './storage.ts';
import { openSyncEngine } from './sync-engine.ts';
import type { Offline } from './types.ts';
import type { Keyring, Safety, SyncEngine } from './types-device.ts';
import { Vault } from './vault.ts';

export type OpenOptions = {
  readonly userId: string;
  readonly appVersion?: string;
  /** Tests bring their own server and clock. */
  readonly remote?: Remote;
  readonly now?: () => number;
  /** Fetch rounds with every sync; residents have none. Default true. */
  readonly withRounds?: boolean;
  /** Where the person set one; see LockError. */
  readonly pin?: string;
  /** Go on without what is in a copy that does not open; its file is set aside, not deleted. */
  readonly anew?: boolean;
  /** Nothing outlives the database: no second copy, no mark of how much it held. */
  readonly isPractice?: boolean;
  /** The phone was blocked while it was open: show LockError `revoked` and call `close`. */
  readonly onLocked?: () => void;
};

/** Another word than versions had that told no data key. */
const REGISTERED = 'registered-keys';
/** An older tab that holds the database is waited for this long. */
const BLOCKED_MS = MINUTE_MS / 12;
const UNDO_MS = 11 * SECOND_MS;
const PULL_PAUSE_MS = MINUTE_MS / 2;

export const storageName = (userId: string): string => `kilter-${userId}`;

/** Whether this person ever kept anything on this phone. */
export const hasStorage = (userId: string): Promise<boolean> => Dexie.exists(storageName(userId));

/**
 * How much of this person's work is unsent, for a storage that stays shut: indexes are clear.
 */
export async function countShut(userId: string): Promise<number> {
  const db = new PhoneDatabase(storageName(userId), new Vault(null));
  try {
    return (await db.event.orderBy('[unsentEpoch+n]').count()) + (await countUnsentPhotos(db));
  } finally {
    db.close();
  }
}

/**
 * The person leaves this phone: rounds, their keys and old answers go, also behind a PIN; what is
 * unsent and the phone's place in its chain stay (I11). The next sign-in downloads anew.
 */
export async function leavePhone(userId: string): Promise<void> {
  if (!(await hasStorage(userId))) return;
  const db = new PhoneDatabase(storageName(userId), new Vault(null));
  try {
    await withStorage(db, () => forgetRounds(db));
  } finally {
    db.close();
  }
}

/** Unsent work of a storage that stays shut, for a file. Throws RescueError. */
export const saveShut = (userId: string): Promise<Uint8Array<ArrayBuffer>> =>
  saveShutWork(storageName(userId), { userId, now: () => Date.now() });

/** Throws StorageError when the browser gives no storage, LockError when it stays shut. */
export async function openOffline(options: OpenOptions): Promise<Offline> {
  const now = options.now ?? (() => Date.now());
  const remote = options.remote ?? httpRemote((input, init) => fetch(input, init));
  const { userId } = options;
  const db = new PhoneDatabase(storageName(userId), new Vault(null));
  let copy: SecondCopy | null = null;
  try {
    await openUnblocked(db);
    await askToPersist();
    copy = options.isPractice ? null : await openSecondCopy(db, userId);
    const { pin = null, anew = false } = options;
    const begun = await begin(db, { userId, pin, remote, now, copy, anew });
    if (!begun.copy) copy?.close();
    return await wire({ db, copy: begun.copy, options, remote, now, begun });
  } catch (error) {
    copy?.close();
    db.close();
    throw error;
  }
}

type Parts = {
  readonly db: PhoneDatabase;
  readonly copy: SecondCopy | null;
  readonly options: OpenOptions;
  readonly remote: Remote;
  readonly now: () => number;
  readonly begun: Begun;
};

async function wire(parts: Parts): Promise<Offline> {
  const { db, copy, options, remote, now, begun } = parts;
  const { userId } = options;
  const { device } = begun.head;
  const store = dexieStore(db);
  const serverNow = async () => now() + Math.max(0, (await store.head()).offsetMs ?? 0);
  const keyring = openKeyring(db, { device, now: serverNow });
  await forgetExpiredKeys(db, await serverNow());
  const rewriteCopy = () => void copy?.rewrite().catch(() => {});
  rewriteCopy();
  const register = () => registerPhone({ db, remote, device, userId, keyring, rewriteCopy });
  const rounds = openRounds(db, { remote, device, now, serverNow, register });
  const sync = openSyncEngine({
    db,
    store,
    remote,
    appVersion: appVersionOf(options),
    now,
    pull: options.withRounds === false ? register : seldom(rounds.refresh, now),
    onReceipts: rewriteCopy,
    onRevoked: async () => {
      await forgetEverythingOpen(db);
      options.onLocked?.();
    },
  });
  const later = afterUndo(sync, options.withRounds === false ? 0 : UNDO_MS);
  const onStored = (events: readonly FieldEvent[]): void => {
    copy?.keep(events);
    const last = events.at(-1);
    if (last && !options.isPractice) leaveMark(userId, device, last);
  };
  return {
    userId,
    deviceId: device,
    outbox: openOutbox({ db, store, userId, now, onCaptured: later.start, onStored }),
    rounds,
    photos: openPhotos(db, now),
    receipts: openReceipts(db, { device, now }),
    keyring,
    snapshots: openSnapshots(db, now),
    formats: openRadioFormats(db),
    counters: openDlmsCounters(db),
    sync,
    rescue: openRescue(db, { userId, now }),
    safety: openSafety(parts),
    close() {
      later.stop();
      sync.close();
      void (copy?.flush() ?? Promise.resolve()).finally(() => {
        copy?.close();
        db.close();
        db.vault.forget();
      });
    },
  };
}

const appVersionOf = ({ appVersion }: OpenOptions): string => appVersion ?? 'web';

const openSafety = ({ db, copy, remote, options, begun }: Parts): Safety => ({
  hasPin: () => hasPin(db),
  setPin: (pin) => setPin(db, pin),
  restored: begun.restored,
  copy: () => ({ kept: copy !== null, behind: copy?.behind ?? 0 }),
  loss: () => lossOf(db, remote, appVersionOf(options)),
  lossRead: () => forgetLost(db),
});

type Registration = {
  readonly db: PhoneDatabase;
  readonly remote: Remote;
  readonly device: string;
  readonly userId: string;
  readonly keyring: Keyring;
  readonly rewriteCopy: () => void;
};

/** Tells the server this phone's keys, once: its public one, then the data key wrapped for it. */
async function registerPhone(about: Registration): Promise<void> {
  const { db, remote, device, userId } = about;
  if ((await withStorage(db, () => db.meta.get(REGISTERED)))?.value === true) return;
  const hello = { proto: PROTO, device, publicKey: await about.keyring.publicKey(), name: null };
  const { orgKey, open } = await remote.registerDevice({ ...hello, proto: PROTO });
  if (orgKey) {
    const dataKey = await wrapForOrganisation(db, { orgKey, device, userId });
    if (dataKey) await remote.registerDevice({ ...hello, proto: PROTO, dataKey });
    about.rewriteCopy();
  }
  const head = await withStorage(db, () => db.head.get('head'));
  // A storage that has counted itself has not replaced another one just now.
  if (open && head?.epochs.every((e) => e.capturedN === 0)) await rememberOpen(db, open);
  await withStorage(db, () => db.meta.put({ name: REGISTERED, value: true }));
}

/** X23: what the keys could open goes with them; sealed events and pictures stay. */
async function forgetEverythingOpen(db: PhoneDatabase): Promise<void> {
  await forgetAllKeys(db);
  await withStorage(db, () => forgetRounds(db));
  await forgetDataKey(db);
}

async function forgetRounds(db: PhoneDatabase): Promise<void> {
  const tables = [db.round, db.roundKeys, db.pack, db.stop, db.snapshot];
  await db.transaction('rw', [...tables, db.meta], async () => {
    for (const table of tables) await table.clear();
    await db.meta.delete(CURSOR);
  });
}

/** A reader may undo for ten seconds: what is undone before it was sent never becomes a reading. */
function afterUndo(sync: SyncEngine, wait: number): { start(): void; stop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    start() {
      clearTimeout(timer);
      timer = setTimeout(() => void (navigator.onLine && sync.now().catch(() => {})), wait);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Every capture sends, but rounds change rarely: their pull is not repeated at once. */
function seldom(work: () => Promise<void>, now: () => number): () => Promise<void> {
  let doneAt = -Infinity;
  return async () => {
    if (now() - doneAt < PULL_PAUSE_MS && now() >= doneAt) return;
    await work();
    doneAt = now();
  };
}

async function openUnblocked(db: PhoneDatabase): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const blocked = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StorageError('storage-blocked')), BLOCKED_MS);
  });
  try {
    await Promise.race([withStorage(db, () => db.open()), blocked]);
  } finally {
    clearTimeout(timer);
  }
}
