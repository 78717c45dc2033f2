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
import { openEvent, openEvents, sealEvent } from './sealed-rows.ts';
import { stopChange } from './stops.ts';

export function dexieStore(db: PhoneDatabase): OutboxStore {
  const readHead = async (): Promise<Head> => must(await db.head.get('head'), 'no head');
  const writeHead = (head: Head) => db.head.put({ ...head, key: 'head' });
  return {
    head: () => withStorage(db, readHead),
    append(build) {
      let isSecondTry = false;
      return withStorage(db, () =>
        db.transaction('rw', db.event, db.head, db.stop, async () => {
          const made = build(await readHead());
          // After a lost connection the first try may have committed all the same.
          const before = isSecondTry ? await storedOf(db, made.events) : null;
          isSecondTry = true;
          if (before) return before;
          // Asked for together: each answer costs a slow phone a turn, and they all must commit.
          await Promise.all([
            db.event.bulkAdd(made.events.map((event) => sealEvent(db, unsentRow(event)))),
            writeHead(made.head),
          ]);
          // One after the other: a later one may be about the same meter, or take one back.
          for (const event of made.events) await stopChange(db, event);
          return made.events;
        }),
      );
    },
    nextBatch: () =>
      withStorage(db, async () => {
        const { head, epoch, rows } = await db.transaction('r', db.event, db.head, async () => {
          const head = await readHead();
          for (const { epoch } of head.epochs) {
            const rows = await unsentOf(db, epoch).limit(PUSH_LIMIT).toArray();
            if (rows.length) return { head, epoch, rows };
          }
          return { head, epoch: openEpoch(head).epoch, rows: [] };
        });
        return { head, epoch, events: selectBatch(await openEvents(db, rows)) };
      }),
    settle: ({ epoch, expect }, decide) =>
      withStorage(db, () =>
        db.transaction('rw', db.event, db.head, db.photo, async () => {
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
    list: (limit) =>
      withStorage(db, async () => {
        const rows = await db.event.orderBy('id').reverse().limit(limit).toArray();
        return openEvents(db, rows);
      }),
    prune: () => withStorage(db, () => pruneAll(db, readHead)),
  };
}

/** The events as they were committed together before; null when they were not. */
async function storedOf(
  db: PhoneDatabase,
  events: readonly FieldEvent[],
): Promise<readonly FieldEvent[] | null> {
  const before = await db.event.bulkGet(events.map((event) => event.id));
  if (!before[0]) return null;
  return before.map((row) => openEvent(db, must(row, 'committed together')).event);
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
  const done = rows.flatMap((sealed, i) => {
    const receipt = receipts[i]!;
    const row = sealed && openEvent(db, sealed);
    return row && row.event.hash === receipt.hash ? [receivedRow(row, receipt, at)] : [];
  });
  await db.event.bulkPut(done.map((row) => sealEvent(db, row)));
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
  const acknowledged = (await rows.toArray()).filter((row) => row.outcome !== undefined);
  const again = acknowledged.map((row) => openEvent(db, row)).filter((row) => isRewound(row, to));
  await db.event.bulkPut(again.map((row) => sealEvent(db, unsentRow(row.event))));
  // A server set back lost pictures as well; it is asked for each before anything is sent.
  await db.photo.toCollection().modify({ unsent: 1 });
}

async function countAll(db: PhoneDatabase) {
  const found = await db.transaction('r', db.event, async () => {
    const unsent = db.event.orderBy('[unsentEpoch+n]');
    return {
      unsent: await unsent.count(),
      received: await db.event.where('outcome').equals('stored').count(),
      quarantined: await db.event.where('outcome').equals('quarantined').count(),
      oldest: await unsent.first(),
      // Ids grow with time: the newest of each kind had its receipt last.
      newest: [
        await db.event.where('outcome').equals('stored').last(),
        await db.event.where('outcome').equals('quarantined').last(),
      ],
    };
  });
  const { oldest, newest, ...counts } = found;
  const receiptAts = newest.flatMap((row) => (row && openEvent(db, row).receiptAt) ?? []);
  return {
    ...counts,
    oldestUnsentAt: oldest ? Date.parse(openEvent(db, oldest).event.at.wall) : null,
    lastReceiptAt: receiptAts.length > 0 ? Math.max(...receiptAts) : null,
  };
}

/** What may go is decided outside; inside the transaction only what nobody touched since goes. */
async function pruneAll(db: PhoneDatabase, readHead: () => Promise<Head>): Promise<number> {
  const [head, sealed] = await db.transaction('r', db.event, db.head, async () => [
    await readHead(),
    await db.event.toArray(),
  ]);
  const gone = [...prunable(head, await openEvents(db, sealed))];
  if (gone.length === 0) return 0;
  return db.transaction('rw', db.event, async () => {
    const rows = await db.event.bulkGet(gone);
    // A server that was set back meanwhile may have asked for one again.
    const still = rows.flatMap((row) => (row && row.outcome !== undefined ? [row.id] : []));
    await db.event.bulkDelete(still);
    return still.length;
  });
}
