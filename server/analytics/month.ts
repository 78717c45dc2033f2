/** One resource of one home in the running month: what was used, what will be, what is usual. */
import {
  addDays,
  addMonths,
  civilDate,
  civilMonth,
  daysInMonth,
  weekday,
} from '#lib/base/civil.ts';
import type { Instant } from '#lib/base/interval.ts';
import { forecastMonth, type MonthEnd } from '#lib/analytics/forecast/month-end.ts';
import { usualMonth } from '#lib/analytics/usual-range.ts';
import type { Resource } from '#lib/domain/resource.ts';
import type { Tariff } from '#lib/tariffs/tariff.ts';
import { listDays } from './days.ts';
import { costOf } from './money.ts';
import type { Days } from './types.ts';

/** Civil dates that everything on the home screen refers to. */
export type Calendar = {
  readonly today: string;
  readonly month: string;
  readonly monthFirst: string;
  /** First day of the next month. */
  readonly monthEnd: string;
  /** Day of the month, 1..31. */
  readonly dayOfMonth: number;
  readonly daysTotal: number;
  /** Months of history that are looked at. */
  readonly historyFirst: string;
};

export const HISTORY_MONTHS = 13;

export function calendarAt(now: Instant, zone: string): Calendar {
  const today = civilDate(now, zone);
  const month = civilMonth(today);
  return {
    today,
    month,
    monthFirst: `${month}-01`,
    monthEnd: `${addMonths(month, 1)}-01`,
    dayOfMonth: Number(today.slice(8)),
    daysTotal: daysInMonth(month),
    historyFirst: `${addMonths(month, -HISTORY_MONTHS)}-01`,
  };
}

export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / 864e5);

export type ResourceMonth = {
  readonly resource: Resource;
  /** Use from the 1st until now; null when nothing is known. */
  readonly used: number | null;
  readonly cost: number | null;
  readonly estimated: boolean;
  readonly forecast: MonthEnd | null;
  /** Cost of the whole month: middle, 10th and 90th percentile. */
  readonly costBand: readonly [number, number, number] | null;
  readonly usualCost: readonly [number, number] | null;
};

/** Heating follows the season; so does the gas of a cottage, which heats with it. */
export const isSeasonal = (resource: Resource, objectType: string): boolean =>
  resource === 'heat' || (resource === 'gas' && objectType === 'cottage');

/** The daily series up to (and without) today, with temperatures when the season rules. */
export function seriesUntil(
  days: Days,
  calendar: Calendar,
  outdoorC: readonly (number | null)[] | undefined,
) {
  const { historyFirst, today } = calendar;
  const daily = listDays(days, historyFirst, daysBetween(historyFirst, today));
  const first = daily.findIndex((used) => used !== null);
  // Days before the first reading are not unknown use, the meter was not there.
  const skip = first < 0 ? daily.length : first;
  return {
    skip,
    series: {
      daily: daily.slice(skip),
      firstWeekday: weekday(addDays(historyFirst, skip)),
      outdoorC: outdoorC?.slice(skip),
    },
  };
}

export function forecastOf(
  days: Days,
  calendar: Calendar,
  outdoorC: readonly (number | null)[] | undefined,
): MonthEnd | null {
  const { skip, series } = seriesUntil(days, calendar, outdoorC);
  const at = (date: string): number => daysBetween(calendar.historyFirst, date) - skip;
  if (at(calendar.today) <= 0) return null;
  return forecastMonth({
    series,
    monthStart: Math.max(0, at(calendar.monthFirst)),
    from: at(calendar.today),
    monthEnd: at(calendar.monthEnd),
    todaySoFar: days.get(calendar.today)?.used ?? 0,
  });
}

export function resourceMonth(
  resource: Resource,
  days: Days,
  with_: {
    calendar: Calendar;
    tariffs: readonly Tariff[] | undefined;
    outdoorC: readonly (number | null)[] | undefined;
    seasonal: boolean;
  },
): ResourceMonth {
  const { calendar, tariffs, outdoorC, seasonal } = with_;
  const done = listDays(days, calendar.monthFirst, calendar.dayOfMonth);
  const known = done.filter((used): used is number => used !== null);
  const forecast = forecastOf(days, calendar, seasonal ? outdoorC : undefined);
  const standingTo = addDays(calendar.today, 1);
  return {
    resource,
    used: known.length > 0 ? known.reduce((a, b) => a + b, 0) : null,
    cost:
      known.length > 0
        ? costOf(tariffs, { first: calendar.monthFirst, used: done, standingTo })
        : null,
    estimated: isEstimated(days, calendar),
    forecast,
    costBand: forecast && costBand(forecast, { calendar, tariffs }),
    usualCost: usualCost(days, { calendar, tariffs, seasonal }),
  };
}

/** A finished day that was not measured for a twentieth of its hours. */
function isEstimated(days: Days, calendar: Calendar): boolean {
  for (let i = 0; i + 1 < calendar.dayOfMonth; i++) {
    const day = days.get(addDays(calendar.monthFirst, i));
    if (day && day.used !== null && day.coverage < 95) return true;
  }
  return false;
}

/** Cost of the whole month for three totals; the shape of days does not matter for the price. */
function costBand(
  forecast: MonthEnd,
  { calendar, tariffs }: { calendar: Calendar; tariffs: readonly Tariff[] | undefined },
): [number, number, number] | null {
  const cost = (total: number): number | null =>
    costOf(tariffs, { first: calendar.monthFirst, used: spread(total, calendar.daysTotal) });
  const [mid, low, high] = [cost(forecast.total), cost(forecast.low), cost(forecast.high)];
  return mid === null || low === null || high === null ? null : [mid, low, high];
}

const spread = (total: number, days: number): number[] =>
  Array.from(
    { length: days },
    (_, i) => Math.round((total * (i + 1)) / days) - Math.round((total * i) / days),
  );

/** What such a month usually costs here, at this month's prices. */
function usualCost(
  days: Days,
  with_: { calendar: Calendar; tariffs: readonly Tariff[] | undefined; seasonal: boolean },
): readonly [number, number] | null {
  const { calendar, tariffs, seasonal } = with_;
  const totals = new Map<string, number>();
  for (let back = 1; back <= 12; back++) {
    const month = addMonths(calendar.month, -back);
    const list = listDays(days, `${month}-01`, daysInMonth(month));
    if (list.some((used) => used === null)) continue;
    totals.set(
      month,
      list.reduce<number>((a, b) => a + (b ?? 0), 0),
    );
  }
  const sameLastYear = totals.get(addMonths(calendar.month, -12)) ?? null;
  const usual = usualMonth([...totals.values()], { seasonal, sameLastYear });
  if (!usual) return null;
  const cost = (total: number): number | null =>
    costOf(tariffs, { first: calendar.monthFirst, used: spread(total, calendar.daysTotal) });
  const [low, high] = [cost(usual[0]), cost(usual[1])];
  return low === null || high === null ? null : [low, high];
}
