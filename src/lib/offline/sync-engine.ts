/**
 * When and how the outbox is sent (storage-and-sync 5.4). It knows triggers, patience and that one
 * tab works at a time; what an answer means is in engine.ts, what a transaction is in the store.
 * Whatever goes wrong here, the outbox stays as it is.
 */
import { uuidv7 } from '#lib/base/id.ts';
import type { Push, PushAnswer, Receipt } from '#lib/contract/fieldsync.ts';
import { readPushAnswer } from './answer.ts';
import { liveSeldom, withStorage, type PhoneDatabase } from './database.ts';
import { applyAnswer, pushOf } from './engine.ts';
import { SyncError, type SyncErrorCode } from './errors.ts';
import type { OutboxStore } from './outbox-store.ts';
import { patienceMs } from './patience.ts';
import { countUnsentPhotos, prunePhotos, sendPhotos } from './photos.ts';
import { RECEIPT_KEY } from './receipts.ts';
import { sendCarried } from './rescue.ts';
import type { Remote } from './remote.ts';
import { storageReport } from './storage.ts';
import type { Live, SyncStatus } from './types.ts';
import type { SyncEngine } from './types-device.ts';

export type SyncMeans = {
  readonly db: PhoneDatabase;
  readonly store: OutboxStore;
  readonly remote: Remote;
  readonly appVersion: string;
  readonly now: () => number;
  /** Fetches rounds once a push went through; failures are the next attempt's business. */
  readonly pull: () => Promise<void>;
  /** Receipts came: what is acknowledged needs no second copy. */
  readonly onReceipts: () => void;
  /** The organisation blocked this phone; everything that could be sent was. */
  readonly onRevoked: () => Promise<void>;
};

const LAST_ERROR = 'last-error';
/** Enough for 250 000 events; a server that never stops asking must not hold the lock for ever. */
const MAX_TURNS = 500;

export function openSyncEngine(means: SyncMeans): SyncEngine & { close(): void } {
  let running: Promise<void> | null = null;
  let failures = 0;
  let stopper: SyncErrorCode | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ends = new AbortController();
  const sending = emitter(false);

  /** One attempt; a second call while one runs waits for a fresh one to see what came since. */
  const now = async (): Promise<void> => {
    if (running) await running;
    running ??= attempt().finally(() => (running = null));
    return running;
  };
  const attempt = async (): Promise<void> => {
    sending.set(true);
    failures++;
    stopper = null;
    try {
      stopper = await exclusively(means.db.name, () => sendAll(means));
      if (stopper === null) failures = 0;
    } finally {
      sending.set(false);
      schedule();
    }
  };
  /** For triggers: what went wrong is in the status, or will be when the storage is back. */
  const quietly = () => void now().catch(() => {});
  const schedule = (): void => {
    clearTimeout(timer);
    if (ends.signal.aborted || !started) return;
    timer = setTimeout(quietly, patienceMs(failures, stopper, Math.random()));
  };
  let started = false;
  return {
    status: statusOf(means, sending),
    now,
    start() {
      if (started) return;
      started = true;
      const listen = { signal: ends.signal };
      addEventListener('online', quietly, listen);
      // Leaving the page counts as well: it may be frozen before the next chance.
      document.addEventListener('visibilitychange', quietly, listen);
      quietly();
    },
    async maySignOut() {
      await now();
      const { unsent } = await means.store.counts();
      const photos = await withStorage(means.db, () => countUnsentPhotos(means.db));
      return { ok: unsent + photos === 0, unsent: unsent + photos };
    },
    mayActivate: () => running === null,
    storage: storageReport,
    close() {
      clearTimeout(timer);
      ends.abort();
    },
  };
}

/** The lock's name is what lib/api/service-worker.ts looks for before it changes the version. */
async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return work();
  return navigator.locks.request(`kilter-push-${name}`, work) as Promise<T>;
}

/** Sends events, then photos, then fetches; the code of what stopped it, null when nothing did. */
async function sendAll(means: SyncMeans): Promise<SyncErrorCode | null> {
  const { db, store, remote } = means;
  let code: SyncErrorCode | null = null;
  try {
    await pushAll(means);
    await sendPhotos(db, remote);
    await sendCarried(db, remote, means.now());
    await store.prune();
    await prunePhotos(db, means.now());
    await means.pull();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    code = error.code;
    if (code === 'revoked') await means.onRevoked();
  }
  await withStorage(db, () => db.meta.put({ name: LAST_ERROR, value: code }));
  return code;
}

