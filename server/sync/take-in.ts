/**
 * From stored events to readings. An event is acknowledged when it is stored; its reading is taken
 * in within the same transaction when that works, otherwise later, under a key that makes a second
 * time harmless. It knows the ingest's interface and nothing of its rules.
 */
import type pg from 'pg';
import type { CollectorRead } from '#lib/contract/collector-read.ts';
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import type { FieldEvent, ReadingCaptured } from '#lib/contract/fieldsync.ts';
import type { OrderDone } from '#lib/contract/orders.ts';
import { ZEvent } from '#lib/contract/fieldsync.ts';
import { emisEvent } from '#lib/meters/drivers/emis951.table.ts';
import type { App } from '#server/app.ts';
import { noteDisputes } from '#server/ingest/disputes.ts';
import { ingestInTransaction, type IngestDeps } from '#server/ingest/pipeline.ts';
import { rollUpTouched } from '#server/readings/service.ts';
import { exchangeRows } from '#server/ingest/exchange-rows.ts';
import type { IngestRow } from '#server/ingest/types.ts';
import { finishOrder, resultOfExchange } from '#server/orders/service.ts';
import { recordEvents } from '#server/registry/events.ts';
import { exchangedMeters, recordExchange } from '#server/registry/exchange-record.ts';
import { batchOf, collectedBatch, collectedRows, rowOf } from './effects.ts';
import { capturedAt } from './judge.ts';
import { addPending, dropPending, failPending, listPending, zoneOf } from './pending-store.ts';
import { voidReadings } from './void-store.ts';

type Where = { readonly app: App; readonly orgId: number; readonly device: string };

/** Takes `events` in, or remembers them for later; never throws for what the ingest does. */
export async function takeIn(
  client: pg.ClientBase,
  where: Where,
  events: readonly FieldEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await client.query('SAVEPOINT take_in');
  try {
    await ingest(client, where, events);
    await client.query('RELEASE SAVEPOINT take_in');
  } catch {
    // The evidence is more than its use: the log keeps the event whatever the ingest thinks.
    await client.query('ROLLBACK TO SAVEPOINT take_in');
    await addPending(
      client,
      where.orgId,
      events.map((event) => event.id),
    );
  }
}

/** Remembers events that are taken in after the phone has its answer. */
export const takeInLater = (
  client: pg.ClientBase,
  orgId: number,
  eventIds: readonly string[],
): Promise<void> => addPending(client, orgId, eventIds);

/** Takes in what is waiting, each event in a transaction of its own; returns how many are left. */
export async function takeInPending(app: App, orgId: number): Promise<number> {
  const waiting = await app.db.withOrgSql(orgId, (client) => listPending(client));
  let left = 0;
  for (const { eventId, device, canonical, prev, hash } of waiting) {
    try {
      await app.db.withOrgSql(orgId, async (client) => {
        const event = ZEvent.parse({ ...JSON.parse(canonical), prev, hash });
        await ingest(client, { app, orgId, device }, [event]);
        await dropPending(client, eventId);
      });
    } catch (error) {
      left++;
      await app.db.withOrgSql(orgId, (client) => failPending(client, eventId, String(error)));
    }
  }
  return left;
}

/** Readings whose captures were voided after they counted stop counting; see void-store.ts. */
export async function takeBack(
  client: pg.ClientBase,
  { orgId, userId }: { orgId: number; userId: string },
  eventIds: readonly string[],
): Promise<void> {
  const voided = await voidReadings(client, eventIds, userId);
  if (voided.length === 0) return;
  const touched = voided.map(({ at, ...key }) => ({ ...key, from: at, to: at }));
  await rollUpTouched(client, await zoneOf(client, orgId), touched);
}

