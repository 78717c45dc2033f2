/**
 * Whose home is asked about, and what hangs in it.
 *
 * It knows who lives where and which meters hung at the home's points; it knows no figure. Every
 * service of the resident's screens starts here, so that nobody reaches a home that is not theirs.
 */
import type pg from 'pg';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { isResource } from '#lib/domain/resource.ts';
import type { Caller } from '#server/api/trpc.ts';
import { AppError } from '#server/errors.ts';
import { selectHomes, selectPoints, type PlaceRow, type PointRow } from './home-store.ts';
import type { HomeMeterRow, HomeName, HomePoint, HomeScope } from './types.ts';

/**
 * The home that is asked for, else the one the caller last chose, else the first. Throws
 * `not-found` when the caller lives nowhere, or not there.
 */
export async function findHome(
  client: pg.ClientBase,
  caller: Caller,
  placeId?: number,
): Promise<HomeScope & { readonly homes: readonly HomeName[] }> {
  const homes = await listHomes(client, caller);
  const wished = homes.find((row) => row.id === (placeId ?? caller.homeId));
  const home = wished ?? (placeId === undefined ? homes[0] : undefined);
  if (!home) throw new AppError('not-found', 'No home is registered for you here.');
  return {
    ...scopeOf(home),
    homes: homes.map(nameOf),
    points: pointsOf(await selectPoints(client, home.id)),
  };
}

const listHomes = (client: pg.ClientBase, { userId, placeIds }: Caller): Promise<PlaceRow[]> =>
  selectHomes(client, { userId, placeIds });

/** The home that a metering point belongs to; throws `not-found` for a stranger's point. */
export async function findPoint(
  client: pg.ClientBase,
  caller: Caller,
  pointId: number,
): Promise<{ home: HomeScope; point: HomePoint }> {
  for (const row of await listHomes(client, caller)) {
    const home = { ...scopeOf(row), points: pointsOf(await selectPoints(client, row.id)) };
    const point = home.points.find((p) => p.pointId === pointId);
    if (point) return { home, point };
  }
  throw new AppError('not-found', 'This metering point is not one of your home.');
}

function nameOf(row: PlaceRow): HomeName {
  const { placeId, house, flat } = scopeOf(row);
  return { placeId, house, flat };
}

/** The object of a flat is its house, that of a cottage its settlement. */
export const withinOf = ({ objectType }: HomeScope): 'house' | 'settlement' =>
  objectType === 'cottage' ? 'settlement' : 'house';

const isFlat = (row: PlaceRow): boolean =>
  row.object_id !== row.id && row.object_type !== 'cottage';

const scopeOf = (row: PlaceRow): Omit<HomeScope, 'points'> => ({
  placeId: row.id,
  objectId: row.object_id,
  house: isFlat(row) ? row.object_address : row.address,
  flat: isFlat(row) ? row.name : null,
  objectType: row.object_type ?? 'other',
  householdId: row.household_id,
  sinceAt: row.since_ms === null ? 0 : Number(row.since_ms),
  facts: {
    persons: row.facts?.persons ?? row.persons,
    areaM2: row.facts?.areaM2 ?? (row.area_m2 === null ? null : Number(row.area_m2)),
    compare: row.facts?.compare ?? true,
  },
  hourlyFrom: row.hourly_ms === null ? null : Number(row.hourly_ms),
  zone: row.zone,
  currency: row.currency,
});

function pointsOf(rows: readonly PointRow[]): HomePoint[] {
  const points = new Map<number, HomePoint & { meters: HomeMeterRow[] }>();
  for (const row of rows) {
    if (!isResource(row.resource)) continue;
    const point = points.get(row.point_id) ?? {
      pointId: row.point_id,
      name: row.name,
      hint: row.hint,
      colour: row.colour,
      resource: row.resource,
      register: TOTAL_REGISTER[row.resource],
      meters: [],
    };
    points.set(row.point_id, point);
    if (row.meter_id !== null) point.meters.push(meterOf(row, row.meter_id));
  }
  return [...points.values()];
}

const meterOf = (row: PointRow, meterId: number): HomeMeterRow => ({
  meterId,
  serial: row.serial,
  model: row.model,
  protocol: row.protocol,
  digits: row.digits,
  decimals: row.decimals,
  verificationDueOn: row.due,
  fromAt: Number(row.from_ms),
  toAt: row.to_ms === null ? null : Number(row.to_ms),
});
