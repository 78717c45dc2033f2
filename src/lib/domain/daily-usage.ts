/**
 * A meter's consumption by civil day, in months, as table usage_month keeps it.
 *
 * Knows civil days of a zone; knows no table. The rollup of server/readings and the seed call it:
 * a year of hourly readings takes about a millisecond.
 */
import { addMonths, civilDate, civilMonth, daysInMonth, type CivilMonth } from '#lib/base/civil.ts';
import type { Instant } from '#lib/base/interval.ts';
import { courseOf, type Course, type Series } from './register-course.ts';
import { dayBounds, midnight, usageBetween, type Usage } from './usage.ts';

export type MonthUsage = {
  readonly month: CivilMonth;
  /** One entry a civil day, integers in the register's scale; null where nothing is known. */
  readonly daily: readonly (number | null)[];
  /** Measured share of each day, 0..100. */
  readonly coverage: readonly number[];
  readonly total: number;
};

export type DailyUsageOptions = {
  readonly zone: string;
  /** Where the dial rolls over (`dialModulus`); null when it does not. */
  readonly modulus: number | null;
  /** Consumption = difference x multiplier. */
  readonly multiplier?: number;
  /** Only months that overlap [from, to); the readings around it still give the edges. */
  readonly from?: Instant;
  readonly to?: Instant;
};

/** Months from the first to the last reading, or those asked for; empty without two readings. */
export function dailyUsage(series: Series, options: DailyUsageOptions): MonthUsage[] {
  if (series.at.length < 2) return [];
  return monthsOf(courseOf(series, options.modulus), options);
}

/** The same from courses, for a metering point whose meters were exchanged. */
export function monthsOf(courses: readonly Course[], options: DailyUsageOptions): MonthUsage[] {
  const { zone, multiplier = 1 } = options;
  const first = Math.min(...courses.map((c) => c.at[0]!));
  const last = Math.max(...courses.map((c) => c.at.at(-1)!));
  const from = Math.max(first, options.from ?? first);
  const to = Math.min(last, options.to ?? last);
  if (!(to > from)) return [];
  const months: CivilMonth[] = [];
  const end = civilMonth(civilDate(to - 1, zone));
  for (let m = civilMonth(civilDate(from, zone)); m <= end; m = addMonths(m, 1)) months.push(m);
  const start = midnight(`${months[0]!}-01`, zone);
  const stop = midnight(`${addMonths(months.at(-1)!, 1)}-01`, zone);
  const days = usageBetween(courses, dayBounds(start, stop, zone), multiplier);
  let next = 0;
  return months.map((month) => monthUsage(month, days.slice(next, (next += daysInMonth(month)))));
}

const monthUsage = (month: CivilMonth, days: readonly Usage[]): MonthUsage => ({
  month,
  daily: days.map((day) => day.units),
  coverage: days.map((day) => day.coverage),
  total: days.reduce((sum, day) => sum + (day.units ?? 0), 0),
});
