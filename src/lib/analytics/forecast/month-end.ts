/**
 * What a month will have come to, with an honest band.
 *
 * It knows daily use and, for heating, temperatures; it knows no money and no screen. The band
 * comes from the method's own errors on this home: it is run again from earlier days with the same
 * number of days ahead, and the 10th to 90th percentile of what came true is the band.
 */
import { assert } from '#lib/base/assert.ts';
import { mean, quantile } from '../statistics.ts';
import {
  degreeDays,
  smoothed,
  weekdayLevel,
  weekdayMean,
  type DailySeries,
} from './daily-models.ts';

export type MonthEnd = {
  /** Use of the days ahead, rounded; `null` where the series is too short to say anything. */
  readonly days: readonly number[];
  /** 10th and 90th percentile of each of these days; single days scatter more than their sum. */
  readonly dayLows: readonly number[];
  readonly dayHighs: readonly number[];
  readonly total: number;
  readonly low: number;
  readonly high: number;
};

export type MonthEndInput = {
  readonly series: DailySeries;
  /** Index of the month's first day, of the first day that is not over, and of the month's end. */
  readonly monthStart: number;
  readonly from: number;
  readonly monthEnd: number;
  /** Use of the running day so far; it is a floor for that day. */
  readonly todaySoFar?: number;
};

/** Two weeks are the least that tells weekdays apart. */
const LEAST_DAYS = 14;
const ORIGINS = 26;
/** Days between two back-test origins: a prime with 7, so that every weekday is a start. */
const STRIDE = 5;

/** The blend of the models: heating follows the weather, everything else the weekdays. */
export function forecastDays(series: DailySeries, from: number, days: number): number[] {
  const heating = degreeDays(series, from, days);
  const level = weekdayLevel(series, from, days);
  if (heating) return heating.map((x, k) => 0.7 * x + 0.3 * level[k]!);
  const [means, ets] = [weekdayMean(series, from, days), smoothed(series, from, days)];
  return level.map((x, k) => (x + means[k]! + ets[k]!) / 3);
}

/** Null when fewer than two weeks are known. */
export function forecastMonth(input: MonthEndInput): MonthEnd | null {
  const { series, monthStart, from, monthEnd, todaySoFar = 0 } = input;
  assert(monthStart <= from && from <= monthEnd, 'a month starts, goes on and ends');
  if (series.daily.slice(0, from).filter((x) => x !== null).length < LEAST_DAYS) return null;
  const ahead = monthEnd - from;
  const days = forecastDays(series, from, ahead).map((x) => Math.max(0, Math.round(x)));
  if (ahead > 0) days[0] = Math.max(days[0]!, Math.round(todaySoFar));
  const done = sumKnown(series, monthStart, from);
  const coming = days.reduce((a, b) => a + b, 0);
  const { sum, day } = ahead === 0 ? NO_ERROR : errorBands(series, from, ahead);
  const [low, high] = sum;
  const floor = (k: number): number => (k === 0 ? Math.round(todaySoFar) : 0);
  return {
    days,
    dayLows: days.map((x, k) => Math.min(x, Math.max(floor(k), Math.round(x * day[0])))),
    dayHighs: days.map((x) => Math.max(x, Math.round(x * day[1]))),
    total: done + coming,
    low: Math.max(done + Math.round(todaySoFar), Math.round(done + coming * low)),
    high: Math.max(done + coming, Math.round(done + coming * high)),
  };
}

/** Sum of a span; unknown days count as the span's mean day, so that a gap is no saving. */
export function sumKnown(series: DailySeries, from: number, to: number): number {
  const list = series.daily.slice(from, to);
  const known = list.filter((x): x is number => x !== null && x !== undefined);
  if (known.length === 0) return 0;
  const sum = known.reduce((a, b) => a + b, 0);
  return Math.round(sum + (list.length - known.length) * mean(known));
}

type Band = readonly [number, number];
type Bands = { readonly sum: Band; readonly day: Band };

const NO_ERROR: Bands = { sum: [1, 1], day: [1, 1] };
/** Too little of a past to know one's errors: said with a wide band. */
const UNKNOWN_ERROR: Bands = { sum: [0.7, 1.35], day: [0.4, 1.9] };

/**
 * 10th and 90th percentile of actual / forecast over earlier spans of the same length: of their
 * sums, and of their single days.
 */
function errorBands(series: DailySeries, from: number, ahead: number): Bands {
  const ratios: number[] = [];
  const dayRatios: number[] = [];
  for (let n = 0; n < ORIGINS; n++) {
    const origin = from - ahead - n * STRIDE;
    if (origin < LEAST_DAYS) break;
    const actual = series.daily.slice(origin, origin + ahead);
    if (actual.some((x) => x === null)) continue;
    const sum = actual.reduce<number>((a, b) => a + (b ?? 0), 0);
    const days = forecastDays(series, origin, ahead);
    const guess = days.reduce((a, b) => a + b, 0);
    if (guess > 0) ratios.push(sum / guess);
    days.forEach((x, k) => x > 0 && dayRatios.push((actual[k] ?? 0) / x));
  }
  if (ratios.length < 5) return UNKNOWN_ERROR;
  // Few, overlapping spans understate the spread; widening by the sample size corrects for it.
  const widen = 1 + 1.2 / Math.sqrt(ratios.length);
  return { sum: bandOf(ratios, widen), day: bandOf(dayRatios, 1) };
}

function bandOf(ratios: readonly number[], widen: number): Band {
  const [low, high] = [quantile(ratios, 0.1), quantile(ratios, 0.9)];
  return [1 - (1 - Math.min(low, 0.99)) * widen, 1 + (Math.max(high, 1.01) - 1) * widen];
}

/** How the band given on the same day of earlier months turned out (X15). */
export function backTest(
  series: DailySeries,
  months: readonly { readonly start: number; readonly end: number }[],
  dayOfMonth: number,
): { hits: number; tries: number } {
  let hits = 0;
  let tries = 0;
  for (const { start, end } of months) {
    const from = Math.min(start + dayOfMonth, end);
    if (series.daily.slice(start, end).some((x) => x === null || x === undefined)) continue;
    const cut = { ...series, daily: series.daily.slice(0, from) };
    const guess = forecastMonth({ series: cut, monthStart: start, from, monthEnd: end });
    if (!guess) continue;
    tries++;
    const actual = sumKnown(series, start, end);
    if (actual >= guess.low && actual <= guess.high) hits++;
  }
  return { hits, tries };
}

/**
 * Temperatures to forecast with: known ones as they are, the days ahead from the mean of the same
 * days of the year, starting from today's deviation which fades by a fifth a day.
 */
export function extendOutdoor(known: readonly (number | null)[], days: number): (number | null)[] {
  const all = [...known];
  let deviation = 0;
  const normal = (i: number): number | null => {
    const near = known
      .slice(Math.max(0, i - 365 - 10), Math.max(0, i - 365 + 11))
      .filter((x): x is number => x !== null);
    return near.length >= 7 ? mean(near) : null;
  };
  const last = known.length - 1;
  const [lastNormal, lastKnown] = [normal(last), known[last] ?? null];
  if (lastNormal !== null && lastKnown !== null) deviation = lastKnown - lastNormal;
  for (let k = 0; k < days; k++) {
    deviation *= 0.8;
    const usual = normal(known.length + k);
    all.push(usual === null ? lastKnown : usual + deviation);
  }
  return all;
}
