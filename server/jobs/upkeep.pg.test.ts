import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY_MS } from '#lib/base/interval.ts';
import { openDatabase, type Database } from '#server/db/client.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
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
  const made = await Promise.all([runUpkeep(db, NOW), runUpkeep(db, NOW), runUpkeep(db, NOW)]);
  expect(made.toSorted((a, b) => a - b).slice(0, 2)).toEqual([0, 0]);
  const hot = await partitions('reading_hot');
  expect(hot).toHaveLength(44);
  expect(hot).toContain('reading_hot_20270102');
  expect(hot).toContain('reading_hot_20261120');
  expect(await partitions('reading_month')).toContain('reading_month_2027');
});

test('a day later only the new day is made', async () => {
  expect(await runUpkeep(db, NOW + DAY_MS)).toBe(1);
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
