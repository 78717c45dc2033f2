/**
 * Closed months leave the hot rows: packed, read back and compared, and only then dropped.
 *
 * It knows the tiers and that nothing may be lost between them; it knows no organisation's words.
 * The upkeep job calls it with the owner's connection, because the application's role may delete
 * nothing. One month is one transaction: it is archived whole or stays as it was.
 */
import type pg from 'pg';
import { assert } from '#lib/base/assert.ts';
import { DAY_MS, HOUR_MS, type Instant } from '#lib/base/interval.ts';
import { nextUtcMonth, packMonth, startOfUtcMonth } from '#lib/domain/load-profile.ts';
import { columnsOf, INCOMING, keyOf } from './columns.ts';
import {
  DAY_COLUMNS,
  MONTH_COLUMNS,
  pointsOf,
  writeMonths,
  type Chunk,
  type ChunkRow,
} from './pack.ts';
import type { NewReading } from './types.ts';
import { hotFrom } from './window.ts';

/** Batch number of readings that were stored as rows because they fit no array. */
const BY_ARCHIVE = 0n;

export type ArchiveResult = {
  readonly months: number;
  readonly packed: number;
  readonly kept: number;
};

/** Archives every month that is closed and out of the hot window. Safe to run at any time. */
export async function archiveClosedMonths(pool: pg.Pool, now: Instant): Promise<ArchiveResult> {
  const total = { months: 0, packed: 0, kept: 0 };
  for (const month of await closedMonths(pool, now)) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const done = await archiveMonth(client, month);
      await client.query('COMMIT');
      total.months++;
      total.packed += done.packed;
      total.kept += done.kept;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  }
  return total;
}

/** Months that still have hot partitions of theirs and end before the hot window. */
async function closedMonths(pool: pg.Pool, now: Instant): Promise<Instant[]> {
  const { rows } = await pool.query<{ day: string }>(
    `SELECT right(inhrelid::regclass::text, 8) AS day FROM pg_inherits
      WHERE inhparent = 'reading_hot'::regclass`,
  );
  const months = rows.map(({ day }) =>
    startOfUtcMonth(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, 1)),
  );
  return [...new Set(months)]
    .filter((month) => nextUtcMonth(month) <= hotFrom(now))
    .sort((a, b) => a - b);
}

async function archiveMonth(
  client: pg.PoolClient,
  month: Instant,
): Promise<{ packed: number; kept: number }> {
  // The same lock as ensure_reading_partitions: nobody makes what is being dropped.
  await client.query('SELECT pg_advisory_xact_lock(815001)');
  await client.query('SELECT ensure_archive_partition($1::date)', [dateText(month)]);
  const orgs = await client.query<{ id: number }>('SELECT id FROM organisation ORDER BY id');
  let [packed, kept] = [0, 0];
  for (const { id } of orgs.rows) {
    await client.query(`SELECT set_config('app.org', $1, true)`, [String(id)]);
    const meters = await client.query<{ id: number }>(
      'SELECT id FROM meter WHERE org_id = $1 ORDER BY id',
      [id],
    );
    for (let from = 0; from < meters.rows.length; from += METERS_AT_ONCE) {
      const own = meters.rows.slice(from, from + METERS_AT_ONCE).map((meter) => meter.id);
      const done = await archiveMeters(client, own, month);
      packed += done.packed;
      kept += done.kept;
    }
  }
  await dropMonth(client, month);
  return { packed, kept };
}

/** Bounds the memory: 200 meters of a month are about 150 000 readings. */
const METERS_AT_ONCE = 200;

const dateText = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

async function archiveMeters(
  client: pg.PoolClient,
  meterIds: readonly number[],
  month: Instant,
): Promise<{ packed: number; kept: number }> {
  const readings = await stored(client, meterIds, month);
  const groups = new Map<string, NewReading[]>();
  for (const r of readings) {
    const key = `${r.meterId}/${r.register}`;
    const group = groups.get(key);
    if (group) group.push(r);
    else groups.set(key, [r]);
  }
  const seals = await sealsBefore(client, meterIds, month);
  const taken = await packedAlready(client, meterIds, month);
  const chunks: Chunk[] = [];
  const rows: NewReading[] = [];
  for (const [key, own] of groups) {
    const { meterId, register } = own[0]!;
    const hourly = own.filter((r) => r.at % HOUR_MS === 0);
    const profile = taken.has(key) ? null : packMonth(month, hourly);
    if (profile?.ok) chunks.push({ meterId, register, profile: profile.value });
    rows.push(...(profile?.ok ? own.filter((r) => r.at % HOUR_MS !== 0) : own));
  }
  await writeMonths(client, chunks, seals);
  await keepRows(client, rows);
  await compare(client, { meterIds, month }, readings);
  return { packed: readings.length - rows.length, kept: rows.length };
}