async function ingest(
  client: pg.ClientBase,
  { app, orgId, device }: Where,
  events: readonly FieldEvent[],
): Promise<void> {
  const now = app.clock.now();
  const masterKey = app.config.KILTER_MASTER_KEY;
  const deps = { orgId, masterKey, now, zone: await zoneOf(client, orgId) };
  const rows: IngestRow[] = [];
  const [first] = events;
  if (events.length === 1 && first?.type === 'collector.read') {
    return ingestCollected(client, deps, first);
  }
  for (const event of events) rows.push(...(await rowsAfter(client, { orgId, now }, event)));
  if (rows.length === 0) return;
  await ingestInTransaction(client, deps, batchOf(events, device, rows));
  // An exchange says what hangs there now; only readings of one meter can contradict each other.
  const eventIds = events.flatMap(({ type, id }) => (type === 'reading.captured' ? id : []));
  const captured = rows.filter(({ eventId }) => eventId && eventIds.includes(eventId));
  const meterIds = captured.map(({ meterId }) => meterId);
  await noteDisputes(client, { orgId, now }, { meterIds, eventIds });
}

/**
 * What a collector kept of one meter: registers become readings, events lines of its journal. Of a
 * meter that nobody knows the serial is kept among the rejects of the batch, the values in the log.
 */
async function ingestCollected(
  client: pg.ClientBase,
  deps: IngestDeps,
  event: FieldEvent,
): Promise<void> {
  const { meterId, serial, collector, events } = event.body as CollectorRead;
  if (meterId === null) {
    const detail = `Collector ${collector.serial} has meter ${serial}.`;
    const rejects = [{ row: 0, code: 'unknown-meter', detail }];
    await ingestInTransaction(client, deps, collectedBatch(event, { rows: [], rejects }));
    return;
  }
  const rows = collectedRows(event, meterId);
  await ingestInTransaction(client, deps, collectedBatch(event, { rows }));
  const lines = events.map(([at, code]) => ({
    ...{ meterId, at, source: 'concentrator', code: `emis-${code}` },
    detail: toldOf(code),
  }));
  await recordEvents(client, deps.orgId, lines);
}

/** Begin and end of a state have numbers of their own; the words are the collector's table. */
function toldOf(code: number): Readonly<Record<string, string | number>> {
  const { event = '', edge = 'once', phase = null } = emisEvent(code) ?? {};
  return { event, edge, ...(phase && { phase }) };
}

type When = { readonly orgId: number; readonly now: number };

/** Does what the event says, in the order of the log; answers the readings that follow from it. */
async function rowsAfter(
  client: pg.ClientBase,
  { orgId, now }: When,
  event: FieldEvent,
): Promise<IngestRow[]> {
  const { id: eventId, user: userId } = event;
  if (event.type === 'order.done') {
    const body = event.body as OrderDone;
    await finishOrder(client, { orgId, eventId, userId, at: capturedAt(event, now), body });
    return [];
  }
  if (event.type === 'meter.exchanged') {
    const body = event.body as MeterExchanged;
    const at = Math.min(body.at + (event.at.offsetMs ?? 0), capturedAt(event, now));
    const told = { id: eventId, userId, source: 'field' as const, at, body };
    const done = await recordExchange(client, orgId, told);
    if (body.orderId !== null && done.newMeterId !== null) {
      const result = resultOfExchange({ ...body, orderId: body.orderId });
      await finishOrder(client, { orgId, eventId, userId, at, body: result });
    }
    return exchangeRows(done, eventId);
  }
  return [rowOf(event, await meterOf(client, event.body as ReadingCaptured), now)];
}

/** Throws while the exchange that brought the meter waits for a person: the reading waits too. */
async function meterOf(
  client: pg.ClientBase,
  { meterId, exchangeId }: ReadingCaptured,
): Promise<number> {
  if (exchangeId === undefined) return meterId;
  const hung = (await exchangedMeters(client, [exchangeId])).get(exchangeId);
  if (hung === undefined) throw new Error(`exchange ${exchangeId} is not in force`);
  return hung;
}
