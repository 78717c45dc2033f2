/** Charts of hours: one civil day, or the mean day of four weeks. Only after consent. */
import type pg from 'pg';
import { addDays, civilDate, civilHour, startOfDay, weekday } from '#lib/base/civil.ts';
import { DAY_MS, HOUR_MS, type Instant } from '#lib/base/interval.ts';
import { averageLine } from '#lib/analytics/object-average.ts';
import type { Chart, ChartSeries } from '#lib/contract/home-charts.ts';
import type { Usage } from '#lib/domain/usage.ts';
import { estimateGaps } from '#lib/vee/estimate.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import { readManySeries, readSeries } from '#server/readings/service.ts';
import { readPointUsage } from '#server/readings/usage.ts';
import { neighbours, type ChartInput } from './chart-span.ts';
import { withinOf } from './home-scope.ts';
import { selectObjectMeters, selectOptedOut, selectOutdoorHours } from './home-store.ts';
import { costOf, readTariffs, type Tariffs } from './money.ts';
import type { HomePoint } from './types.ts';

const PROFILE_DAYS = 28;
const HOURS = 24;

/** Bounds of the hours that are drawn or averaged: civil days are 23 to 25 of them long. */
function boundsOf({ span, anchor, home }: ChartInput): Instant[] {
  const first = span === 'day' ? anchor : addDays(anchor, -PROFILE_DAYS);
  const last = span === 'day' ? addDays(anchor, 1) : anchor;
  // Hours of the people who lived here before stay closed.
  const from = Math.max(startOfDay(first, home.zone), startOfHourUp(home.sinceAt));
  const to = startOfDay(last, home.zone);
  const bounds: Instant[] = [];
  for (let at = from; at <= to; at += HOUR_MS) bounds.push(at);
  return bounds;
}

const startOfHourUp = (at: Instant): Instant => Math.ceil(at / HOUR_MS) * HOUR_MS;

export async function chartHours(client: pg.ClientBase, input: ChartInput): Promise<Chart> {
  const { home, points, span, anchor } = input;
  const bounds = boundsOf(input);
  const asked = points.map(({ pointId, register }) => ({ pointId, register }));
  const usage = await readPointUsage(client, asked, bounds);
  const tariffs = await readTariffs(client);
  const hours = span === 'day' ? bounds.slice(0, -1) : [];
  const dayStart = startOfDay(anchor, home.zone);
  const buckets =
    span === 'day'
      ? hours.map((at) => ({
          key: String(civilHour(at, home.zone)),
          fromAt: at,
          toAt: at + HOUR_MS,
        }))
      : Array.from({ length: HOURS }, (_, h) => ({
          key: String(h),
          fromAt: dayStart + h * HOUR_MS,
          toAt: dayStart + (h + 1) * HOUR_MS,
        }));
  const averages = await averagesOf(client, input, bounds);
  const estimates = await estimateDay(client, input, { usage, bounds });
  return {
    status: 'ok',
    span,
    anchor,
    ...neighbours(input),
    zone: home.zone,
    within: withinOf(home),
    currency: home.currency,
    buckets,
    outdoorCdeg: await outdoorOf(client, bounds, input),
    series: points.map((point, i) => {
      const own = usage[i]!.map(({ units, coverage }) => (coverage > 0 ? units : null));
      const filled = span === 'day' ? (estimates[i] ?? own) : own;
      const estimated = filled.map((value, k) => value !== null && own[k] === null);
      const average = averages.get(point.pointId) ?? null;
      const drawn = { bounds, tariffs, input, average, estimated };
      return seriesOf(point, span === 'day' ? filled : meanDay(own, drawn), drawn);
    }),
  };
}

type Drawn = {
  readonly bounds: readonly Instant[];
  readonly tariffs: Tariffs;
  readonly input: ChartInput;
  readonly average: { values: (number | null)[]; of: number } | null;
  readonly estimated: readonly boolean[];
};

/**
 * Hours of the day that were not delivered, from the four weeks before and the registers on both
 * sides of the gap; null for points that miss nothing.
 */