/** What the hot and the day tier hold of the month. */
async function stored(
  client: pg.PoolClient,
  meterIds: readonly number[],
  month: Instant,
): Promise<NewReading[]> {
  const span = [meterIds, dateText(month), dateText(nextUtcMonth(month))];
  const hot = await client.query<{ m: number; g: number; ms: string; v: string; s: number }>(
    `SELECT meter_id AS m, register AS g, (extract(epoch FROM ts) * 1000)::int8::text AS ms,
            value AS v, status AS s
       FROM reading_hot WHERE meter_id = ANY($1::int4[])
        AND ts >= $2::timestamp AT TIME ZONE 'UTC' AND ts < $3::timestamp AT TIME ZONE 'UTC'
      ORDER BY meter_id, register, ts`,
    span,
  );
  const days = await client.query<ChunkRow>(
    `SELECT ${DAY_COLUMNS} FROM reading_day WHERE meter_id = ANY($1::int4[])
        AND day >= $2::date AND day < $3::date`,
    span,
  );
  return [
    ...hot.rows.map((r) => ({
      meterId: r.m,
      register: r.g,
      at: Number(r.ms),
      value: BigInt(r.v),
      status: r.s,
    })),
    ...days.rows.flatMap((row) =>
      pointsOf(row).map((p) => ({ meterId: row.meter_id, register: row.register, ...p })),
    ),
  ];
}

async function sealsBefore(
  client: pg.PoolClient,
  meterIds: readonly number[],
  month: Instant,
): Promise<Map<string, Uint8Array>> {
  const { rows } = await client.query<{ key: string; seal: Buffer }>(
    `SELECT DISTINCT ON (meter_id, register) meter_id || '/' || register AS key, seal
       FROM reading_month WHERE meter_id = ANY($1::int4[]) AND month < $2::date
      ORDER BY meter_id, register, month DESC`,
    [meterIds, dateText(month)],
  );
  return new Map(rows.map((row) => [row.key, row.seal]));
}

async function packedAlready(
  client: pg.PoolClient,
  meterIds: readonly number[],
  month: Instant,
): Promise<Set<string>> {
  const { rows } = await client.query<{ key: string }>(
    `SELECT meter_id || '/' || register AS key FROM reading_month
      WHERE meter_id = ANY($1::int4[]) AND month = $2::date`,
    [meterIds, dateText(month)],
  );
  return new Set(rows.map((row) => row.key));
}

/** Readings between the hours, and those of months that are sealed already, stay rows. */
async function keepRows(client: pg.PoolClient, rows: readonly NewReading[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO reading_late (ts, value, meter_id, register, status, batch_id)
     SELECT ts, value, meter_id, register, status, $6::int8 FROM ${INCOMING}
     ON CONFLICT DO NOTHING`,
    [...columnsOf(rows), String(BY_ARCHIVE)],
  );
}

/** Everything must be found again in what stays; otherwise the transaction is given up. */
async function compare(
  client: pg.PoolClient,
  { meterIds, month }: { meterIds: readonly number[]; month: Instant },
  readings: readonly NewReading[],
): Promise<void> {
  const found = new Map<string, string>();
  const put = (key: string, value: bigint | string, status: number): void => {
    found.set(key, `${value}/${status}`);
  };
  const months = await client.query<ChunkRow>(
    `SELECT ${MONTH_COLUMNS} FROM reading_month
      WHERE meter_id = ANY($1::int4[]) AND month = $2::date`,
    [meterIds, dateText(month)],
  );
  for (const row of months.rows) {
    for (const p of pointsOf(row))
      put(`${row.meter_id}/${row.register}/${p.at}`, p.value, p.status);
  }
  const late = await client.query<{ key: string; value: string; status: number }>(
    `SELECT meter_id || '/' || register || '/' || (extract(epoch FROM ts) * 1000)::int8 AS key,
            value, status FROM reading_late
      WHERE meter_id = ANY($1::int4[]) AND ts >= $2 AND ts < $3`,
    [meterIds, new Date(month), new Date(nextUtcMonth(month))],
  );
  for (const row of late.rows) put(row.key, row.value, row.status);
  const lost = readings.filter((r) => found.get(keyOf(r)) !== `${r.value}/${r.status}`);
  assert(lost.length === 0, 'an archived month holds every reading it came from');
}

/** DROP instead of DELETE: no bloat, and the space is free at once. */
async function dropMonth(client: pg.PoolClient, month: Instant): Promise<void> {
  for (let day = month; day < nextUtcMonth(month); day += DAY_MS) {
    const name = dateText(day).replaceAll('-', '');
    await client.query(`DROP TABLE IF EXISTS reading_hot_${name}`);
  }
  const name = dateText(month).slice(0, 7).replace('-', '');
  await client.query(`DROP TABLE IF EXISTS reading_day_${name}`);
}
