import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { openDatabase, type Database } from '#server/db/client.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { readSeries } from '#server/readings/service.ts';
import { appendReadings, ensurePartitions } from '#server/readings/store.ts';
import { makeOrganisation, testApp } from '../../tests/support/two-organisations.ts';
import { runUpkeep, startUpkeep } from './upkeep.ts';

const NOW = Date.parse('2026-12-30T22:00:00Z');
let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url, 4);
});

afterAll(async () => {
  await db?.close();
  await database?.drop();
});

const partitions = async (parent: string) =>
  (
    await db.pool.query<{ name: string }>(
      'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass',
      [parent],
    )
  ).rows.map((row) => row.name);

test('two processes at once make every day once, over a year change', async () => {
  const runs = await Promise.all([runUpkeep(db, NOW), runUpkeep(db, NOW), runUpkeep(db, NOW)]);
  const made = runs.map((run) => run.partitions).toSorted((a, b) => a - b);
  expect(made.slice(0, 2)).toEqual([0, 0]);
  const hot = await partitions('reading_hot');
  expect(hot).toHaveLength(14);
  expect(hot).toContain('reading_hot_20270102');
  expect(hot).toContain('reading_hot_20261220');
  expect(await partitions('reading_month')).toContain('reading_month_2027');
});

test('a day later only the new day is made', async () => {
  expect((await runUpkeep(db, NOW + DAY_MS)).partitions).toBe(1);
});

test('a closed month is packed whole, read back the same, and its rows are dropped', async () => {
  const start = Date.UTC(2027, 0, 1);
  const later = Date.UTC(2027, 1, 12, 5);
  const app = testApp(database.url, later);
  const alpha = await makeOrganisation(app, 'ALPHA', 1);
  await ensurePartitions(db.pool, start, start + 31 * DAY_MS);
  await ensurePartitions(db.pool, Date.UTC(2027, 1, 1), later + DAY_MS);
  const { meterId } = alpha;
  const at = (hours: number, value: number) => ({
    meterId,
    register: 10,
    at: start + hours * HOUR_MS,
    value: BigInt(value),
    status: hours % 7 === 0 ? 8 : 0,
  });
  const hours = Array.from({ length: 744 }, (_, i) => i).filter((i) => i % 50 !== 3);
  const rows = [...hours.map((h) => at(h, h * 11)), at(100.25, 1100), at(500.5, 5501)];
  const kept = [at(800, 9000), at(1000, 9100)];
  const now = start + 5 * DAY_MS;
  const write = (list: typeof rows, when: number) =>
    db.withOrgSql(alpha.orgId, (client) =>
      appendReadings(client, list, { batchId: 1n, now: when }),
    );
  await write(
    rows.filter((r) => r.at < start + 6 * DAY_MS),
    now,
  );
  await write(
    rows.filter((r) => r.at >= start + 6 * DAY_MS && r.at < start + 16 * DAY_MS),
    start + 15 * DAY_MS,
  );
  await write(
    rows.filter((r) => r.at >= start + 16 * DAY_MS),
    start + 26 * DAY_MS,
  );
  await write(
    rows.filter((r) => r.at >= start + 27 * DAY_MS),
    start + 31 * DAY_MS,
  );
  await write(kept, later);
  const read = () =>
    db.withOrgSql(alpha.orgId, (client) =>
      readSeries(client, { meterId, register: 10, from: start, to: later }),
    );
  const before = await read();
  const first = await runUpkeep(db, later);
  expect(first.archive.months).toBeGreaterThan(0);
  expect(first.archive.packed).toBeGreaterThan(500);
  expect(await read()).toEqual(before);
  const hot = await partitions('reading_hot');
  expect(hot.filter((name) => name.startsWith('reading_hot_202701'))).toEqual([]);
  expect((await runUpkeep(db, later)).archive).toEqual({ months: 0, packed: 0, kept: 0 });
  expect(await read()).toEqual(before);
  await app.close();
});

test('a database that is away is told, not thrown', async () => {
  const away = openDatabase('postgresql://nobody@127.0.0.1:1/none', 1);
  const told = new Promise<string>((resolve) => {
    const stop = startUpkeep({ db: away, clock: { now: () => NOW } }, (text) => {
      stop();
      resolve(text);
    });
  });
  expect(await told).toMatch(/tried again/);
  await away.close();
});
