/** The town's hourly registers into the three tiers, the daily use and the house sums. */
import type pg from 'pg';
import {
  addDays,
  addMonths,
  civilDate,
  civilMonth,
  daysInMonth,
  startOfDay,
} from '#lib/base/civil.ts';
import { DAY_MS, HOUR_MS, startOfUtcDay, type Instant } from '#lib/base/interval.ts';
import { packStatus } from '#lib/domain/reading.ts';
import { ROOM_TEMPERATURE_REGISTER } from '#lib/domain/register-types.table.ts';
import type { Town, TownSeries } from '#lib/sim/town/types.ts';
import { copyRows } from './door.ts';
import { sealOf } from '#server/readings/pack.ts';
import { coldSpans, dailyUse, packSpan, utcDate, type PackedSpan } from './pack.ts';

/** Rows stay rows for this long (storage-and-sync.md 1.5). */
const HOT_DAYS = 10;
const AHEAD_DAYS = 14;

export type StoredTown = {
  readonly town: Town;
  readonly meters: ReadonlyMap<number, number>;
  readonly points: readonly number[];
  /** Batch that late data refers to. */
  readonly lateBatch: number;
};

export const hotFrom = (town: Town): Instant => startOfUtcDay(town.toAt - HOT_DAYS * DAY_MS);

/** Partitions for everything the town holds and for the coming fortnight. */
export async function makePartitions(client: pg.PoolClient, town: Town): Promise<void> {
  const hot = hotFrom(town);
  for (const span of coldSpans(town.fromAt, hot)) {
    if (span.kind === 'month') {
      await client.query('SELECT ensure_archive_partition($1)', [utcDate(span.startAt)]);
    }
  }
  const monthOfHot = new Date(
    Date.UTC(new Date(hot).getUTCFullYear(), new Date(hot).getUTCMonth()),
  );
  const first = utcDate(Math.min(hot, monthOfHot.getTime()));
  const last = utcDate(town.toAt + AHEAD_DAYS * DAY_MS);
  await client.query('SELECT ensure_reading_partitions($1, $2)', [first, last]);
}

type Sorted = { month: string[]; day: string[]; hot: string[]; late: string[] };

/** Everything of one town; about half of the seed's time. */
export async function seedReadings(client: pg.PoolClient, stored: StoredTown): Promise<number> {
  const { town, meters } = stored;
  const spans = coldSpans(town.fromAt, hotFrom(town));
  const lines: Sorted = { month: [], day: [], hot: [], late: [] };
  let count = 0;
  for (const series of town.series) {
    const meterId = meters.get(series.meter);
    if (meterId === undefined) continue;
    const status = statusOf(town, series);
    const values = takeLate(stored, { series, meterId, status }, lines.late);
    packCold({ values, meterId, register: series.register, status }, { town, spans, lines });
    for (let i = (hotFrom(town) - town.fromAt) / HOUR_MS; i < town.slots; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      lines.hot.push(`${isoAt(town, i)}\t${value}\t${meterId}\t${series.register}\t${status}\n`);
    }
    for (const value of series.values) if (!Number.isNaN(value)) count++;
  }
  const packed = 'meter_id, register, base, present, st';
  const [month, day] = ['reading_month', 'reading_day'];
  await copyRows(client, { table: month, columns: `${packed}, month, d2, d4, seal` }, lines.month);
  await copyRows(client, { table: day, columns: `${packed}, day, d` }, lines.day);
  const row = 'ts, value, meter_id, register, status';
  await copyRows(client, { table: 'reading_hot', columns: row }, lines.hot);
  const late = { table: 'reading_late', columns: `${row}, received_at, batch_id` };
  await copyRows(client, late, lines.late);
  return count;
}

const isoAt = (town: Town, slot: number): string =>
  new Date(town.fromAt + slot * HOUR_MS).toISOString();

function statusOf(town: Town, series: TownSeries): number {
  const radio = town.meters[series.meter]!.protocol === 'wmbus';
  return packStatus('measured', radio ? 'radio' : 'concentrator');
}

