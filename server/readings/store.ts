/**
 * Writing readings: the only place that inserts into the reading tiers.
 *
 * It knows the hot, late and conflict tables and that a value once stored is never changed; it
 * knows no meter, no protocol and no plausibility. server/readings/service.ts, the seed and the
 * benchmarks call it, inside a transaction of one organisation (server/db/client.ts).
 *
 * Plan of the hot insert: unnest (or a temporary table filled by COPY) ordered by the key, one
 * index probe a row in one daily partition. The comparison reads only rows that were not inserted.
 */
import type pg from 'pg';
import { DAY_MS, startOfUtcDay, type Instant } from '#lib/base/interval.ts';
import { hotFrom } from './window.ts';
import { bulkInsertHot } from './bulk-store.ts';
import { appendLate } from './late-store.ts';
import { conflicting, tally } from './outcomes.ts';
import { columnsOf, INCOMING, keepConflicts, keyOf } from './columns.ts';
import type { AppendOutcome, AppendResult, NewReading } from './types.ts';

/** Up to so many rows at once each row's own outcome is told. */
export const TRACKED_ROWS = 5000;

export type AppendBatch = {
  /** Row of ingest_batch, for late and conflicting readings. */
  readonly batchId: bigint;
  readonly now: Instant;
};

/**
 * Stores readings once. The same key with the same value is a duplicate; with another value it goes
 * to reading_conflict and the stored value stays. Readings older than the hot window, or for whose
 * day there is no partition, go to reading_late after a look into every tier.
 */
export async function appendReadings(
  client: pg.ClientBase,
  rows: readonly NewReading[],
  batch: AppendBatch,
): Promise<AppendResult> {
  const days = await hotDays(client, rows, batch.now);
  const isHot = (row: NewReading): boolean => days.has(startOfUtcDay(row.at));
  const hot = rows.every(isHot) ? rows : rows.filter(isHot);
  const late = hot === rows ? [] : rows.filter((row) => !isHot(row));
  if (hot.length > TRACKED_ROWS) {
    return add(await bulkInsertHot(client, hot, batch), await appendLate(client, late, batch));
  }
  const stored = await appendHot(client, hot, batch);
  if (late.length === 0) return stored;
  const old = await appendLate(client, late, batch);
  return { ...add(stored, old), outcomes: interleave(rows, isHot, [stored, old]) };
}

/** Makes the daily partitions of the UTC days from `first` to `last`; returns how many were new. */
export async function ensurePartitions(
  client: pg.ClientBase | pg.Pool,
  first: Instant,
  last: Instant,
): Promise<number> {
  const day = (at: Instant): string => new Date(at).toISOString().slice(0, 10);
  const { rows } = await client.query<{ made: number }>(
    'SELECT ensure_reading_partitions($1::date, $2::date) AS made',
    [day(first), day(last)],
  );
  return rows[0]?.made ?? 0;
}

/** UTC midnights of the rows' days that are in the hot window and have a partition. */
async function hotDays(
  client: pg.ClientBase,
  rows: readonly NewReading[],
  now: Instant,
): Promise<Set<Instant>> {
  const from = hotFrom(now);
  const to = startOfUtcDay(now) + 2 * DAY_MS;
  const days = new Set<Instant>();
  for (const { at } of rows) if (at >= from && at < to) days.add(startOfUtcDay(at));
  if (days.size === 0) return days;
  const found = await client.query<{ ms: string }>(
    `SELECT ms::text FROM unnest($1::int8[]) AS d(ms)
      WHERE to_regclass('reading_hot_' || to_char(
        timestamp 'epoch' + ms * interval '1 millisecond', 'YYYYMMDD')) IS NOT NULL`,
    [[...days]],
  );
  return new Set(found.rows.map((row) => Number(row.ms)));
}

async function appendHot(
  client: pg.ClientBase,
  rows: readonly NewReading[],
  batch: AppendBatch,
): Promise<AppendResult> {
  if (rows.length === 0) return tally([], 0);
  const columns = columnsOf(rows);
  const inserted = await client.query<{ ms: string; register: number; meter_id: number }>(
    `INSERT INTO reading_hot (ts, value, meter_id, register, status)
     SELECT ts, value, meter_id, register, status FROM ${INCOMING}
      ORDER BY ts, register, meter_id, row
     ON CONFLICT DO NOTHING
     RETURNING (extract(epoch FROM ts) * 1000)::int8::text AS ms, register, meter_id`,
    columns,
  );
  if (inserted.rows.length === rows.length) {
    const outcomes = rows.map((): AppendOutcome => 'new');
    return { inserted: rows.length, duplicates: 0, conflicts: 0, late: 0, outcomes };
  }
  const fresh = new Set(inserted.rows.map((r) => `${r.meter_id}/${r.register}/${r.ms}`));
  // Time bounds let the planner open only the partitions of these days.
  const other = await client.query<{ row: number }>(
    `SELECT i.row FROM ${INCOMING}
       JOIN reading_hot h USING (ts, register, meter_id)
      WHERE h.value <> i.value AND h.ts BETWEEN ${MS('$6')} AND ${MS('$7')}`,
    [...columns, ...bounds(rows)],
  );
  const outcomes = judge(rows, fresh, new Set(other.rows.map((r) => r.row)));
  await keepConflicts(client, batch.batchId, conflicting(rows, outcomes));
  return tally(outcomes, 0);
}

const MS = (param: string): string =>
  `timestamptz 'epoch' + ${param}::int8 * interval '1 millisecond'`;

function bounds(rows: readonly NewReading[]): [Instant, Instant] {
  let [first, last] = [Infinity, -Infinity];
  for (const { at } of rows) {
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  return [first, last];
}

/** The first row of an inserted key is new, a later one of that key repeats or contradicts it. */
function judge(
  rows: readonly NewReading[],
  fresh: Set<string>,
  differing: ReadonlySet<number>,
): AppendOutcome[] {
  return rows.map((row, i) => {
    if (differing.has(i)) return 'conflict';
    return fresh.delete(keyOf(row)) ? 'new' : 'duplicate';
  });
}

const add = (a: AppendResult, b: AppendResult): AppendResult => ({
  inserted: a.inserted + b.inserted,
  duplicates: a.duplicates + b.duplicates,
  conflicts: a.conflicts + b.conflicts,
  late: a.late + b.late,
  outcomes: null,
});

function interleave(
  rows: readonly NewReading[],
  isHot: (row: NewReading) => boolean,
  [hot, late]: readonly [AppendResult, AppendResult],
): AppendOutcome[] | null {
  if (!hot.outcomes || !late.outcomes) return null;
  let [h, l] = [0, 0];
  return rows.map((row) => (isHot(row) ? hot.outcomes![h++]! : late.outcomes![l++]!));
}
