/**
 * Keeps usage_month true: the consumption of every civil day of the meters that got readings.
 *
 * It knows which months a reading touches (up to its neighbours: consumption between two readings
 * is spread evenly); it knows no protocol and no person. The ingest calls it after a batch, inside
 * a transaction of one organisation. Running it again changes nothing.
 */
import type pg from 'pg';
import { addDays, addMonths, civilDate, civilMonth, type CivilMonth } from '#lib/base/civil.ts';
import { HOUR_MS, type Instant } from '#lib/base/interval.ts';
import { isAccumulating } from '#lib/domain/dial.ts';
import { monthsOf, type MonthUsage } from '#lib/domain/daily-usage.ts';
import { midnight } from '#lib/domain/usage.ts';
import { installationsOf, type Installation } from '#server/registry/installations.ts';
import { readFirstFrom, readLastBefore, readRanges, registerKey } from './series-store.ts';
import { readCourses, stayOf, type Stay } from './usage.ts';
import type { RegisterKey, StoredReading } from './types.ts';

/** Readings of a register that are new between two instants, both included. */
export type Touched = RegisterKey & { readonly from: Instant; readonly to: Instant };

/** Recomputes the touched months; returns how many rows of usage_month were written. */
export async function rollUp(
  client: pg.ClientBase,
  zone: string,
  touched: readonly Touched[],
): Promise<number> {
  const merged = mergeTouched(touched);
  const spans = await widen(client, zone, merged);
  const meterIds = [...new Set(merged.map((t) => t.meterId))];
  const installations = await installationsOf(client, { meterIds });
  const stays = merged.map((t) => wholeLife(t, installations));
  const amounts = stays.map((stay, i) => ({ stay, ...spans[i]! })).filter(isAmount);
  const courses = await readCourses(client, amounts);
  const rows: UsageRow[] = amounts.flatMap(({ stay, from, to }, i) =>
    monthsOf(courses[i]!, { ...stay, from, to, zone }).map((month) => ({ ...stay, ...month })),
  );
  for (const [i, stay] of stays.entries()) {
    if (isAccumulating(stay.register)) continue;
    const months = await dailyMeans(client, stay, { ...spans[i]!, zone });
    rows.push(...months.map((month) => ({ ...stay, ...month })));
  }
  return writeUsage(client, rows);
}

const isAmount = ({ stay }: { stay: Stay }): boolean => isAccumulating(stay.register);

function mergeTouched(touched: readonly Touched[]): Touched[] {
  const merged = new Map<string, Touched>();
  for (const t of touched) {
    const known = merged.get(registerKey(t));
    const from = Math.min(t.from, known?.from ?? t.from);
    merged.set(registerKey(t), { ...t, from, to: Math.max(t.to, known?.to ?? t.to) });
  }
  return [...merged.values()];
}

/** Whole civil months from the reading before to the one after the new ones. */
async function widen(
  client: pg.ClientBase,
  zone: string,
  touched: readonly Touched[],
): Promise<{ from: Instant; to: Instant }[]> {
  const before = await readLastBefore(
    client,
    touched.map((t) => ({ ...t, at: t.from })),
  );
  const after = await readFirstFrom(
    client,
    touched.map((t) => ({ ...t, at: t.to + 1 })),
  );
  return touched.map((t, i) => {
    const first = civilMonth(civilDate(before[i]?.at ?? t.from, zone));
    const last = civilMonth(civilDate(after[i]?.at ?? t.to, zone));
    return { from: monthStart(first, zone), to: monthStart(addMonths(last, 1), zone) };
  });
}

const monthStart = (month: CivilMonth, zone: string): Instant => midnight(`${month}-01`, zone);

/** The register's whole life as one stay: a meter keeps counting when it moves to another point. */
function wholeLife(key: RegisterKey, installations: readonly Installation[]): Stay {
  const own = installations
    .filter((i) => i.meterId === key.meterId)
    .flatMap((i) => stayOf(i, key.register));
  return {
    pointId: 0,
    meterId: key.meterId,
    register: key.register,
    fromAt: -Infinity,
    toAt: null,
    modulus: own[0]?.modulus ?? null,
    multiplier: own[0]?.multiplier ?? 1,
    written: own.flatMap((stay) => stay.written),
  };
}

/** Temperatures and the like are not used up: their day has a mean. */
async function dailyMeans(
  client: pg.ClientBase,
  key: RegisterKey,
  { from, to, zone }: { from: Instant; to: Instant; zone: string },
): Promise<MonthUsage[]> {
  const found = await readRanges(client, [{ ...key, from, to }]);
  const byDay = new Map<string, StoredReading[]>();
  for (const reading of found.get(registerKey(key)) ?? []) {
    const day = civilDate(reading.at, zone);
    byDay.set(day, [...(byDay.get(day) ?? []), reading]);
  }
  const months: MonthUsage[] = [];
  const end = civilDate(to, zone);
  for (let day = civilDate(from, zone); day < end;) {
    const [daily, coverage]: [(number | null)[], number[]] = [[], []];
    const month = civilMonth(day);
    for (; civilMonth(day) === month; day = addDays(day, 1)) {
      const readings = byDay.get(day) ?? [];
      const hours = (midnight(addDays(day, 1), zone) - midnight(day, zone)) / HOUR_MS;
      daily.push(meanOf(readings));
      coverage.push(Math.min(100, Math.round((100 * readings.length) / hours)));
    }
    const total = daily.reduce<number>((sum, mean) => sum + (mean ?? 0), 0);
    if (daily.some((mean) => mean !== null)) months.push({ month, daily, coverage, total });
  }
  return months;
}

const meanOf = (readings: readonly StoredReading[]): number | null =>
  readings.length === 0
    ? null
    : Math.round(readings.reduce((sum, r) => sum + Number(r.value), 0) / readings.length);

export type UsageRow = RegisterKey & MonthUsage;

/** Upserts months; also for whoever computes a year at once. */
export async function writeUsage(
  client: pg.ClientBase,
  rows: readonly UsageRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const array = (list: readonly (number | null)[]): string =>
    `{${list.map((n) => n ?? 'NULL').join()}}`;
  const result = await client.query(
    `INSERT INTO usage_month (meter_id, register, month, daily, coverage, total)
     SELECT u.meter_id, u.register, u.month, u.daily::int8[], u.coverage::int2[], u.total
       FROM unnest($1::int4[], $2::int2[], $3::date[], $4::text[], $5::text[], $6::int8[])
            AS u(meter_id, register, month, daily, coverage, total)
     ON CONFLICT (meter_id, register, month) DO UPDATE
       SET daily = EXCLUDED.daily, coverage = EXCLUDED.coverage, total = EXCLUDED.total,
           updated_at = now()`,
    [
      rows.map((r) => r.meterId),
      rows.map((r) => r.register),
      rows.map((r) => `${r.month}-01`),
      rows.map((r) => array(r.daily)),
      rows.map((r) => array(r.coverage)),
      rows.map((r) => r.total),
    ],
  );
  return result.rowCount ?? 0;
}
