/**
 * Metering points for the desk: the tree, the list, and one point with its meter, profile, journal
 * and the way of its number back to the bytes (X16).
 *
 * It joins the registry, the readings and the codecs' explanation; it writes nothing. Only the
 * desk's procedures call it.
 */
import { HOUR_MS, DAY_MS, startOfHour } from '#lib/base/interval.ts';
import { toHex } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { reportsOfStatus } from '#lib/meters/mbus/state.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';
import { explainTelegram } from '#lib/meters/wmbus/explain.ts';
import { AppError } from '#server/errors.ts';
import { readLast, readSeries } from '#server/readings/service.ts';
import type { StoredReading } from '#server/readings/types.ts';
import { openMeterKeys } from '#server/registry/keys.ts';
import { selectOrigin, selectTier, type ReadingKey } from './origin-store.ts';
import {
  selectEvents,
  selectMeters,
  selectPlaces,
  selectPoint,
  selectPoints,
  type PointFilter,
  type PointRow,
} from './point-store.ts';
import type { Desk } from './types.ts';

export const listPlaces = (desk: Desk) => selectPlaces(desk);

/** One page with the last reading of each meter. */
export async function listPoints(desk: Desk, filter: PointFilter) {
  const rows = await selectPoints(desk, filter);
  const read = rows.filter(hasMeter);
  const last = await readLast(desk.client, read, desk.now + 60_000);
  const byPoint = new Map(read.map((row, i) => [row.id, lastOf(last[i] ?? null)]));
  return {
    total: rows[0]?.total ?? 0,
    points: rows.map((row) => ({ ...row, last: byPoint.get(row.id) ?? null })),
  };
}

type Metered = PointRow & { meterId: number; register: number };
const hasMeter = (row: PointRow): row is Metered => row.meterId !== null && row.register !== null;

const lastOf = (reading: StoredReading | null) =>
  reading && { at: reading.at, value: reading.value, ...unpackStatus(reading.status) };

const PROFILE_DAYS = 7;

/** Throws `not-found`. */
export async function readPoint(desk: Desk, id: number) {
  const point = await selectPoint(desk, id);
  if (!point) throw new AppError('not-found', 'There is no such metering point.');
  const meters = await selectMeters(desk, id);
  const meter = meters.find((m) => m.toAt === null) ?? meters[0];
  const events = await selectEvents(
    desk,
    meters.map((m) => m.id),
  );
  if (!meter) return { point, meters, events, register: null, last: null, profile: [] };
  const register = TOTAL_REGISTER[point.resource];
  const [last] = await readLast(desk.client, [{ meterId: meter.id, register }], desk.now + 60_000);
  return {
    point,
    meters,
    events,
    register,
    last: lastOf(last ?? null),
    profile: await readProfile(desk, { meterId: meter.id, register }),
  };
}

/** Use by hour of the last days, integers of the register; null where an end is missing. */
async function readProfile(desk: Desk, key: { meterId: number; register: number }) {
  const to = startOfHour(desk.now);
  const from = to - PROFILE_DAYS * DAY_MS;
  const series = await readSeries(desk.client, { ...key, from, to: to + 1 });
  const at = new Map(series.map((r) => [r.at, r.value]));
  return Array.from({ length: PROFILE_DAYS * 24 }, (_, i) => {
    const start = from + i * HOUR_MS;
    const [a, b] = [at.get(start), at.get(start + HOUR_MS)];
    return { at: start, used: a === undefined || b === undefined ? null : Number(b - a) };
  });
}

/** The five stations of one number: air, decrypted, records, rules, stored. */
export async function explainReading(desk: Desk, masterKey: string, key: ReadingKey) {
  const origin = await selectOrigin(desk, key);
  const stored = await selectTier(desk, key);
  if (!origin) return { origin: null, stored, telegram: null };
  const { raw, ...rest } = origin;
  return {
    origin: { ...rest, rawHex: raw ? toHex(raw) : null },
    stored,
    telegram:
      raw && origin.source !== 'optical' ? await explain(desk, masterKey, { key, raw }) : null,
  };
}

async function explain(
  desk: Desk,
  masterKey: string,
  { key, raw }: { readonly key: ReadingKey; readonly raw: Uint8Array },
) {
  const keys = await openMeterKeys(desk.client, masterKey, [key.meterId]);
  // The key that fits is the one whose telegram decodes; the key itself never leaves the server.
  const tried = (keys.get(key.meterId) ?? []).map((aes) =>
    decodeTelegram(new Uint8Array(raw), { keyFor: () => aes }),
  );
  const telegram = tried.find((t) => t.status === 'decoded') ?? decodeTelegram(new Uint8Array(raw));
  const encrypted = tried.includes(telegram);
  return {
    status: telegram.status,
    fault: telegram.fault?.code ?? null,
    device: telegram.device,
    verified: telegram.verified,
    encrypted,
    frameHex: toHex(telegram.frame),
    clearHex: telegram.status === 'decoded' ? toHex(telegram.clear) : null,
    layers: telegram.layers,
    fields: explainTelegram(telegram),
    reports: reportsOfStatus(telegram.tpl?.status ?? 0),
    records: telegram.records.map((r) => ({
      offset: r.offset,
      head: `${r.dif ?? ''}${r.vif ?? ''}`,
      raw: r.raw,
      quantity: r.quantity,
      unit: r.unit,
      storage: r.storage,
      tariff: r.tariff,
      text: r.value.kind === 'number' ? formatDecimal(r.value.value) : String(r.value.value ?? ''),
    })),
  };
}
