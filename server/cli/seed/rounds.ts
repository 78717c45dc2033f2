/** Rounds of the demo reader, and the concentrators and modules that deliver the rest. */
import type pg from 'pg';
import { addDays, addMonths, civilDate } from '#lib/base/civil.ts';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import type { Resource } from '#lib/domain/resource.ts';
import type { Town, TownHome, TownMeter } from '#lib/sim/town/types.ts';
import { insertRows, takeIds, type Row } from './door.ts';
import { PEOPLE } from './people.ts';
import type { Ids } from './registry.ts';

const HOUSE = 'Лесная, 14';
const MONTHS = [
  ...['январь', 'февраль', 'март', 'апрель', 'май', 'июнь'],
  ...['июль', 'август', 'сентябрь', 'октябрь', 'ноябрь', 'декабрь'],
];

/** One meter a flat: mostly cold water by radio, some hot water, some electricity by light. */
function stopOf(town: Town, ids: Ids, home: TownHome): TownMeter {
  const wanted: Resource =
    home.number % 6 === 5 ? 'electricity' : home.number % 6 === 4 ? 'hot-water' : 'cold-water';
  return town.meters.find(
    (meter) =>
      meter.resource === wanted &&
      town.points[meter.point]!.home === home.index &&
      meter.toAt === null &&
      ids.meters.has(meter.index),
  )!;
}

/** The house's own cold-water meter in the cellar, then every flat's: their balance can close. */
function waterStops(town: Town, ids: Ids): Stop[] {
  return town.points.flatMap(({ index, house, resource }) => {
    const meter = town.meters.find((m) => m.point === index && m.toAt === null);
    const wanted = house === HOUSE && resource === 'cold-water' && meter !== undefined;
    return wanted && ids.meters.has(meter.index)
      ? [{ meter_id: ids.meters.get(meter.index)!, point_id: ids.points[index]! }]
      : [];
  });
}

type Stop = { readonly meter_id: number; readonly point_id: number };

const NOTES = [
  'Ключ от ниши у консьержа, спросить до девяти',
  'Дверца ниши тугая, тянуть вниз',
  'Собака, звонить заранее',
];

/** What the reader wrote on last month's round, at every twelfth meter. */
const notesOf = (orgId: number, at: number, stops: readonly Stop[]): Row[] =>
  NOTES.map((text, i) => ({
    event_id: `01935b9c-6f5a-7cc0-8a3e-00000000000${i}`,
    org_id: orgId,
    meter_id: stops[i * 12]!.meter_id,
    user_id: PEOPLE.safin.id,
    at: new Date(at + i * HOUR_MS).toISOString(),
    text,
    photos: [],
  }));

/**
 * Today's round of sixty meters for the demo reader, the finished one of last month, and the
 * water of the whole house in three days.
 */
export async function seedRounds(
  client: pg.PoolClient,
  orgId: number,
  { town, ids }: { town: Town; ids: Ids },
): Promise<void> {
  const today = civilDate(town.toAt, town.zone);
  const day = Math.min(28, Number(today.slice(8)));
  const earlier = `${addMonths(today.slice(0, 7), -1)}-${String(day).padStart(2, '0')}`;
  const [todays, done, water] = await takeIds(client, 'round', 3);
  const round = (id: number, dueOn: string, about: { status: string; what?: string }): Row => ({
    id,
    org_id: orgId,
    house_id: ids.houses.get(HOUSE),
    name: `${HOUSE} · ${about.what ?? MONTHS[Number(dueOn.slice(5, 7)) - 1]}`,
    due_on: dueOn,
    assignee_id: PEOPLE.safin.id,
    status: about.status,
    created_at: new Date(Date.parse(dueOn) - 3 * DAY_MS).toISOString(),
  });
  await insertRows(client, 'round', [
    round(done!, earlier, { status: 'done' }),
    round(todays!, today, { status: 'planned' }),
    round(water!, addDays(today, 3), { status: 'planned', what: 'вода' }),
  ]);
  const stops = town.homes
    .filter((home) => home.house === HOUSE)
    .map((home) => {
      const meter = stopOf(town, ids, home);
      return { meter_id: ids.meters.get(meter.index)!, point_id: ids.points[meter.point]! };
    });
  const rows = (roundId: number, state: string, list: readonly Stop[] = stops): Row[] =>
    list.map((stop, i) => ({ round_id: roundId, ...stop, org_id: orgId, sequence: i + 1, state }));
  await insertRows(client, 'round_stop', [
    ...rows(done!, 'read'),
    ...rows(todays!, 'ahead'),
    ...rows(water!, 'ahead', waterStops(town, ids)),
  ]);
  await insertRows(client, 'meter_note', notesOf(orgId, Date.parse(earlier), stops));
}

/** A concentrator a house; pulse modules for meters that have no radio of their own. */
export async function seedConcentrators(
  client: pg.PoolClient,
  orgId: number,
  { town, ids }: { town: Town; ids: Ids },
): Promise<void> {
  const seenAt = new Date(town.toAt).toISOString();
  const addresses = [...ids.houses.keys()];
  const taken = await takeIds(client, 'concentrator', addresses.length);
  const rows = addresses.map((address, i) => ({
    id: taken[i],
    org_id: orgId,
    place_id: ids.houses.get(address),
    serial: `KC-${4100 + i * 17}`,
    model: 'Сбор-250',
    capacity: 250,
    last_seen_at: seenAt,
  }));
  await insertRows(client, 'concentrator', rows);
  const pulsed = town.meters.filter((m) => m.protocol === 'pulse' && ids.meters.has(m.index));
  const modules = await takeIds(client, 'communication_module', pulsed.length);
  await insertRows(
    client,
    'communication_module',
    pulsed.map((meter, i) => ({
      id: modules[i],
      org_id: orgId,
      concentrator_id: taken[addresses.indexOf(town.points[meter.point]!.house)],
      serial: `PM-${600_000 + i * 29}`,
      kind: 'pulse',
      channels: 2,
      last_seen_at: seenAt,
    })),
  );
  await insertRows(
    client,
    'pulse_channel',
    pulsed.map((meter, i) => ({
      module_id: modules[i],
      channel: 1,
      org_id: orgId,
      meter_id: ids.meters.get(meter.index),
      pulse_weight: '0.001',
      start_value: '0',
      flags: [],
    })),
  );
  await client.query(
    `UPDATE meter m SET module_id = c.module_id, module_channel = c.channel
       FROM pulse_channel c WHERE c.meter_id = m.id AND c.org_id = $1`,
    [orgId],
  );
}
