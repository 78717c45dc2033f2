/**
 * The outbox in IndexedDB: the transactions of outbox-store.ts and nothing else. What they decide
 * is in engine.ts. It must behave as the one in memory-store.test.ts does (outbox.conformance.ts).
 */
import { Dexie } from 'dexie';
import { must } from '#lib/base/assert.ts';
import type { Uuid } from '#lib/base/id.ts';
import { PUSH_LIMIT, type FieldEvent, type Receipt } from '#lib/contract/fieldsync.ts';
import { withStorage, type EventRow, type PhoneDatabase } from './database.ts';
import { openEpoch, prunable, selectBatch, type Head, type Settled } from './engine.ts';
import type { OutboxStore } from './outbox-store.ts';
import { isRewound } from './phone.ts';
import { stopChange } from './stops.ts';

export function dexieStore(db: PhoneDatabase): OutboxStore {
  const readHead = async (): Promise<Head> => must(await db.head.get('head'), 'no head');
  const writeHead = (head: Head) => db.head.put({ ...head, key: 'head' });
  return {
    head: () => withStorage(db, readHead),
    append: (build) =>
      withStorage(db, () =>
        db.transaction('rw', db.event, db.head, db.meter, async () => {
          const made = build(await readHead());
          // After a lost connection the first try may have committed all the same.
          const before = await db.event.bulkGet(made.events.map((event) => event.id));
          if (before[0]) return before.map((row) => must(row, 'committed together').event);
          await db.event.bulkAdd(made.events.map(unsentRow));
          await writeHead(made.head);
          for (const event of made.events) await stopChange(db, event);
          return made.events;
        }),
      ),
    nextBatch: () =>
      withStorage(db, () =>
        db.transaction('r', db.event, db.head, async () => {
          const head = await readHead();
          for (const { epoch } of head.epochs) {
            const rows = await unsentOf(db, epoch).limit(PUSH_LIMIT).toArray();
            if (rows.length) return { head, epoch, events: selectBatch(rows) };
          }
          return { head, epoch: openEpoch(head).epoch, events: [] };
        }),
      ),
    settle: ({ epoch, expect }, decide) =>
      withStorage(db, () =>
        db.transaction('rw', db.event, db.head, async () => {
          const head = await readHead();
          const held =
            expect !== undefined &&
            (await db.event.where('[epoch+n]').equals([epoch, expect]).count()) > 0;
          const outcome = decide(head, held);
          await writeHead(outcome.head);
          if (outcome.rewind) await rewind(db, outcome.rewind);
          await writeReceipts(db, outcome);
          return outcome;
        }),
      ),
    counts: () => withStorage(db, () => countAll(db)),
    list: (limit) => withStorage(db, () => db.event.orderBy('id').reverse().limit(limit).toArray()),
    prune: () => withStorage(db, () => pruneAll(db, readHead)),
  };
}

export function unsentRow(event: FieldEvent): EventRow {
  const { id, epoch, n } = event;
  return { id, epoch, n, event, receipt: null, receiptAt: null, unsentEpoch: epoch };
}

const unsentOf = (db: PhoneDatabase, epoch: Uuid) =>
  db.event.where('[unsentEpoch+n]').between([epoch, Dexie.minKey], [epoch, Dexie.maxKey]);

async function writeReceipts(db: PhoneDatabase, { head, receipts }: Settled): Promise<void> {
  const at = Date.parse(head.lastServer ?? '');
  const rows = await db.event.bulkGet(receipts.map((receipt) => receipt.id));
  const done = rows.flatMap((row, i) => {
    const receipt = receipts[i]!;
    return row && row.event.hash === receipt.hash ? [receivedRow(row, receipt, at)] : [];
  });
  await db.event.bulkPut(done);
}

function receivedRow({ unsentEpoch: _, ...row }: EventRow, receipt: Receipt, receiptAt: number) {
  const outcome = receipt.result === 'quarantined' ? 'quarantined' : 'stored';
  return { ...row, receipt, receiptAt, outcome } satisfies EventRow;
}

async function rewind(db: PhoneDatabase, to: NonNullable<Settled['rewind']>): Promise<void> {
  const rows =
    to.epoch === null
      ? db.event.toCollection()
      : db.event.where('[epoch+n]').between([to.epoch, to.afterN], [to.epoch, Dexie.maxKey], false);
  const again = (await rows.toArray()).filter((row) => row.receipt && isRewound(row, to));
  await db.event.bulkPut(again.map((row) => unsentRow(row.event)));
}

async function countAll(db: PhoneDatabase) {
  return db.transaction('r', db.event, db.meta, async () => {
    const unsent = db.event.orderBy('[unsentEpoch+n]');
    const oldest = await unsent.first();
    return {
      unsent: await unsent.count(),
      received: await db.event.where('outcome').equals('stored').count(),
      quarantined: await db.event.where('outcome').equals('quarantined').count(),
      oldestUnsentAt: oldest ? Date.parse(oldest.event.at.wall) : null,
      lastReceiptAt: await lastReceiptAt(db),
    };
  });
}

async function lastReceiptAt(db: PhoneDatabase): Promise<number | null> {
  const newest = await db.event.orderBy('id').reverse().limit(PUSH_LIMIT).toArray();
  return newest.reduce<number | null>(
    (max, { receiptAt }) => (receiptAt !== null && receiptAt > (max ?? 0) ? receiptAt : max),
    null,
  );
}

const pruneAll = (db: PhoneDatabase, readHead: () => Promise<Head>): Promise<number> =>
  db.transaction('rw', db.event, db.head, async () => {
    const head = await readHead();
    const gone = prunable(head, await db.event.toArray());
    await db.event.bulkDelete([...gone]);
    return gone.size;
  });
