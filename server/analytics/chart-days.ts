/** Charts of months and days, from the stored days of use. */
import type pg from 'pg';
import { addDays, addMonths, civilMonth, daysInMonth, startOfDay } from '#lib/base/civil.ts';
import { backTest } from '#lib/analytics/forecast/month-end.ts';
import { averageLine } from '#lib/analytics/object-average.ts';
import type { Chart, ChartSeries } from '#lib/contract/home-charts.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import { readPlaceUsage } from '#server/readings/service.ts';
import { neighbours, type ChartInput } from './chart-span.ts';
import { daysByHome, daysOfPoint, listDays } from './days.ts';
import { withinOf } from './home-scope.ts';
import { readOutdoor } from './home.ts';
import { selectOptedOut, selectOutdoorDays, selectUsage } from './home-store.ts';
import { costOf, readTariffs, type Tariffs } from './money.ts';
import {
  calendarAt,
  daysBetween,
  forecastOf,
  HISTORY_MONTHS,
  isSeasonal,
  seriesUntil,
  type Calendar,
} from './month.ts';
import type { Days, HomePoint } from './types.ts';

type Bucket = { readonly key: string; readonly first: string; readonly days: number };

type Drawn = {
  readonly input: ChartInput;
  readonly buckets: readonly Bucket[];
  readonly calendar: Calendar;
  readonly tariffs: Tariffs;
  readonly outdoorC: readonly (number | null)[] | undefined;
  /** Days of every home of the object, by home and register; own home included. */
  readonly object: ReadonlyMap<number, ReadonlyMap<number, Days>>;
};

export async function chartDays(client: pg.ClientBase, input: ChartInput): Promise<Chart> {
  const { home, points } = input;
  const buckets = bucketsOf(input);
  const [first, last] = [buckets[0]!, buckets.at(-1)!];
  const calendar = calendarAt(input.now, home.zone);
  const meterIds = points.flatMap((p) => p.meters.map((m) => m.meterId));
  const from = addMonths(civilMonth(first.first), -HISTORY_MONTHS);
  const rows = await selectUsage(client, { meterIds, first: from, last: civilMonth(last.first) });
  const drawn: Drawn = {
    input,
    buckets,
    calendar,
    tariffs: await readTariffs(client),
    outdoorC: await readOutdoor(client, home, calendar),
    object: await readObject(client, input, buckets),
  };
  return {
    status: 'ok',
    span: input.span,
    anchor: input.anchor,
    ...neighbours(input),
    zone: home.zone,
    within: withinOf(home),
    currency: home.currency,
    buckets: buckets.map((bucket) => ({
      key: bucket.key,
      fromAt: startOfDay(bucket.first, home.zone),
      toAt: startOfDay(addDays(bucket.first, bucket.days), home.zone),
    })),
    outdoorCdeg: await outdoorOf(client, input, buckets),
    series: points.map((point) => seriesOf(point, daysOfPoint(home, point, rows), drawn)),
  };
}

function bucketsOf({ span, anchor }: ChartInput): Bucket[] {
  if (span === 'month') {
    return Array.from({ length: daysInMonth(anchor) }, (_, i) => {
      const date = `${anchor}-${String(i + 1).padStart(2, '0')}`;
      return { key: date, first: date, days: 1 };
    });
  }
  return Array.from({ length: 12 }, (_, i) => {
    const month = `${anchor}-${String(i + 1).padStart(2, '0')}`;
    return { key: month, first: `${month}-01`, days: daysInMonth(month) };
  });
}

/** The neighbours' days are needed for the mean of a month's days only (B-76). */
async function readObject(
  client: pg.ClientBase,
  input: ChartInput,
  buckets: readonly Bucket[],
): Promise<Drawn['object']> {
  const { home, span } = input;
  const alone = home.objectId === home.placeId || !home.facts.compare;
  if (span !== 'month' || alone) return new Map();
  const month = civilMonth(buckets[0]!.first);
  const rows = await readPlaceUsage(client, { placeId: home.objectId, first: month, last: month });
  const optedOut = await selectOptedOut(client);
  return new Map([...daysByHome(rows)].filter(([placeId]) => !optedOut.has(placeId)));
}

async function outdoorOf(
  client: pg.ClientBase,
  { home }: ChartInput,
  buckets: readonly Bucket[],
): Promise<(number | null)[]> {
  const last = buckets.at(-1)!;
  const known = await selectOutdoorDays(client, {
    zone: home.zone,
    from: startOfDay(buckets[0]!.first, home.zone),
    to: startOfDay(addDays(last.first, last.days), home.zone),
  });
  return buckets.map((bucket) => {
    const list = Array.from({ length: bucket.days }, (_, i) => known.get(addDays(bucket.first, i)));
    const temps = list.filter((cdeg): cdeg is number => cdeg !== undefined);
    if (temps.length === 0) return null;
    return Math.round(temps.reduce((a, b) => a + b, 0) / temps.length);
  });
}

