/**
 * What the resident should know today: water that never stops, a burst, a meter that fell silent.
 *
 * It turns findings of lib/analytics into an alert with money; it judges nothing itself. Hourly
 * figures go out only to somebody who agreed to hourly profiles.
 */
import type pg from 'pg';
import { DAY_MS, HOUR_MS, startOfHour, type Instant } from '#lib/base/interval.ts';
import { findLeak, type LeakFinding } from '#lib/analytics/leaks/never-stops.ts';
import type { HomeAlert } from '#lib/contract/home.ts';
import { civilDate } from '#lib/base/civil.ts';
import { validateSeries } from '#lib/vee/validate-series.ts';
import { readManySeries } from '#server/readings/service.ts';
import { costOf, type Tariffs } from './money.ts';
import type { HomePoint, HomeScope } from './types.ts';

const LOOK_BACK_MS = 10 * DAY_MS;
/** The small chart shows the run and a day and a half before it. */
const CHART_HOURS_BEFORE = 36;
const SILENT_MS = 2 * DAY_MS;
const STUCK_HOURS = 120;

type Asked = {
  readonly home: HomeScope;
  readonly tariffs: Tariffs;
  readonly now: Instant;
  readonly lastAt: ReadonlyMap<number, Instant | null>;
};

/** The most urgent one, or null when all is well. */
export async function findAlert(client: pg.ClientBase, asked: Asked): Promise<HomeAlert | null> {
  const { home, now } = asked;
  const water = home.points.filter((p) => p.resource.endsWith('-water') && p.meters.length > 0);
  const to = startOfHour(now) + 1;
  const from = startOfHour(now) - LOOK_BACK_MS;
  const ranges = water.map((p) => ({
    meterId: p.meters.at(-1)!.meterId,
    register: p.register,
    from,
    to,
  }));
  const series = await readManySeries(client, ranges);
  const standing: HomeAlert[] = [];
  for (const [i, point] of water.entries()) {
    const { meterId, register } = ranges[i]!;
    const values = new Float64Array(LOOK_BACK_MS / HOUR_MS + 1).fill(NaN);
    for (const { at, value } of series.get(`${meterId}/${register}`) ?? []) {
      const slot = (at - from) / HOUR_MS;
      if (Number.isInteger(slot)) values[slot] = Number(value);
    }
    const alert = leakOf(point, lastKnown(values), { asked, from });
    if (alert) return alert;
    standing.push(...stuckOf(point, values, from));
  }
  return standing[0] ?? silentOf(asked);
}

/** Hourly use up to the last delivered hour. */
function lastKnown(values: Float64Array): Float64Array {
  let end = values.length;
  while (end > 0 && Number.isNaN(values[end - 1]!)) end--;
  const use = new Float64Array(Math.max(0, end - 1));
  for (let i = 0; i < use.length; i++) use[i] = values[i + 1]! - values[i]!;
  return use;
}

function leakOf(
  point: HomePoint,
  use: Float64Array,
  { asked, from }: { asked: Asked; from: Instant },
): HomeAlert | null {
  const found = findLeak(use);
  if (!found) return null;
  const { home } = asked;
  const chartFrom = Math.max(0, found.sinceSlot - CHART_HOURS_BEFORE);
  const quantity = (units: number) => ({ units, scale: -3, unit: 'm3' as const });
  const hours = home.hourlyFrom === null ? [] : [...use.slice(chartFrom)];
  return {
    kind: found.kind,
    level: 'critical',
    resource: point.resource,
    pointId: point.pointId,
    sinceAt: from + found.sinceSlot * HOUR_MS,
    perHour: quantity(found.perHour),
    costPerDay: costPerDay(point, found, asked),
    lost: quantity(found.lost),
    hours: hours.map((x) => (Number.isNaN(x) ? null : x)),
    hoursFromAt: from + chartFrom * HOUR_MS,
  };
}

function costPerDay(point: HomePoint, found: LeakFinding, asked: Asked): HomeAlert['costPerDay'] {
  const { home, tariffs, now } = asked;
  const first = civilDate(now, home.zone);
  const minor = costOf(tariffs.get(point.resource), { first, used: [found.perHour * 24] });
  return minor === null ? null : { minor, currency: home.currency };
}

/** A register that stood still for five days after it had counted; a week away looks the same. */
function stuckOf(point: HomePoint, values: Float64Array, from: Instant): HomeAlert[] {
  const found = validateSeries(values, { modulus: null, stuckHours: STUCK_HOURS });
  const run = found.find((f) => f.code === 'stuck' && f.toSlot >= values.length - STUCK_HOURS / 5);
  if (!run) return [];
  return [
    {
      kind: 'stuck',
      level: 'attention',
      resource: point.resource,
      pointId: point.pointId,
      sinceAt: from + run.fromSlot * HOUR_MS,
      perHour: null,
      costPerDay: null,
      lost: null,
      hours: [],
      hoursFromAt: from + run.fromSlot * HOUR_MS,
    },
  ];
}

function silentOf({ home, now, lastAt }: Asked): HomeAlert | null {
  for (const point of home.points) {
    const at = lastAt.get(point.pointId) ?? null;
    // A meter that was never heard is read by hand; only one that stopped is news.
    if (at === null || now - at < SILENT_MS || point.meters.at(-1)!.protocol === 'none') continue;
    return {
      kind: 'silent',
      level: 'attention',
      resource: point.resource,
      pointId: point.pointId,
      sinceAt: at,
      perHour: null,
      costPerDay: null,
      lost: null,
      hours: [],
      hoursFromAt: at,
    };
  }
  return null;
}