/** Values that came in after their month was packed go to reading_late, out of the arrays. */
function takeLate(
  { town, lateBatch }: StoredTown,
  own: { series: TownSeries; meterId: number; status: number },
  lines: string[],
): Float64Array {
  const { series, meterId, status } = own;
  const fault = town.faults.find((f) => f.kind === 'late' && f.meters.includes(series.meter));
  if (!fault || fault.toAt === null || fault.toAt > hotFrom(town)) return series.values;
  const values = series.values.slice();
  const received = new Date(fault.receivedAt ?? fault.toAt).toISOString();
  for (let at = Math.max(fault.fromAt, town.fromAt); at < fault.toAt; at += HOUR_MS) {
    const slot = (at - town.fromAt) / HOUR_MS;
    const value = values[slot]!;
    if (Number.isNaN(value)) continue;
    lines.push(
      `${isoAt(town, slot)}\t${value}\t${meterId}\t${series.register}\t${status}` +
        `\t${received}\t${lateBatch}\n`,
    );
    values[slot] = NaN;
  }
  return values;
}

function packCold(
  own: { values: Float64Array; meterId: number; register: number; status: number },
  { town, spans, lines }: { town: Town; spans: ReturnType<typeof coldSpans>; lines: Sorted },
): void {
  const { values, meterId, register, status } = own;
  // Chained as server/readings does it, so that the upkeep can go on from here.
  let seal: Uint8Array = new Uint8Array(32);
  for (const { kind, startAt, hours } of spans) {
    const packed = packSpan(values, { fromAt: town.fromAt, startAt, hours });
    if (!packed) continue;
    const present = kind === 'day' ? packed.present.padEnd(25, '0') : packed.present;
    const st = status === 0 ? '\\N' : `\\\\x${hex(statusBytes(packed.present, status))}`;
    const head = `${meterId}\t${register}\t${packed.base}\t${present}\t${st}\t${utcDate(startAt)}`;
    if (kind === 'day') {
      lines.day.push(`${head}\t{${packed.d.join(',')}}\n`);
      continue;
    }
    const increments = packed.d;
    const profile = {
      start: startAt,
      base: BigInt(packed.base),
      present,
      increments,
      width: isNarrow(increments) ? 2 : 4,
      status: status === 0 ? null : statusBytes(present, status),
    } as const;
    seal = sealOf({ meterId, register, profile }, seal);
    const sealText = Buffer.from(seal).toString('hex');
    lines.month.push(`${head}\t${arraysOf(packed)}\t\\\\x${sealText}\n`);
  }
}

/** `d2` where every increment fits 16 bits, `d4` otherwise; the other one is null. */
const arraysOf = ({ d }: PackedSpan): string =>
  isNarrow(d) ? `{${d.join(',')}}\t\\N` : `\\N\t{${d.join(',')}}`;

const isNarrow = (d: readonly number[]): boolean => d.every((x) => x >= -32_768 && x <= 32_767);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const statusBytes = (present: string, status: number): Uint8Array =>
  Uint8Array.from(present, (bit) => (bit === '1' ? status : 0));

/** Civil days of the town: where each starts, and which month's row it belongs to. */
function civilDays(town: Town): { date: string; startSlot: number }[] {
  const days: { date: string; startSlot: number }[] = [];
  const last = civilDate(town.toAt, town.zone);
  for (let date = civilDate(town.fromAt, town.zone); date <= last; date = addDays(date, 1)) {
    const startSlot = (startOfDay(date, town.zone) - town.fromAt) / HOUR_MS;
    days.push({ date, startSlot });
  }
  return days;
}

