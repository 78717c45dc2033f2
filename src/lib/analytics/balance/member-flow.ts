/**
 * What went through one meter between two instants at which nobody stood before it.
 *
 * It knows the values that a meter showed and how use varies from day to day; it knows neither its
 * neighbours nor a screen. house-balance.ts calls it. Figures are floats in the register's unit:
 * they are estimates and never billed.
 */
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { courseOf, type Course } from '#lib/domain/register-course.ts';
import { mean } from '../statistics.ts';

export type Shown = readonly [at: Instant, value: number];

export type ShownMeter = {
  /** Values before this visit, oldest first, each instant once. */
  readonly past: readonly Shown[];
  /** What this visit found; null while the meter has not answered. */
  readonly now: Shown | null;
  /** Usual use a day, 10th and 90th percentile; null when unknown. */
  readonly usualPerDay: readonly [number, number] | null;
  /** One step of the dial's last digit. */
  readonly resolution: number;
  /** Where the dial shows nought again; null when it does not. */
  readonly modulus: number | null;
};

/** Consumption since the first value, never falling. */
export type Line = {
  readonly at: readonly Instant[];
  readonly sum: readonly number[];
  /** This visit's value is the line's end. */
  readonly isWhole: boolean;
  /** This visit's value fits none before it: a reset, an exchange or a wrong figure. */
  readonly hasBreak: boolean;
};

/** Use a day and the standard deviation of that level from one month to another. */
export type Pace = { readonly perDay: number; readonly sd: number };

export type Flow = {
  readonly used: number;
  readonly variance: number;
  /** The part of `used` that no two values enclose. */
  readonly estimated: number;
  /** Days by which the values around the span miss its ends, where it is less than a day. */
  readonly missedDays: number;
};

/** Standard deviation of one day's use as a share of the mean day (households, measured). */
const DAY_NOISE = 0.8;
/** A shorter time says nothing about a level. */
export const LEVEL_DAYS = 6;
const HABIT_DAYS = 130;
const OWN_SPREAD_MONTHS = 4;
const NOTHING = { sum: 0, variance: 0 };

const daysBetween = (from: Instant, to: Instant): number => (to - from) / DAY_MS;

/** Rollover counts on; of several stretches between resets only the newest is left. */
export function lineOf({ past, now, modulus }: ShownMeter): Line {
  const before = now ? past.filter(([at]) => at < now[0]) : past;
  const course = now ? lastCourse([...before, now], modulus) : null;
  if (now && course?.at.at(-1) === now[0] && course.at.length > 1) {
    return { ...course, isWhole: true, hasBreak: false };
  }
  return {
    ...(lastCourse(before, modulus) ?? { at: [], sum: [] }),
    isWhole: false,
    hasBreak: now !== null && before.length > 0,
  };
}

function lastCourse(shown: readonly Shown[], modulus: number | null): Course | null {
  const series = { at: shown.map(([at]) => at), value: shown.map(([, value]) => value) };
  return courseOf(series, modulus).at(-1) ?? null;
}

/** Index of the newest value that lies at least LEVEL_DAYS before `at`, or −1. */
export const levelBase = ({ at: instants }: Pick<Line, 'at'>, at: Instant): number =>
  instants.findLastIndex((one) => daysBetween(one, at) >= LEVEL_DAYS);

/** The pace of the last months up to value number `end`; null when they do not tell it. */
export function habitOf(line: Line, end: number): { perDay: number; sd: number | null } | null {
  const last = line.at[end];
  if (last === undefined) return null;
  const first = line.at.findIndex((at) => daysBetween(at, last) <= HABIT_DAYS);
  const days = daysBetween(line.at[first]!, last);
  if (days < LEVEL_DAYS) return null;
  const rates: number[] = [];
  for (let i = 1; i <= end; i++) {
    const span = daysBetween(line.at[i - 1]!, line.at[i]!);
    if (span >= LEVEL_DAYS) rates.push((line.sum[i]! - line.sum[i - 1]!) / span);
  }
  const perDay = (line.sum[end]! - line.sum[first]!) / days;
  return { perDay, sd: rates.length < OWN_SPREAD_MONTHS ? null : spreadOf(rates) };
}

/** Sample standard deviation. */
export function spreadOf(list: readonly number[]): number {
  const middle = mean(list);
  return Math.sqrt(list.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (list.length - 1));
}

/**
 * Use in `[from, to)`: what values enclose is counted, between two values it runs evenly, and what
 * lies outside of all of them goes on at `pace`.
 */
export function flowOf(line: Line, span: { from: Instant; to: Instant }, pace: Pace): Flow {
  const first = line.at[0] ?? span.to;
  const last = line.at.at(-1) ?? span.to;
  const [from, to] = [Math.max(span.from, first), Math.min(span.to, last)];
  const inside = Math.max(0, daysBetween(from, to));
  const outside = daysBetween(span.from, span.to) - inside;
  const noise = (DAY_NOISE * pace.perDay) ** 2;
  const counted = inside > 0 ? [sumAt(line, from), sumAt(line, to)] : [NOTHING, NOTHING];
  const estimated = pace.perDay * outside;
  return {
    used: counted[1]!.sum - counted[0]!.sum + estimated,
    variance:
      counted[0]!.variance +
      counted[1]!.variance +
      noise * outside +
      // A level that is wrong is wrong on every day alike.
      (pace.sd * outside) ** 2,
    estimated,
    missedDays: missedDays(line, span.to) - missedDays(line, span.from),
  };
}

/** Days from the nearest value to `at` with their sign; nought when none lies within a day. */
function missedDays(line: Line, at: Instant): number {
  const away = line.at.map((one) => daysBetween(one, at));
  const nearest = away.reduce((best, one) => (Math.abs(one) < Math.abs(best) ? one : best), 1);
  return Math.abs(nearest) < 1 ? nearest : 0;
}

/** Even use between two values; the doubt is that of a bridge of days between two known ends. */
function sumAt(line: Line, at: Instant): { sum: number; variance: number } {
  const next = line.at.findIndex((one) => one >= at);
  if (line.at[next] === at) return { sum: line.sum[next]!, variance: 0 };
  const [before, after] = [line.at[next - 1]!, line.at[next]!];
  const length = daysBetween(before, after);
  const since = daysBetween(before, at);
  const rise = line.sum[next]! - line.sum[next - 1]!;
  const noise = (DAY_NOISE * (rise / length)) ** 2;
  return {
    sum: line.sum[next - 1]! + rise * (since / length),
    variance: (noise * since * (length - since)) / length,
  };
}