function seriesOf(point: HomePoint, days: Days, drawn: Drawn): ChartSeries {
  const { buckets, tariffs, input } = drawn;
  const type = registerType(point.register)!;
  const values = buckets.map((bucket) => sumBucket(days, bucket));
  const before = buckets.map((bucket) => sumBucket(days, yearBefore(bucket)));
  const known = values.filter((x): x is number => x !== null);
  return {
    pointId: point.pointId,
    name: point.name,
    resource: point.resource,
    colour: point.colour,
    unit: type.unit,
    scale: type.scale,
    values,
    estimated: buckets.map((bucket) => isEstimated(days, bucket, input.today)),
    cost: buckets.map((bucket, i) =>
      values[i] === null ? null : bucketCost(days, bucket, tariffs.get(point.resource)),
    ),
    total: known.length > 0 ? known.reduce((a, b) => a + b, 0) : null,
    ...averageOf(point, drawn),
    lastYear: before.some((x) => x !== null) ? before : null,
    forecast: input.span === 'month' ? forecastMonth(point, days, drawn) : null,
  };
}

/** Known days of a bucket; null when none is known. A running month shows what there is. */
function sumBucket(days: Days, bucket: Bucket): number | null {
  const known = listDays(days, bucket.first, bucket.days).filter((x): x is number => x !== null);
  return known.length > 0 ? Math.round(known.reduce((a, b) => a + b, 0)) : null;
}

function yearBefore(bucket: Bucket): Bucket {
  const month = addMonths(civilMonth(bucket.first), -12);
  if (bucket.days > 1) return { key: month, first: `${month}-01`, days: daysInMonth(month) };
  // 29 February has no day a year before; an empty bucket draws nothing.
  const first = `${month}-${bucket.first.slice(8)}`;
  return { key: first, first, days: Number.isNaN(Date.parse(first)) ? 0 : 1 };
}

function isEstimated(days: Days, bucket: Bucket, today: string): boolean {
  for (let i = 0; i < bucket.days; i++) {
    const date = addDays(bucket.first, i);
    if (date >= today) return false;
    const day = days.get(date);
    if (day && day.used !== null && day.coverage < 95) return true;
  }
  return false;
}

/** Days are charged without the standing charge, which belongs to the month. */
function bucketCost(days: Days, bucket: Bucket, tariffs: Parameters<typeof costOf>[0]) {
  const used = listDays(days, bucket.first, bucket.days);
  const standingTo = bucket.days === 1 ? bucket.first : undefined;
  return costOf(tariffs, { first: bucket.first, used, ...(standingTo && { standingTo }) });
}

function averageOf(
  point: HomePoint,
  { object, buckets }: Drawn,
): Pick<ChartSeries, 'average' | 'averageOf'> {
  const members = [...object.values()].flatMap((registers) => {
    const days = registers.get(point.register);
    return days ? [buckets.map((bucket) => sumBucket(days, bucket))] : [];
  });
  const line = averageLine(members);
  return line.some((x) => x !== null)
    ? { average: line, averageOf: members.length }
    : { average: null, averageOf: 0 };
}

/** What is to come in the running month, and how such bands held on this day before (X15). */
function forecastMonth(point: HomePoint, days: Days, drawn: Drawn): ChartSeries['forecast'] {
  const { input, calendar, buckets, outdoorC } = drawn;
  if (input.anchor !== calendar.month) return null;
  const seasonal = isSeasonal(point.resource, input.home.objectType) ? outdoorC : undefined;
  const guess = forecastOf(days, calendar, seasonal);
  if (!guess) return null;
  const fromBucket = calendar.dayOfMonth - 1;
  const { series, skip } = seriesUntil(days, calendar, seasonal);
  const at = (date: string): number => daysBetween(calendar.historyFirst, date) - skip;
  const months = Array.from({ length: 6 }, (_, i) => {
    const month = addMonths(calendar.month, -1 - i);
    return { start: at(`${month}-01`), end: at(`${addMonths(month, 1)}-01`) };
  }).filter((month) => month.start >= 0);
  const ahead = (list: readonly number[]): (number | null)[] =>
    buckets.map((_, i) => (i < fromBucket ? null : (list[i - fromBucket] ?? null)));
  return {
    fromBucket,
    values: ahead(guess.days),
    lows: ahead(guess.dayLows),
    highs: ahead(guess.dayHighs),
    total: guess.total,
    low: guess.low,
    high: guess.high,
    ...backTest(series, months, fromBucket),
  };
}