/** Daily use by civil month; the room sensor's rows hold the day's mean temperature instead. */
export async function seedUsage(client: pg.PoolClient, stored: StoredTown): Promise<void> {
  const { town, meters } = stored;
  const days = civilDays(town);
  const nextDay = startOfDay(addDays(days.at(-1)!.date, 1), town.zone);
  const starts = [...days.map((d) => d.startSlot), (nextDay - town.fromAt) / HOUR_MS];
  const lines: string[] = [];
  for (const series of town.series) {
    const meterId = meters.get(series.meter);
    if (meterId === undefined) continue;
    const use = dailyUse(series, starts, series.register === ROOM_TEMPERATURE_REGISTER);
    const byMonth = new Map<string, { daily: (number | null)[]; coverage: number[] }>();
    days.forEach(({ date }, i) => {
      const month = civilMonth(date);
      const row = byMonth.get(month) ?? { daily: [], coverage: [] };
      byMonth.set(month, row);
      row.daily.push(use[i]!.used);
      row.coverage.push(use[i]!.coverage);
    });
    for (const [month, { daily, coverage }] of byMonth) {
      if (daily.every((used) => used === null)) continue;
      // One entry a civil day of the whole month, as the rollup writes it.
      for (let n = daily.length; n < daysInMonth(month); n++) {
        daily.push(null);
        coverage.push(0);
      }
      const total = daily.reduce<number>((sum, used) => sum + (used ?? 0), 0);
      const list = daily.map((used) => used ?? 'NULL').join(',');
      const arrays = `{${list}}\t{${coverage.join(',')}}`;
      lines.push(`${meterId}\t${series.register}\t${month}-01\t${arrays}\t${total}\n`);
    }
  }
  const columns = 'meter_id, register, month, daily, coverage, total';
  await copyRows(client, { table: 'usage_month', columns }, lines);
}

/** Hourly sums of each house's members, and how many of them delivered (B-16). */
export async function seedBalances(client: pg.PoolClient, stored: StoredTown): Promise<void> {
  const { town, points } = stored;
  const lines: string[] = [];
  const months = utcMonths(town);
  for (const group of town.points) {
    if (group.role !== 'house') continue;
    const sums = sumMembers(stored, group.index);
    for (const { date, startSlot, hours } of months) {
      const slots = Array.from({ length: hours }, (_, i) => startSlot + i);
      const pick = (of: Float64Array | Int32Array): string =>
        slots.map((slot) => of[slot] ?? 0).join(',');
      lines.push(
        `${points[group.index]}\t${sums.register}\t${date}\t{${pick(sums.sum)}}` +
          `\t{${pick(sums.expected)}}\t{${pick(sums.present)}}\n`,
      );
    }
  }
  const columns = 'group_id, register, month, sum, expected, present';
  await copyRows(client, { table: 'balance_hour', columns }, lines);
}

function utcMonths(town: Town): { date: string; startSlot: number; hours: number }[] {
  const months = [];
  const last = civilMonth(utcDate(town.toAt));
  for (let m = civilMonth(utcDate(town.fromAt)); m <= last; m = addMonths(m, 1)) {
    const startAt = Date.parse(`${m}-01T00:00:00Z`);
    const hours = (Date.parse(`${addMonths(m, 1)}-01T00:00:00Z`) - startAt) / HOUR_MS;
    months.push({ date: `${m}-01`, startSlot: (startAt - town.fromAt) / HOUR_MS, hours });
  }
  return months;
}

function sumMembers(
  { town, meters }: StoredTown,
  group: number,
): { register: number; sum: Float64Array; expected: Int32Array; present: Int32Array } {
  const sum = new Float64Array(town.slots);
  const expected = new Int32Array(town.slots);
  const present = new Int32Array(town.slots);
  let register = 0;
  for (const series of town.series) {
    const meter = town.meters[series.meter]!;
    if (series.register === ROOM_TEMPERATURE_REGISTER || !meters.has(meter.index)) continue;
    if (town.points[meter.point]!.parent !== group) continue;
    register = series.register;
    const first = Math.max(0, Math.round((meter.fromAt - town.fromAt) / HOUR_MS));
    const end = meter.toAt === null ? town.slots - 1 : (meter.toAt - town.fromAt) / HOUR_MS;
    for (let i = first; i < end; i++) {
      expected[i]!++;
      const used = series.values[i + 1]! - series.values[i]!;
      if (Number.isNaN(used)) continue;
      present[i]!++;
      sum[i]! += used;
    }
  }
  return { register, sum, expected, present };
}
