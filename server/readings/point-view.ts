/**
 * What a metering point showed and what was used there, as contract/readings.ts words it.
 *
 * It knows points, installations and civil days; it knows no rights: procedures narrow the time and
 * the resolution before they call. Inside a transaction of one organisation.
 */
import type pg from 'pg';
import { addMonths, civilDate, civilMonth } from '#lib/base/civil.ts';
import { DAY_MS, HOUR_MS, type Instant } from '#lib/base/interval.ts';
import type {
  ConsumptionAnswer,
  ListConsumption,
  ListSeries,
  SeriesAnswer,
  SeriesPoint,
} from '#lib/contract/readings.ts';
import { isAccumulating } from '#lib/domain/dial.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { isResource } from '#lib/domain/resource.ts';
import { registerType, TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { dayBounds, hourBounds, midnight } from '#lib/domain/usage.ts';
import { AppError } from '#server/errors.ts';
import { installationsOf } from '#server/registry/installations.ts';
import { readRanges, registerKey } from './series-store.ts';
import type { StoredReading } from './types.ts';
import { readPointUsage } from './usage.ts';

/** More buckets than this are a mistake of the asker. */
const MAX_BUCKETS = 3000;
const MAX_SERIES_MS = 400 * DAY_MS;

/** The register asked for, or the total of the point's resource. Throws `not-found`. */
export async function registerOfPoint(
  client: pg.ClientBase,
  ask: { pointId: number; register?: number | undefined },
): Promise<{ register: number; zone: string }> {
  const { rows } = await client.query<{ resource: string; zone: string }>(
    `SELECT mp.resource, o.time_zone AS zone FROM metering_point mp
       JOIN organisation o ON o.id = mp.org_id WHERE mp.id = $1`,
    [ask.pointId],
  );
  const row = rows[0];
  if (!row || !isResource(row.resource)) {
    throw new AppError('not-found', 'There is no such metering point.');
  }
  return { register: ask.register ?? TOTAL_REGISTER[row.resource], zone: row.zone };
}

/** Readings of every meter that hung at the point, by time. Throws `invalid` for long spans. */
export async function pointSeries(
  client: pg.ClientBase,
  ask: ListSeries & { resolution: 'all' | 'day' },
): Promise<SeriesAnswer> {
  const { register, zone } = await registerOfPoint(client, ask);
  if (ask.to - ask.from > MAX_SERIES_MS) throw new AppError('invalid', 'At most 400 days at once.');
  const installations = await installationsOf(client, { pointIds: [ask.pointId] });
  const points: SeriesPoint[] = [];
  for (const { meterId, fromAt, toAt } of installations) {
    const range = {
      meterId,
      register,
      from: Math.max(ask.from, fromAt),
      to: Math.min(ask.to, (toAt ?? Infinity) + 1),
    };
    if (range.to <= range.from) continue;
    const found = await readRanges(client, [range]);
    points.push(...(found.get(registerKey(range)) ?? []).map(seriesPoint));
  }
  points.sort((a, b) => a.at - b.at);
  const shown = ask.resolution === 'all' ? points : firstOfDays(points, zone);
  return { register, ...unitOf(register), resolution: ask.resolution, points: shown };
}

/** A stored reading in the words of the contract. */
export function seriesPoint(reading: StoredReading): SeriesPoint {
  const { quality, source, flagged } = unpackStatus(reading.status);
  const { meterId, at, corrected } = reading;
  return { meterId, at, value: Number(reading.value), quality, source, flagged, corrected };
}

function firstOfDays(points: readonly SeriesPoint[], zone: string): SeriesPoint[] {
  let last = '';
  return points.filter(({ at, meterId }) => {
    const day = `${meterId}/${civilDate(at, zone)}`;
    const isFirst = day !== last;
    last = day;
    return isFirst;
  });
}

const unitOf = (register: number): { unit: string; scale: number } => {
  const type = registerType(register);
  return { unit: type?.unit ?? '', scale: type?.scale ?? 0 };
};

/** Consumption in civil days or months, or hours of them. Throws `invalid`, `not-found`. */
export async function pointConsumption(
  client: pg.ClientBase,
  ask: ListConsumption,
): Promise<ConsumptionAnswer> {
  const { register, zone } = await registerOfPoint(client, ask);
  if (!isAccumulating(register)) {
    throw new AppError('invalid', 'This register shows a state, not an amount.');
  }
  const bounds = boundsOf(ask, zone);
  const [usage = []] = await readPointUsage(client, [{ pointId: ask.pointId, register }], bounds);
  const buckets = usage.map((u, i) => ({ from: bounds[i]!, to: bounds[i + 1]!, ...u }));
  return { register, ...unitOf(register), step: ask.step, buckets };
}

/** Hours start at the asked midnight or hour; days and months are whole ones of the zone. */
function boundsOf({ step, from, to }: ListConsumption, zone: string): Instant[] {
  const size = { hour: HOUR_MS, day: DAY_MS, month: 28 * DAY_MS }[step];
  if (to <= from || (to - from) / size > MAX_BUCKETS) {
    throw new AppError('invalid', `Ask for one to ${MAX_BUCKETS} buckets.`);
  }
  if (step === 'day') return dayBounds(from, to, zone);
  if (step === 'hour') {
    return hourBounds(Math.floor(from / HOUR_MS) * HOUR_MS, Math.ceil(to / HOUR_MS) * HOUR_MS);
  }
  const bounds: Instant[] = [];
  let month = civilMonth(civilDate(from, zone));
  do {
    bounds.push(midnight(`${month}-01`, zone));
    month = addMonths(month, 1);
  } while (bounds.at(-1)! < to);
  return bounds;
}
