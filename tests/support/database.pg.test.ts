import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase } from './database.ts';

const ask = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

test('each database is its own copy of the migrated template', async () => {
  const [a, b] = [await freshDatabase(), await freshDatabase()];
  await ask(a.url, 'CREATE TABLE only_in_a (x int)');
  const [seen] = await ask(b.url, "SELECT to_regclass('only_in_a') AS oid");
  expect(seen.oid).toBeNull();
  await a.drop();
  await expect(ask(a.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  await b.drop();
});

test('every migration on disk is applied in the template', async () => {
  const db = await freshDatabase();
  const rows = await ask(db.url, 'SELECT finished_at FROM _prisma_migrations');
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every((row) => row.finished_at !== null)).toBe(true);
  await db.drop();
});
