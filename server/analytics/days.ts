/**
 * Days of use of points and homes, put together from the months of their meters.
 *
 * It knows that meters follow one another at a point; it knows no tariff and no forecast.
 */
import { addDays, civilDate, daysInMonth } from '#lib/base/civil.ts';
import type { readPlaceUsage } from '#server/readings/service.ts';
import type { UsageRow } from './home-store.ts';
import type { Days, HomePoint, HomeScope } from './types.ts';

export type ObjectUsage = Awaited<ReturnType<typeof readPlaceUsage>>;

type Day = { used: number | null; coverage: number };

/**
 * Adds the months of one meter to the days of a point; meters of one day add up. `hangs` says on
 * which days the meter was there: before and after it may have counted somewhere else.
 */
export function addMonths(
  days: Map<string, Day>,
  row: Pick<UsageRow, 'month' | 'daily' | 'coverage'>,
  hangs: (date: string) => boolean = () => true,
): void {
  const count = daysInMonth(row.month);
  for (let i = 0; i < count; i++) {
    const used = row.daily[i] ?? null;
    if (used === null) continue;
    const date = `${row.month}-${String(i + 1).padStart(2, '0')}`;
    if (!hangs(date)) continue;
    const before = days.get(date);
    days.set(date, {
      used: (before?.used ?? 0) + used,
      coverage: Math.min(100, (before?.coverage ?? 0) + (row.coverage[i] ?? 0)),
    });
  }
}

/** Days of one point of the home from `rows` of its meters, nothing before the household began. */
export function daysOfPoint(home: HomeScope, point: HomePoint, rows: readonly UsageRow[]): Days {
  const days = new Map<string, Day>();
  const stays = point.meters.map(({ meterId, fromAt, toAt }, i) => ({
    meterId,
    // A file may bring the past of the first meter before the day it was entered.
    first: i === 0 ? '' : civilDate(fromAt, home.zone),
    last: toAt === null ? '9999-12-31' : civilDate(toAt, home.zone),
  }));
  for (const row of rows) {
    const own = stays.filter(({ meterId }) => meterId === row.meter_id);
    if (row.register !== point.register || own.length === 0) continue;
    addMonths(days, row, (date) => own.some((s) => date >= s.first && date <= s.last));
  }
  const first = home.sinceAt > 0 ? civilDate(home.sinceAt, home.zone) : '';
  for (const date of days.keys()) if (date < first) days.delete(date);
  return days;
}

/** Days of several points of one resource together; unknown as soon as one of them is. */
export function sumDays(list: readonly Days[]): Days {
  if (list.length === 1) return list[0]!;
  const all = new Map<string, Day>();
  for (const date of new Set(list.flatMap((days) => [...days.keys()]))) {
    const parts = list.map((days) => days.get(date));
    const used = parts.some((p) => !p || p.used === null)
      ? null
      : parts.reduce((sum, p) => sum + p!.used!, 0);
    all.set(date, { used, coverage: Math.min(...parts.map((p) => p?.coverage ?? 0)) });
  }
  return all;
}

/** Values of `count` days from `from`; null where nothing is known. */
export const listDays = (days: Days, from: string, count: number): (number | null)[] =>
  datesFrom(from, count).map((date) => days.get(date)?.used ?? null);

const dateLists = new Map<string, readonly string[]>();
const MOST_LISTS = 200;

/** One home screen asks for the same few spans hundreds of times; making dates is what costs. */
function datesFrom(from: string, count: number): readonly string[] {
  const key = `${from}/${count}`;
  const known = dateLists.get(key);
  if (known) return known;
  if (dateLists.size >= MOST_LISTS) dateLists.clear();
  const list = Array.from({ length: count }, (_, i) => addDays(from, i));
  dateLists.set(key, list);
  return list;
}

/** Days by home and register, of everybody in an object. */
export function daysByHome(rows: ObjectUsage): Map<number, Map<number, Days>> {
  const homes = new Map<number, Map<number, Map<string, Day>>>();
  for (const row of rows) {
    if (row.role !== 'consumer') continue;
    const registers = homes.get(row.placeId) ?? new Map<number, Map<string, Day>>();
    homes.set(row.placeId, registers);
    const days = registers.get(row.register) ?? new Map<string, Day>();
    registers.set(row.register, days);
    addMonths(days, row);
  }
  return homes;
}
