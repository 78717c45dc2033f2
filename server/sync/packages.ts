/**
 * The round package: everything a reader needs for a day without a network. It knows how rounds,
 * history and wrapped keys come together; it knows no HTTP. pull.ts and server/api/rounds call it.
 */
import type pg from 'pg';
import { addDays, startOfDay } from '#lib/base/civil.ts';
import type { RoundMeter, RoundPackage } from '#lib/contract/round.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { REGISTER_TYPES } from '#lib/domain/register-types.table.ts';
import type { App } from '#server/app.ts';
import { openMeterKeys } from '#server/registry/keys.ts';
import {
  selectDeviceKey,
  selectFeeds,
  selectHouses,
  selectStops,
  type RoundRow,
  type Feed,
  type StopRow,
} from './package-store.ts';
import { NO_CARD, selectCards } from './card-store.ts';
import { readPast } from './past.ts';
import { wrapKeys } from './wrap-keys.ts';

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
  const feeds = new Map((await selectFeeds(client, round.id)).map((feed) => [feed.pointId, feed]));
  const cards = await selectCards(client, round.id);
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
      ...facts(stop, feeds.get(stop.pointId)),
      card: cards.get(stop.meterId) ?? NO_CARD,
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

function facts(
  stop: Known,
  feed?: Feed,
): Omit<RoundMeter, 'history' | 'usualPerDay' | 'wrappedKey' | 'card'> {
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
    parentPointId: feed?.parentPointId ?? null,
    feeds: feed?.feeds ?? null,
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
