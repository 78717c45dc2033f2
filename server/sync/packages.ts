/**
 * The round package: everything a reader needs for a day without a network. It knows how rounds,
 * history and wrapped keys come together; it knows no HTTP. pull.ts and server/api/rounds call it.
 */
import type pg from 'pg';
import { addDays, startOfDay } from '#lib/base/civil.ts';
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import type { RoundMeter, RoundPackage } from '#lib/contract/round.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { REGISTER_TYPES } from '#lib/domain/register-types.table.ts';
import type { App } from '#server/app.ts';
import { readLast, readUsualPerDay } from '#server/readings/service.ts';
import { openMeterKeys } from '#server/registry/keys.ts';
import {
  selectDeviceKey,
  selectHouses,
  selectMonthStarts,
  selectStops,
  type MonthStart,
  type RoundRow,
  type StopRow,
} from './package-store.ts';
import { wrapKeys } from './wrap-keys.ts';

/** What a person compares with: the last value and the beginnings of the last twelve months. */
const HISTORY_LENGTH = 13;
const HISTORY_MS = 396 * DAY_MS;
/** Keys live through the due day and this many after it (X23). */
const KEY_DAYS_AFTER_DUE = 3;

export type ForDevice = { readonly app: App; readonly device: string; readonly userId: string };

export async function buildPackage(
  client: pg.ClientBase,
  round: RoundRow,
  to: ForDevice,
): Promise<RoundPackage> {
  const now = to.app.clock.now();
  const stops = await selectStops(client, round.id);
  const known = stops.map((stop) => ({ ...stop, register: stop.register ?? fallback(stop) }));
  const past = await readPast(client, known, now);
  const keysValidTo = startOfDay(addDays(round.dueOn, KEY_DAYS_AFTER_DUE), round.zone);
  const context = { device: to.device, roundId: round.id, keysValidTo };
  const keys = now < keysValidTo ? await wrapFor(client, to, { stops, context }) : null;
  return {
    roundId: round.id,
    name: round.name,
    house: round.house,
    dueOn: round.dueOn,
    status: round.status,
    keysValidTo,
    senderKey: keys?.senderKey ?? null,
    meters: known.map((stop, i): RoundMeter => ({
      ...facts(stop),
      history: past.history[i]!,
      usualPerDay: past.usual[i]!,
      wrappedKey: keys?.wrapped.get(stop.meterId) ?? null,
    })),
    houses: [...(await selectHouses(client, round.id))],
  };
}

type Known = StopRow & { readonly register: number };

/** A meter without a register of its own resource is read by the resource's catalogue total. */
const fallback = ({ resource }: StopRow): number =>
  REGISTER_TYPES.find((type) => type.resource === resource && type.zone === 0)?.id ?? 0;

function facts(stop: Known): Omit<RoundMeter, 'history' | 'usualPerDay' | 'wrappedKey'> {
  const { kind, place, resource, ...rest } = stop;
  return {
    meterId: rest.meterId,
    pointId: rest.pointId,
    sequence: rest.sequence,
    resource: resource as Resource,
    serial: rest.serial,
    manufacturer: rest.manufacturer,
    radioId: rest.radioId,
    protocol: rest.protocol,
    flat: kind === 'flat' ? place : null,
    // A meter of the stairwell hangs in the entrance itself.
    entrance: kind === 'entrance' ? place : rest.entrance,
    floor: rest.floor,
    address: rest.address,
    hint: rest.hint,
    register: rest.register,
    digits: rest.digits,
    decimals: rest.decimals,
    state: rest.state,
    houseId: rest.houseId,
  };
}

async function readPast(client: pg.ClientBase, stops: readonly Known[], now: Instant) {
  const keys = stops.map(({ meterId, register }) => ({ meterId, register }));
  const last = await readLast(client, keys, now);
  const months = await selectMonthStarts(client, keys, new Date(now - HISTORY_MS));
  const starts = new Map<number, MonthStart[]>();
  for (const start of months) {
    const list = starts.get(start.meterId);
    if (list) list.push(start);
    else starts.set(start.meterId, [start]);
  }
  const usual = await readUsualPerDay(client, keys, now);
  return {
    history: keys.map(({ meterId }, i): [number, string][] => {
      const newest = last[i];
      const older = (starts.get(meterId) ?? []).filter(({ at }) => at < (newest?.at ?? now));
      const all = older.map(({ at, value }): [number, string] => [at, value]);
      if (newest) all.unshift([newest.at, String(newest.value)]);
      return all.slice(0, HISTORY_LENGTH);
    }),
    usual: keys.map(({ meterId, register }): [string, string] | null => {
      const range = usual.get(`${meterId}/${register}`);
      return range ? [String(range[0]), String(range[1])] : null;
    }),
  };
}

async function wrapFor(
  client: pg.ClientBase,
  { app, device, userId }: ForDevice,
  { stops, context }: { stops: readonly StopRow[]; context: Parameters<typeof wrapKeys>[2] },
) {
  const publicKey = await selectDeviceKey(client, device, userId);
  if (!publicKey) return null;
  const meterIds = stops.map((stop) => stop.meterId);
  const open = await openMeterKeys(client, app.config.KILTER_MASTER_KEY, meterIds);
  // The newest key first: a phone tries one, the server tries all again with the raw bytes.
  const newest = new Map([...open].flatMap(([id, keys]) => (keys[0] ? [[id, keys[0]]] : [])));
  return newest.size > 0 ? wrapKeys(newest, publicKey, context) : null;
}
