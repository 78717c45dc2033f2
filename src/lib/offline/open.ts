/**
 * Opens one person's storage on this phone and wires the parts of lib/offline together. It knows
 * every part and no rule. lib/state and lib/field call it, once a session.
 */
import { Dexie } from 'dexie';
import { MINUTE_MS, SECOND_MS } from '#lib/base/interval.ts';
import { PROTO } from '#lib/contract/fieldsync.ts';
import { PhoneDatabase, withStorage } from './database.ts';
import { dexieStore } from './dexie-store.ts';
import { newHead, type Head } from './engine.ts';
import { StorageError } from './errors.ts';
import { openKeyring, forgetExpiredKeys } from './keyring.ts';
import { openOutbox, randomUuid } from './outbox.ts';
import { openPhotos } from './photos.ts';
import { openRadioFormats } from './radio-formats.ts';
import { openReceipts } from './receipts.ts';
import { httpRemote, type Remote } from './remote.ts';
import { openRounds } from './rounds.ts';
import { openSnapshots } from './snapshots.ts';
import { askToPersist } from './storage.ts';
import { openSyncEngine } from './sync-engine.ts';
import type { Offline } from './types.ts';
import type { SyncEngine } from './types-device.ts';

export type OpenOptions = {
  readonly userId: string;
  readonly appVersion?: string;
  /** Tests bring their own server and clock. */
  readonly remote?: Remote;
  readonly now?: () => number;
  /** Fetch rounds with every sync; residents have none. Default true. */
  readonly withRounds?: boolean;
};

const REGISTERED = 'registered';
/** An older tab that holds the database is waited for this long. */
const BLOCKED_MS = MINUTE_MS / 12;
const UNDO_MS = 11 * SECOND_MS;
const PULL_PAUSE_MS = MINUTE_MS / 2;

const nameOf = (userId: string): string => `kilter-${userId}`;

/** Whether this person ever kept anything on this phone. */
export const hasStorage = (userId: string): Promise<boolean> => Dexie.exists(nameOf(userId));

/** Throws StorageError when the browser gives no storage. */
export async function openOffline(options: OpenOptions): Promise<Offline> {
  const now = options.now ?? (() => Date.now());
  const remote = options.remote ?? httpRemote((input, init) => fetch(input, init));
  const db = new PhoneDatabase(nameOf(options.userId));
  await openUnblocked(db);
  await askToPersist();
  const { device } = await ensureHead(db, now());
  const store = dexieStore(db);
  const serverNow = async () => now() + Math.max(0, (await store.head()).offsetMs ?? 0);
  const keyring = openKeyring(db, { device, now: serverNow });
  await forgetExpiredKeys(db, await serverNow());
  const register = async () => {
    if ((await withStorage(db, () => db.meta.get(REGISTERED)))?.value === true) return;
    const publicKey = await keyring.publicKey();
    await remote.registerDevice({ proto: PROTO, device, publicKey, name: null });
    await withStorage(db, () => db.meta.put({ name: REGISTERED, value: true }));
  };
  const rounds = openRounds(db, { remote, device, now, register });
  const sync = openSyncEngine({
    db,
    store,
    remote,
    appVersion: options.appVersion ?? 'web',
    now,
    pull: options.withRounds === false ? async () => {} : seldom(rounds.refresh, now),
  });
  const later = afterUndo(sync, options.withRounds === false ? 0 : UNDO_MS);
  return {
    userId: options.userId,
    deviceId: device,
    outbox: openOutbox({ db, store, userId: options.userId, now, onCaptured: later.start }),
    rounds,
    photos: openPhotos(db, now),
    receipts: openReceipts(db, { device, now }),
    keyring,
    snapshots: openSnapshots(db, now),
    formats: openRadioFormats(db),
    sync,
    close() {
      later.stop();
      sync.close();
      db.close();
    },
  };
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

/** Two tabs may open an empty storage at once: one head wins, both use it. */
const ensureHead = (db: PhoneDatabase, now: number): Promise<Head> =>
  withStorage(db, () =>
    db.transaction('rw', db.head, async () => {
      const before = await db.head.get('head');
      if (before) return before;
      const head = { ...newHead(randomUuid(now), randomUuid(now)), key: 'head' as const };
      await db.head.add(head);
      return head;
    }),
  );
