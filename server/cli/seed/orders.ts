/** Orders the demo reader carries, and the exchanges that happened in the town's past. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { addDays, civilDate } from '#lib/base/civil.ts';
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import type { OrderKind } from '#lib/domain/order.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import type { Town, TownMeter } from '#lib/sim/town/types.ts';
import { insertRows, type Row } from './door.ts';
import { PEOPLE } from './people.ts';
import type { Ids } from './registry.ts';

const HOUSE = 'Лесная, 14';
/** Group III: the demo's reader may do live work. */
const GROUP = 3;
type Plan = { flat: number; kind: OrderKind; text: string; days: number };
const ORDERS: readonly Plan[] = [
  { flat: 12, kind: 'exchange', text: 'Срок поверки вышел. Новый счётчик на складе.', days: 0 },
  { flat: 21, kind: 'seal', text: 'Пломба сорвана при ремонте.', days: 2 },
  { flat: 8, kind: 'inspect', text: 'Житель сообщает: стрелка стоит.', days: -3 },
];
type Place = { readonly town: Town; readonly ids: Ids };

export async function seedOrders(
  client: pg.PoolClient,
  orgId: number,
  { town, ids }: Place,
): Promise<void> {
  const today = civilDate(town.toAt, town.zone);
  const rows = ORDERS.flatMap(({ flat, kind, text, days }): Row[] => {
    const meter = waterOf(town, flat);
    if (!meter) return [];
    const base = { org_id: orgId, point_id: ids.points[meter.point], kind, text };
    const created_at = new Date(town.toAt).toISOString();
    const who = { assignee_id: PEOPLE.safin.id, created_by: PEOPLE.orlova.id, created_at };
    return [{ ...base, due_on: addDays(today, days), state: 'open', results: [], ...who }];
  });
  const taken = await client.query(
    `SELECT nextval('service_order_id_seq')::int AS id FROM generate_series(1, $1)`,
    [rows.length],
  );
  await insertRows(
    client,
    'service_order',
    rows.map((row, i) => ({ id: taken.rows[i].id, ...row })),
  );
  await client.query('UPDATE membership SET electrical_group = $2 WHERE user_id = $1', [
    PEOPLE.safin.id,
    GROUP,
  ]);
}

const waterOf = (town: Town, flat: number): TownMeter | undefined =>
  town.meters.find(({ point, resource, toAt }) => {
    const home = town.homes[town.points[point]!.home ?? -1];
    return (
      resource === 'cold-water' && toAt === null && home?.house === HOUSE && home.number === flat
    );
  });

/** Version one of every exchange, as the desk would have written it down. */
export async function seedExchanges(
  client: pg.PoolClient,
  orgId: number,
  { town, ids }: Place,
): Promise<void> {
  const rows: Row[] = [];
  for (const old of town.meters) {
    const fresh = town.meters.find((m) => m.point === old.point && m.fromAt === old.toAt);
    const [oldId, newId] = [ids.meters.get(old.index), fresh && ids.meters.get(fresh.index)];
    if (!fresh || oldId === undefined || newId === undefined) continue;
    rows.push({
      id: uuidOf(`exchange/${old.serial}/${fresh.serial}`),
      version: 1,
      org_id: orgId,
      point_id: ids.points[old.point],
      old_meter_id: oldId,
      new_meter_id: newId,
      at: new Date(fresh.fromAt).toISOString(),
      state: 'applied',
      source: 'desk',
      body: bodyOf(town, { old, fresh, meterId: oldId, pointId: ids.points[old.point]! }),
      user_id: PEOPLE.orlova.id,
      created_at: new Date(fresh.fromAt).toISOString(),
    });
  }
  await insertRows(client, 'meter_exchange', rows);
}

type Pair = { old: TownMeter; fresh: TownMeter; meterId: number; pointId: number };

function bodyOf(town: Town, { old, fresh, meterId, pointId }: Pair): MeterExchanged {
  const register = TOTAL_REGISTER[old.resource];
  const scale = old.resource === 'electricity' || old.resource === 'heat' ? 0 : 3;
  const valueOf = (meter: TownMeter, i: number): string => {
    const series = town.series.find((s) => s.meter === meter.index && s.register === register);
    const known = (series?.values ?? []).filter((value) => !Number.isNaN(value));
    return ((known.at(i) ?? 0) / 10 ** scale).toFixed(scale);
  };
  const { serial, digits, decimals } = fresh;
  return {
    ...{ roundId: null, meterId, pointId, at: fresh.fromAt, reason: 'verification-due' },
    old: { registers: [{ register, value: valueOf(old, -1) }], photo: null, unreadable: null },
    new: {
      ...{ serial, digits, decimals, manufacturer: null, model: null, protocol: 'none' },
      ...{ radioId: null, keyReference: null, pulseWeight: null, photo: null },
      registers: [{ register, value: valueOf(fresh, 0) }],
    },
    sealsRemoved: [`П-${old.serial.slice(-6)}`],
    sealsPlaced: [`П-${serial.slice(-6)}`],
    firstTelegram: { at: null, skipped: null },
    signatures: { reader: SIGNED, resident: null, absent: 'nobody-home' },
    ...{ checklist: [], orderId: null, flags: [], confirmed: true, photos: [] },
  };
}

const SIGNED = 'M40 80L52 36L66 84L80 40L92 82M104 70L122 54L134 74L150 58L168 72L196 60L230 66';

/** A UUID made of a name (RFC 9562 clause 5.8): the seed gives the same town every time. */
function uuidOf(name: string): string {
  const h = createHash('sha256').update(name).digest('hex');
  const parts = [h.slice(0, 8), h.slice(8, 12), `8${h.slice(13, 16)}`, `8${h.slice(17, 20)}`];
  return `${parts.join('-')}-${h.slice(20, 32)}`;
}
