/**
 * From stored events to readings. An event is acknowledged when it is stored; its reading is taken
 * in within the same transaction when that works, otherwise later, under a key that makes a second
 * time harmless. It knows the ingest's interface and nothing of its rules.
 */
import type pg from 'pg';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import { ZEvent } from '#lib/contract/fieldsync.ts';
import type { App } from '#server/app.ts';
import { ingestInTransaction } from '#server/ingest/pipeline.ts';
import { rollUpTouched } from '#server/readings/service.ts';
import { batchOf } from './effects.ts';
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
  await ingestInTransaction(client, deps, batchOf(events, { device, now }));
}