async function pushAll(means: SyncMeans): Promise<void> {
  let received = 0;
  try {
    received = await pushTurns(means);
  } finally {
    if (received > 0) means.onReceipts();
  }
}

/** How many receipts came. Throws SyncError. */
async function pushTurns(means: SyncMeans): Promise<number> {
  let received = 0;
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const { head, epoch, events } = await means.store.nextBatch();
    const push = { ...pushOf(head, epoch, events), appVersion: means.appVersion };
    const counts = await means.store.counts();
    const { freeBytes, persisted } = await storageReport();
    const beat = {
      oldestUnsentAt: counts.oldestUnsentAt,
      freeBytes,
      persisted,
      clockOffsetMs: head.offsetMs,
    };
    const settled = await exchange(means, { ...push, beat });
    received += settled.receipts.length;
    const stuck = settled.receipts.length === 0 && settled.rewind === null;
    // Nothing left to send, or a server that takes nothing: later, not at once again.
    if (events.length > 0 ? !stuck : settled.rewind !== null) continue;
    break;
  }
  return received;
}

async function exchange(means: SyncMeans, push: Push) {
  const askedAt = means.now();
  const read = readPushAnswer(await means.remote.push(push));
  if (!read.ok) throw new SyncError(read.error);
  const answer = read.value;
  const genuine = await genuineReceipts(means, push, answer);
  const about = { epoch: push.epoch, expect: answer.expect };
  return means.store.settle(about, (head, holdsExpected) =>
    applyAnswer(
      head,
      { push, answer },
      {
        verify: (_, receipt) => genuine.has(receipt),
        holdsExpected,
        askedAt,
        freshEpoch: uuidv7(askedAt, (n) => crypto.getRandomValues(new Uint8Array(n))),
      },
    ),
  );
}

/** Signatures are checked before the transaction: curves are slow, a transaction must not wait. */
async function genuineReceipts(
  { db, remote }: SyncMeans,
  { device, epoch }: Push,
  { receipts }: PushAnswer,
): Promise<ReadonlySet<Receipt>> {
  if (receipts.length === 0) return new Set();
  const { verifyReceipt } = await import('#lib/contract/receipt.ts');
  const check = (key: string) =>
    new Set(receipts.filter((receipt) => verifyReceipt({ device, epoch }, receipt, key)));
  const known = (await withStorage(db, () => db.meta.get(RECEIPT_KEY)))?.value;
  if (typeof known === 'string') {
    const genuine = check(known);
    if (genuine.size > 0) return genuine;
  }
  // First contact, or the server signs with a new key since then.
  const key = await remote.receiptKey();
  await withStorage(db, () => db.meta.put({ name: RECEIPT_KEY, value: key }));
  return check(key);
}

function statusOf({ db, store }: SyncMeans, sending: Live<boolean>): Live<SyncStatus> {
  const kept = liveSeldom(db, [db.event, db.head, db.photo, db.meta], async () => {
    const { epochs: _, ...head } = await store.head();
    return {
      ...(await store.counts()),
      unsentPhotos: await countUnsentPhotos(db),
      lastError: ((await db.meta.get(LAST_ERROR))?.value ?? null) as string | null,
      clockOffsetMs: head.offsetMs,
      forked: head.forked,
    };
  });
  return {
    subscribe(run) {
      let stored: Omit<SyncStatus, 'sending'> | null = null;
      let busy = false;
      const tell = () => stored && run({ ...stored, sending: busy });
      const stops = [
        kept.subscribe((value) => {
          stored = value;
          tell();
        }),
        sending.subscribe((value) => {
          busy = value;
          tell();
        }),
      ];
      return () => stops.forEach((stop) => stop());
    },
  };
}

function emitter<T>(value: T): Live<T> & { set(next: T): void } {
  const runs = new Set<(value: T) => void>();
  return {
    subscribe(run) {
      runs.add(run);
      run(value);
      return () => runs.delete(run);
    },
    set(next) {
      value = next;
      for (const run of runs) run(next);
    },
  };
}
