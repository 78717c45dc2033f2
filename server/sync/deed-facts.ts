/**
 * What the registry says about the exchanges and orders a push names. judge-deeds.ts decides; only
 * server/sync/service.ts calls it.
 */
import type pg from 'pg';
import type { ArrivedEvent } from '#lib/contract/decode-push.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { orderFacts, safetyGroupOf } from '#server/orders/service.ts';
import { NO_DEEDS, type DeedFacts } from './judge-deeds.ts';

const isKey = (id: unknown): id is number =>
  typeof id === 'number' && Number.isInteger(id) && id > 0 && id < 2 ** 31;

/** Most pushes hold readings alone: they cost no question. */
export async function gatherDeedFacts(
  client: pg.ClientBase,
  events: readonly ArrivedEvent[],
  userId: string,
): Promise<DeedFacts> {
  const of = (type: string): Readonly<Record<string, unknown>>[] =>
    events.flatMap(({ event }) => (event?.type === type ? [event.body] : []));
  const swaps = of('meter.exchanged').flatMap(swapOf);
  const orderIds = of('order.done').flatMap(({ orderId }) => (isKey(orderId) ? [orderId] : []));
  const isSafety = of('safety.confirmed').length > 0;
  if (swaps.length === 0 && orderIds.length === 0 && !isSafety) return NO_DEEDS;
  const orders = await orderFacts(client, orderIds);
  return {
    ...(await swapFacts(client, swaps)),
    orders: new Map(orders.map((order) => [order.id, order])),
    safetyGroup: await safetyGroupOf(client, userId),
  };
}

type Swap = { readonly pointId: number; readonly serial: string; readonly maker: string | null };

function swapOf(body: Readonly<Record<string, unknown>>): Swap[] {
  const { pointId } = body;
  const fresh = body['new'] as { serial?: unknown; manufacturer?: unknown } | null | undefined;
  if (!isKey(pointId) || typeof fresh?.serial !== 'string') return [];
  const maker = typeof fresh.manufacturer === 'string' ? fresh.manufacturer : null;
  return [{ pointId, serial: fresh.serial, maker }];
}

async function swapFacts(client: pg.ClientBase, swaps: readonly Swap[]) {
  if (swaps.length === 0) {
    const { points, stays, serialsElsewhere } = NO_DEEDS;
    return { points, stays, serialsElsewhere };
  }
  const pointIds = swaps.map(({ pointId }) => pointId);
  const { rows } = await client.query<{ id: number; resource: Resource; meterIds: number[] }>(
    `SELECT mp.id, mp.resource, array_agg(i.meter_id) AS "meterIds"
       FROM metering_point mp LEFT JOIN installation i ON i.point_id = mp.id
      WHERE mp.id = ANY($1::int[]) GROUP BY mp.id`,
    [pointIds],
  );
  const elsewhere = await client.query<{ serial: string; pointId: number }>(
    `SELECT DISTINCT s.serial, s.point_id AS "pointId"
       FROM unnest($1::text[], $2::int[], $3::text[]) AS s(serial, point_id, maker)
       JOIN meter m ON m.serial = s.serial
        AND (s.maker IS NULL OR m.manufacturer IS NULL OR m.manufacturer = s.maker)
       JOIN installation i ON i.meter_id = m.id AND i.to_at IS NULL
      WHERE i.point_id <> s.point_id`,
    [swaps.map((s) => s.serial), pointIds, swaps.map((s) => s.maker)],
  );
  return {
    points: new Map(rows.map(({ id, resource }) => [id, resource])),
    stays: new Set(rows.flatMap(({ id, meterIds }) => meterIds.map((m) => `${m}/${id}`))),
    serialsElsewhere: new Set(elsewhere.rows.map((r) => `${r.serial}/${r.pointId}`)),
  };
}
