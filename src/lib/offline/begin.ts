/**
 * From a browser's storage to an open one: unlocked, taken over from an older version, compared
 * with its second copy (X9). It knows in which order, and that a storage that was thrown away comes
 * back as the same phone. open.ts calls it once a session.
 */
import { recoverText } from '#lib/contract/sealed.ts';
import { compare } from './copy-plan.ts';
import { keptKey, makeDataKey, unlockDataKey } from './data-key.ts';
import { withStorage, type PhoneDatabase } from './database.ts';
import { openFrom } from './ecies.ts';
import { newHead, openEpoch, type Head } from './engine.ts';
import { LockError, SyncError } from './errors.ts';
import { devicePair, publicPoint } from './keyring.ts';
import { readMark, rememberLost, rememberShort } from './loss.ts';
import { randomUuid } from './outbox.ts';
import type { Remote } from './remote.ts';
import { sealOldRows } from './seal-old-rows.ts';
import type { CopyRead, SealedNamed, SecondCopy } from './second-copy.ts';

export type Beginning = {
  readonly userId: string;
  readonly pin: string | null;
  readonly remote: Remote;
  readonly now: () => number;
  readonly copy: SecondCopy | null;
  /** The person chose to go on without what cannot be opened; the copy's file is set aside. */
  readonly anew: boolean;
};

export type Begun = {
  readonly head: Head;
  readonly restored: number;
  /** Null when the file's content is neither taken over nor safe elsewhere: it stays as it is. */
  readonly copy: SecondCopy | null;
};

/** Throws LockError, StorageError. */
export async function begin(db: PhoneDatabase, about: Beginning): Promise<Begun> {
  const head = await withStorage(db, () => db.head.get('head'));
  let usable = about.copy;
  const giveUp = (): null => (usable = null);
  const copy = (await usable?.read().catch(giveUp)) ?? null;
  const gone = !head && copy !== null && copy.events.length > 0 && !about.anew;
  const ours = gone || (copy !== null && copy.device === head?.device);
  // What this storage does not take over would be written over by its own copy.
  if (!ours && copy?.events.length !== 0) await usable?.setAside().catch(giveUp);
  if (gone) await recoverKey(db, copy, about.remote);
  else if (await keptKey(db)) await unlockDataKey(db, { pin: about.pin, now: about.now() });
  else await makeDataKey(db);
  await sealOldRows(db);
  const restored = copy && (head || gone) ? await takeBack(db, copy) : 0;
  const open = await ensureHead(db, about.now());
  if (!head) await noteLoss(db, about.userId, { head: open, gone });
  return { head: open, restored, copy: usable };
}

/** The key of a storage that was thrown away is with the organisation; it needs a network once. */
async function recoverKey(db: PhoneDatabase, copy: CopyRead, remote: Remote): Promise<void> {
  const { device } = copy;
  const records = copy.events.length;
  try {
    const pair = await devicePair(db);
    const sealed = await remote.recover(device, await publicPoint(pair));
    const raw = await openFrom(pair.privateKey, recoverText(device), sealed);
    if (!raw.ok) throw new SyncError('bad-answer');
    await makeDataKey(db, raw.value);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const code = error.code === 'revoked' ? 'revoked' : 'cleared';
    throw new LockError(code, { waitMs: 0, records });
  }
}

/** What the copy has and the storage has not, under the head that follows from both. */
const takeBack = (db: PhoneDatabase, copy: CopyRead): Promise<number> =>
  withStorage(db, () =>
    db.transaction('rw', db.event, db.head, async () => {
      const stored = await db.head.get('head');
      const here = await db.event.bulkGet(copy.events.map(({ id }) => id));
      const has = new Set(here.flatMap((row) => (row ? [row.id] : [])));
      const plan = compare({ head: stored ?? null, has: ({ id }) => has.has(id) }, copy);
      if (!plan || (stored && plan.events.length === 0)) return 0;
      await db.event.bulkPut(plan.events.map(unsentRow));
      await db.head.put({ ...plan.head, key: 'head' });
      return plan.events.length;
    }),
  );

const unsentRow = ({ id, epoch, n, sealed }: SealedNamed) => ({
  id,
  epoch,
  n,
  unsentEpoch: epoch,
  sealed: new Uint8Array(sealed),
});

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

/** What was counted outside both storages and is in neither now (I12). */
async function noteLoss(
  db: PhoneDatabase,
  userId: string,
  { head, gone }: { head: Head; gone: boolean },
): Promise<void> {
  const mark = readMark(userId);
  if (!mark) return;
  if (!gone && mark.device !== head.device) return rememberLost(db, mark);
  // The copy is behind a capture by milliseconds; a wipe in between costs the last record.
  const { epoch, capturedN } = openEpoch(head);
  if (gone && mark.epoch === epoch && mark.n > capturedN) await rememberShort(db, mark, capturedN);
}
