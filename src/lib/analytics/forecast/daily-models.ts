/**
 * Models of the coming days of one home (analytics.md 2, "Month end"). Each takes the daily use up
 * to and without `from` (null = unknown) and gives the next `days`; day 0 of the series is a Monday
 * plus `firstWeekday`. None of them looks at a day it is not given.
 */
import { mean, risingLine } from '../statistics.ts';

export type DailySeries = {
  readonly daily: readonly (number | null)[];
  /** Weekday of the first day, Monday 0. */
  readonly firstWeekday: number;
  /** Mean outdoor temperature by day, same index; known or climatological for the days ahead. */
  readonly outdoorC?: readonly (number | null)[] | undefined;
};

const WEEK = 7;

const known = (list: readonly (number | null)[]): number[] =>
  list.filter((x): x is number => x !== null);

/** The mean of the last two weeks, bent by each weekday's usual share. */
export function weekdayLevel(series: DailySeries, from: number, days: number): number[] {
  const level = mean(known(series.daily.slice(Math.max(0, from - 14), from)));
  const factors = weekdayMeans(series, from, 8 * WEEK);
  const whole = mean(factors.filter((x) => !Number.isNaN(x)));
  return Array.from({ length: days }, (_, k) => {
    const own = factors[weekdayOf(series, from + k)]!;
    return Number.isNaN(own) || !(whole > 0) ? level : (level * own) / whole;
  });
}

/** The mean of the same weekday in the last four weeks. */
export function weekdayMean(series: DailySeries, from: number, days: number): number[] {
  const means = weekdayMeans(series, from, 4 * WEEK);
  const whole = mean(means.filter((x) => !Number.isNaN(x)));
  return Array.from({ length: days }, (_, k) => {
    const own = means[weekdayOf(series, from + k)]!;
    return Number.isNaN(own) ? whole : own;
  });
}

/** Additive exponential smoothing with a weekly season, alpha 0.25, gamma 0.1, no trend. */
export function smoothed(series: DailySeries, from: number, days: number): number[] {
  const start = Math.max(0, from - 18 * WEEK);
  const first = known(series.daily.slice(start, start + 2 * WEEK));
  let level = first.length > 0 ? mean(first) : 0;
  const season = new Float64Array(WEEK);
  for (let i = start; i < from; i++) {
    const x = series.daily[i];
    if (x === null || x === undefined) continue;
    const day = weekdayOf(series, i);
    const before = level;
    level += 0.25 * (x - season[day]! - level);
    season[day]! += 0.1 * (x - before - season[day]!);
  }
  return Array.from({ length: days }, (_, k) =>
    Math.max(0, level + season[weekdayOf(series, from + k)]!),
  );
}

/** Heating: use against degrees below a base fitted between 10 and 20 °C on the last 60 days. */
export function degreeDays(series: DailySeries, from: number, days: number): number[] | null {
  const outdoor = series.outdoorC;
  if (!outdoor) return null;
  const rows: [number, number][] = [];
  for (let i = Math.max(0, from - 60); i < from; i++) {
    const [use, temp] = [series.daily[i], outdoor[i]];
    if (use !== null && use !== undefined && temp !== null && temp !== undefined) {
      rows.push([temp, use]);
    }
  }
  if (rows.length < 20) return null;
  let best = { a: 0, b: 0, error: Infinity, base: 15 };
  for (let base = 10; base <= 20; base++) {
    const line = risingLine(
      rows.map(([temp]) => Math.max(0, base - temp)),
      rows.map(([, use]) => use),
    );
    if (line.error < best.error) best = { ...line, base };
  }
  return Array.from({ length: days }, (_, k) => {
    const temp = outdoor[from + k];
    if (temp === null || temp === undefined) return Math.max(0, best.a);
    return Math.max(0, best.a + best.b * Math.max(0, best.base - temp));
  });
}

const weekdayOf = (series: DailySeries, i: number): number => (series.firstWeekday + i) % WEEK;

function weekdayMeans(series: DailySeries, from: number, span: number): number[] {
  const lists: number[][] = Array.from({ length: WEEK }, () => []);
  for (let i = Math.max(0, from - span); i < from; i++) {
    const x = series.daily[i];
    if (x !== null && x !== undefined) lists[weekdayOf(series, i)]!.push(x);
  }
  return lists.map(mean);
}
