/**
 * Consumption by hour, day or month from a register's readings.
 *
 * Knows how to cut a course at given boundaries and how much of each bucket was measured; knows no
 * zone of its own, no table and no screen. server/readings and the seed call it.
 *
 * Between two readings consumption is spread evenly. The cumulative sum is rounded at boundaries,
 * not the parts, therefore the buckets of any division add up to the same total.
 */
import { addDays, civilDate, startOfDay, type CivilDate } from '#lib/base/civil.ts';
import { HOUR_MS, type Instant } from '#lib/base/interval.ts';
import type { Course } from './register-course.ts';

export type Usage = {
  /** Integer in the register's scale, multiplier included; null where nothing is known. */
  readonly units: number | null;
  /** Share of the bucket that was measured, 0..100; the rest is spread or unknown. */
  readonly coverage: number;
};

/** Two readings no further apart measure what lies between them, even across a boundary. */
const MEASURED_GAP_MS = 2 * HOUR_MS;

/** Usage of the buckets `[bounds[i], bounds[i + 1])`; `bounds` rises. */
export function usageBetween(
  courses: readonly Course[],
  bounds: readonly Instant[],
  multiplier = 1,
): Usage[] {
  const units = new Array<number | null>(Math.max(0, bounds.length - 1)).fill(null);
  const measuredMs = new Float64Array(units.length);
  for (const course of courses) addCourse({ course, bounds, multiplier, units, measuredMs });
  return units.map((value, i) => ({
    units: value,
    coverage: Math.round((100 * measuredMs[i]!) / (bounds[i + 1]! - bounds[i]!)),
  }));
}

type Sums = {
  readonly course: Course;
  readonly bounds: readonly Instant[];
  readonly multiplier: number;
  readonly units: (number | null)[];
  readonly measuredMs: Float64Array;
};

function addCourse({ course, bounds, multiplier, units, measuredMs }: Sums): void {
  const { at } = course;
  if (at.length < 2) return;
  let bucket = firstBucket(bounds, at[0]!);
  for (let i = 1; i < at.length && bucket < units.length;) {
    const left = at[i - 1]!;
    const right = at[i]!;
    const end = bounds[bucket + 1]!;
    const from = Math.max(left, bounds[bucket]!);
    const to = Math.min(right, end);
    if (to > from) {
      const level = (instant: Instant): number =>
        Math.round(levelAt(course, i, instant) * multiplier);
      units[bucket] = (units[bucket] ?? 0) + level(to) - level(from);
      const inside = left >= bounds[bucket]! && right <= end;
      if (inside || right - left <= MEASURED_GAP_MS) measuredMs[bucket]! += to - from;
    }
    if (right <= end) i++;
    if (right >= end) bucket++;
  }
}

/** The sum at an instant of the interval that ends at reading `i`. */
function levelAt({ at, sum }: Course, i: number, instant: Instant): number {
  if (instant === at[i]) return sum[i]!;
  if (instant === at[i - 1]) return sum[i - 1]!;
  const share = (instant - at[i - 1]!) / (at[i]! - at[i - 1]!);
  return sum[i - 1]! + (sum[i]! - sum[i - 1]!) * share;
}

function firstBucket(bounds: readonly Instant[], at: Instant): number {
  let low = 0;
  let high = Math.max(0, bounds.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (bounds[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

const midnights = new Map<string, Map<CivilDate, Instant>>();

/** `startOfDay`, remembered: thousands of meters of a town share the same few hundred days. */
export function midnight(date: CivilDate, zone: string): Instant {
  let known = midnights.get(zone);
  if (!known) midnights.set(zone, (known = new Map()));
  let at = known.get(date);
  if (at === undefined) known.set(date, (at = startOfDay(date, zone)));
  return at;
}

/** Midnights of `zone` from the day of `from` to the first one not before `to`. */
export function dayBounds(from: Instant, to: Instant, zone: string): Instant[] {
  let date = civilDate(from, zone);
  const bounds = [midnight(date, zone)];
  while (bounds.at(-1)! < to) {
    date = addDays(date, 1);
    bounds.push(midnight(date, zone));
  }
  return bounds;
}

/** Full hours of the UTC clock from `from` to `to`: 23 or 25 in a day of changed clocks. */
export function hourBounds(from: Instant, to: Instant): Instant[] {
  const bounds: Instant[] = [];
  for (let at = from; at < to; at += HOUR_MS) bounds.push(at);
  return [...bounds, to];
}