async function estimateDay(
  client: pg.ClientBase,
  { points, span, home }: ChartInput,
  { usage, bounds }: { usage: readonly (readonly Usage[])[]; bounds: readonly Instant[] },
): Promise<((number | null)[] | null)[]> {
  const estimates: ((number | null)[] | null)[] = points.map(() => null);
  if (span !== 'day' || bounds.length === 0) return estimates;
  for (const [i, point] of points.entries()) {
    if (usage[i]!.every((hour) => hour.coverage > 0)) continue;
    const from = bounds[0]! - PROFILE_DAYS * DAY_MS;
    // A gap may reach over midnight; a day behind it shows where the register came out.
    const to = bounds.at(-1)! + DAY_MS;
    const meterId = point.meters.at(-1)?.meterId;
    if (meterId === undefined) continue;
    const range = { meterId, register: point.register, from, to: to + 1 };
    const values = new Float64Array((to - from) / HOUR_MS + 1).fill(NaN);
    for (const { at, value } of await readSeries(client, range)) {
      if ((at - from) % HOUR_MS === 0) values[(at - from) / HOUR_MS] = Number(value);
    }
    const firstHour = weekday(civilDate(from, home.zone)) * HOURS + civilHour(from, home.zone);
    const filled = estimateGaps(values, firstHour).at(-1)?.values ?? values;
    estimates[i] = bounds.slice(0, -1).map((at) => {
      const slot = (at - from) / HOUR_MS;
      const used = filled[slot + 1]! - filled[slot]!;
      return Number.isNaN(used) ? null : used;
    });
  }
  return estimates;
}

/** Mean of each wall-clock hour over the days that have it. */
function meanDay(
  values: readonly (number | null)[],
  { bounds, input }: Pick<Drawn, 'bounds' | 'input'>,
): (number | null)[] {
  const sum = new Float64Array(HOURS);
  const count = new Uint16Array(HOURS);
  values.forEach((value, i) => {
    if (value === null) return;
    const hour = civilHour(bounds[i]!, input.home.zone);
    sum[hour]! += value;
    count[hour]!++;
  });
  return Array.from(sum, (total, hour) =>
    count[hour]! > 0 ? Math.round(total / count[hour]!) : null,
  );
}

function seriesOf(
  point: HomePoint,
  values: readonly (number | null)[],
  { tariffs, input, average, estimated }: Drawn,
): ChartSeries {
  const type = registerType(point.register)!;
  const known = values.filter((x): x is number => x !== null);
  const price = tariffs.get(point.resource);
  const whole = values.map((x) => (x === null ? null : Math.round(x)));
  return {
    pointId: point.pointId,
    name: point.name,
    resource: point.resource,
    colour: point.colour,
    unit: type.unit,
    scale: type.scale,
    values: whole,
    estimated: values.map((_, i) => estimated[i] ?? false),
    cost: whole.map((x) =>
      x === null
        ? null
        : costOf(price, { first: input.anchor, used: [x], standingTo: input.anchor }),
    ),
    total: known.length > 0 ? Math.round(known.reduce((a, b) => a + b, 0)) : null,
    average: average?.values ?? null,
    averageOf: average?.of ?? 0,
    lastYear: null,
    forecast: null,
  };
}

/** Mean hour of the comparable points of the object (B-76); only for a single day. */
async function averagesOf(
  client: pg.ClientBase,
  { home, points, span }: ChartInput,
  bounds: readonly Instant[],
): Promise<Map<number, { values: (number | null)[]; of: number }>> {
  const averages = new Map<number, { values: (number | null)[]; of: number }>();
  const alone = home.objectId === home.placeId || !home.facts.compare;
  if (span !== 'day' || alone) return averages;
  const optedOut = await selectOptedOut(client);
  const [from, to] = [bounds[0] ?? 0, bounds.at(-1) ?? 0];
  for (const { pointId, resource, register } of points) {
    const ask = { objectId: home.objectId, resource, at: from };
    const all = await selectObjectMeters(client, ask);
    const others = all.filter((row) => !optedOut.has(row.place_id));
    const ranges = others.map((row) => ({ meterId: row.meter_id, register, from, to: to + 1 }));
    const series = await readManySeries(client, ranges);
    const lines = [...series.values()].map((readings) => hourly(readings, bounds));
    const line = averageLine(lines);
    if (line.some((x) => x !== null)) averages.set(pointId, { values: line, of: lines.length });
  }
  return averages;
}

/** Use of each hour from the readings at its ends; null where one is missing. */
function hourly(
  readings: readonly { readonly at: Instant; readonly value: bigint }[],
  bounds: readonly Instant[],
): (number | null)[] {
  const at = new Map(readings.map((reading) => [reading.at, Number(reading.value)]));
  return bounds.slice(0, -1).map((from, i) => {
    const [a, b] = [at.get(from), at.get(bounds[i + 1]!)];
    return a === undefined || b === undefined ? null : b - a;
  });
}

async function outdoorOf(
  client: pg.ClientBase,
  bounds: readonly Instant[],
  input: ChartInput,
): Promise<(number | null)[]> {
  const [from, to] = [bounds[0] ?? 0, bounds.at(-1) ?? 0];
  const known = await selectOutdoorHours(client, { from, to });
  const list = bounds.slice(0, -1).map((at) => known.get(at) ?? null);
  return input.span === 'day' ? list : meanDay(list, { bounds, input });
}
