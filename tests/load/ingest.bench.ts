/** Hourly readings into the hot tier: COPY with merge, unnest with merge, Prisma createMany. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { createPrng } from '#lib/base/prng.ts';
import { openDatabase, type Database } from '#server/db/client.ts';
import { startDatabase } from '../../tools/db.mjs';
import { ensureDatabase, migrate } from '../../tools/migrate.mjs';
import { median, rates, secondsOf, type Bench } from './harness.ts';

const METERS = 500;
const HOURS = 40;
const ROWS = METERS * HOURS;
const HOUR_MS = 3_600_000;
const FIRST_DAY = Date.UTC(2026, 0, 1);
const REGISTER = 1;

type Row = { readonly meter: number; readonly at: Date; readonly value: number };

const MERGE = `INSERT INTO reading_hot (ts, register, meter_id, value)
  SELECT ts, ${REGISTER}, meter_id, value FROM incoming ON CONFLICT DO NOTHING`;
const UNNEST = `INSERT INTO reading_hot (ts, register, meter_id, value)
  SELECT ts, ${REGISTER}, meter_id, value
  FROM unnest($1::timestamptz[], $2::int[], $3::bigint[]) AS incoming (ts, meter_id, value)
  ON CONFLICT DO NOTHING`;

function makeRows(seed: number, firstMeter: number): Row[] {
  const random = createPrng(seed);
  return Array.from({ length: ROWS }, (_, index) => ({
    meter: firstMeter + (index % METERS),
    at: new Date(FIRST_DAY + Math.floor(index / METERS) * HOUR_MS),
    value: 1_000_000 + index + random.int(0, 500),
  }));
}

async function copyMerge(client: PoolClient, rows: readonly Row[]): Promise<void> {
  await client.query(`CREATE TEMP TABLE IF NOT EXISTS incoming
    (ts timestamptz, meter_id int, value bigint) ON COMMIT DELETE ROWS`);
  await client.query('BEGIN');
  const lines = rows.map((r) => `${r.at.toISOString()}\t${r.meter}\t${r.value}\n`);
  const copy = client.query(copyFrom('COPY incoming (ts, meter_id, value) FROM STDIN'));
  await pipeline(Readable.from([lines.join('')]), copy);
  await client.query(MERGE);
  await client.query('COMMIT');
}

const unnestMerge = (client: PoolClient, rows: readonly Row[]) =>
  client.query(UNNEST, [
    rows.map((r) => r.at.toISOString()),
    rows.map((r) => r.meter),
    rows.map((r) => r.value),
  ]);

const PRISMA_CHUNK = 2000;

async function createMany({ prisma }: Database, rows: readonly Row[]): Promise<void> {
  for (let at = 0; at < rows.length; at += PRISMA_CHUNK) {
    const data = rows.slice(at, at + PRISMA_CHUNK).map((row) => ({
      ts: row.at,
      value: BigInt(row.value),
      meterId: row.meter,
      register: REGISTER,
    }));
    await prisma.readingHot.createMany({ data, skipDuplicates: true });
  }
}

async function makeMeters(client: PoolClient): Promise<number> {
  const org = await client.query<{ id: number }>(ORGANISATION);
  const meters = await client.query<{ id: number }>(
    `INSERT INTO meter (org_id, serial) SELECT $1, 'bench-' || n FROM generate_series(1, $2) AS n
     RETURNING id`,
    [org.rows[0]?.id, METERS],
  );
  await client.query('SELECT ensure_reading_partitions($1, $2)', ['2026-01-01', '2026-01-03']);
  return Math.min(...meters.rows.map(({ id }) => id));
}

const ORGANISATION = `INSERT INTO organisation (name) VALUES ('bench') RETURNING id`;

export const bench: Bench = {
  about: `${ROWS} hourly readings into reading_hot: COPY, unnest and Prisma createMany`,
  async run({ seed, repeats, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'kilter-bench-'));
    const server = await startDatabase({ dir: join(folder, 'data') });
    try {
      await ensureDatabase(server.url);
      await migrate(server.url);
      say('Durable PostgreSQL (fsync on), the application’s own migrations, one connection.');
      return await measure(openDatabase(server.url, 2), { seed, repeats });
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(db: Database, { seed, repeats }: { seed: number; repeats: number }) {
  const client = await db.pool.connect();
  const rows = makeRows(seed, await makeMeters(client));
  const prepare = () => client.query('TRUNCATE reading_hot');
  const found = await rates(
    [
      { name: 'copy', units: ROWS, prepare, work: () => copyMerge(client, rows) },
      { name: 'unnest', units: ROWS, prepare, work: () => unnestMerge(client, rows) },
      { name: 'prisma', units: ROWS, prepare, work: () => createMany(db, rows) },
    ],
    repeats,
  );
  await prepare();
  await copyMerge(client, rows);
  const replays: number[] = [];
  for (let n = 0; n < repeats; n++) replays.push(await secondsOf(() => copyMerge(client, rows)));
  const { rows: stored } = await client.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM reading_hot',
  );
  if (stored[0]?.n !== ROWS) throw new Error(`stored ${stored[0]?.n} of ${ROWS} rows`);
  client.release();
  await db.close();
  const rate = (name: string) => found.get(name) ?? NaN;
  return {
    copy_rows_per_s: rate('copy'),
    unnest_rows_per_s: rate('unnest'),
    prisma_rows_per_s: rate('prisma'),
    copy_to_prisma_ratio: rate('copy') / rate('prisma'),
    unnest_to_prisma_ratio: rate('unnest') / rate('prisma'),
    replay_rows_per_s: ROWS / median(replays),
  };
}
