/** Row-level security is on for every table that belongs to somebody, and kilter_app is bound. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { App } from '#server/app.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { makeOrganisation, testApp, type Small } from '../../tests/support/two-organisations.ts';

/** Sign-in must find these before it knows the organisation; they bind kilter_app, not owners. */
const FOUND_BEFORE_ORG = ['invitation', 'membership', 'organisation', 'user'];

let database: TestDatabase;
let app: App;
let alpha: Small;
let bravo: Small;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  alpha = await makeOrganisation(app, 'ALPHA', 1);
  bravo = await makeOrganisation(app, 'BRAVO', 2);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

test('every table with org_id or meter_id has forced row security', async () => {
  const { rows } = await app.db.pool.query<{ name: string; on: boolean; forced: boolean }>(`
    SELECT DISTINCT c.relname AS name, c.relrowsecurity AS on, c.relforcerowsecurity AS forced
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE a.attname IN ('org_id', 'meter_id', 'group_id') AND NOT a.attisdropped
       AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT c.relispartition`);
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((r) => !r.on).map((r) => r.name)).toEqual([]);
  const open = rows.filter((r) => !r.forced).map((r) => r.name);
  expect(open.sort()).toEqual(FOUND_BEFORE_ORG.filter((t) => open.includes(t)));
});

test('the same query returns each organisation its own rows only', async () => {
  const serials = (org: number) =>
    app.db.withOrg(org, (tx) => tx.meter.findMany({ select: { serial: true } }));
  expect(await serials(alpha.orgId)).toEqual([{ serial: 'ALPHA-1' }]);
  expect(await serials(bravo.orgId)).toEqual([{ serial: 'BRAVO-2' }]);
});

test('readings are seen through their meter, and only there', async () => {
  const count = (org: number, meter: number) =>
    app.db.withOrgSql(org, async (client) => {
      const sql = 'SELECT count(*)::int AS n FROM reading WHERE meter_id = $1';
      return (await client.query<{ n: number }>(sql, [meter])).rows[0]!.n;
    });
  expect(await count(alpha.orgId, alpha.meterId)).toBe(72);
  expect(await count(bravo.orgId, alpha.meterId)).toBe(0);
});

test('writing into another organisation is refused by the database itself', async () => {
  const write = app.db.withOrgSql(bravo.orgId, (client) =>
    client.query('INSERT INTO reading_late VALUES (now(), 1, $1, 10, 0, now(), 1)', [
      alpha.meterId,
    ]),
  );
  await expect(write).rejects.toThrow(/row-level security/);
});

test('evidence cannot be changed or removed by the application', async () => {
  const tamper = (sql: string) => app.db.withOrgSql(alpha.orgId, (client) => client.query(sql));
  await expect(tamper('UPDATE reading_hot SET value = 0')).rejects.toThrow(/permission denied/);
  await expect(tamper('DELETE FROM reading_hot')).rejects.toThrow(/permission denied/);
  await expect(tamper('DELETE FROM audit_log')).rejects.toThrow(/permission denied/);
  await expect(tamper('UPDATE capture_event SET n = 1')).rejects.toThrow(/permission denied/);
});
