/** An approval is one transaction: all of it, or nothing of it. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { InstallDraft } from '#lib/contract/install.ts';
import { findBrokenAudit } from '#server/access/audit.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { freshDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import { watchOverlaps } from '../../../tests/support/overlaps.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../../tests/support/two-organisations.ts';

let database: TestDatabase;
let app: App;
let ours: Small;
let early: string[];

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  early = watchOverlaps(app.db.pool);
  ours = await makeOrganisation(app, 'ALPHA', 1);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

let n = 0;
let sent: InstallDraft;
beforeEach(async () => {
  n++;
  const proof = { proved: false, problem: 'no-receiver' as const };
  sent = {
    id: `01999b9c-6f5a-7cc0-8a3e-${String(n).padStart(12, '0')}`,
    v: 1,
    placeId: ours.placeId,
    resource: 'hot-water',
    serial: `SN${n}`,
    serialFrom: 'typed',
    attach: 'pulse',
    deviceId: '00052017',
    channel: n,
    pulseWeight: '0.001',
    start: '12.5',
    digits: 5,
    decimals: 3,
    photos: { number: null, dial: null, seal: null },
    sealNumber: 'A-77',
    proof: {
      ...proof,
      listenedAt: NOW,
      openedAt: null,
      closedAt: null,
      pulses: 0,
      counted: null,
      dialAfter: null,
      flags: [],
      simulated: false,
      seen: [],
    },
    steps: [],
    startedAt: NOW - 60_000,
    finishedAt: NOW,
  } as InstallDraft;
  await callRouter({ app, caller: ours.caller }).install.submitRequest(sent);
});

const operator = () => callRouter({ app, caller: ours.caller });

const tables = ['meter', 'installation', 'register', 'communication_module', 'pulse_channel'];
async function rowsOf(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of [...tables, 'metering_point', 'audit_log', 'reading_origin', 'meter_event']) {
    const { rows } = await app.db.pool.query(`SELECT count(*)::int AS n FROM ${table}`);
    counts[table] = rows[0].n;
  }
  return counts;
}

const request = async (id = sent.id) =>
  (await app.db.prisma.installRequest.findUniqueOrThrow({ where: { id } })).status;

test('makes all of it, asking its connection one thing at a time', async () => {
  early.length = 0;
  const before = await rowsOf();
  const { stored, meterId } = await operator().install.approveRequest({ id: sent.id });
  expect(stored).toBe(1);
  const after = await rowsOf();
  expect(Object.entries(after).filter(([table, n]) => n !== before[table]! + 1)).toEqual([]);
  expect(early).toEqual([]);
  const { rows } = await app.db.pool.query(
    'SELECT code, source, detail FROM meter_event WHERE meter_id = $1',
    [meterId],
  );
  expect(rows).toEqual([{ code: 'approved', source: 'desk', detail: { request: sent.id } }]);
  const broken = await app.db.withOrg(ours.orgId, (tx) => findBrokenAudit(tx, ours.orgId));
  // The first row of the fixture is no link of a chain; what the approval wrote follows.
  const first = await app.db.prisma.auditLog.findFirstOrThrow({ orderBy: { id: 'asc' } });
  expect(broken).toBe(first.id);
});

test('a first reading that fails leaves no meter; the request still waits', async () => {
  await app.db.pool.query(`
    CREATE FUNCTION refuse_origin() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'disk full'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON reading_origin EXECUTE FUNCTION refuse_origin()`);
  const before = await rowsOf();
  await expect(operator().install.approveRequest({ id: sent.id })).rejects.toThrow(/disk full/);
  await app.db.pool.query('DROP TRIGGER refuse ON reading_origin; DROP FUNCTION refuse_origin');
  expect(await rowsOf()).toEqual(before);
  expect(await request()).toBe('submitted');
  expect((await operator().install.approveRequest({ id: sent.id })).stored).toBe(1);
  expect(await request()).toBe('approved');
});

test('two operators at once: one approves, the other is told', async () => {
  const both = await Promise.allSettled([
    operator().install.approveRequest({ id: sent.id }),
    operator().install.approveRequest({ id: sent.id }),
  ]);
  expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = both.find((one) => one.status === 'rejected')!;
  expect(refused.reason).toMatchObject({ code: 'CONFLICT' });
});

test('a taken input is refused, and nothing of the second meter stays', async () => {
  await operator().install.approveRequest({ id: sent.id });
  const second = { ...sent, id: sent.id.replace('01999', '01998'), serial: 'OTHER' };
  await operator().install.submitRequest(second);
  const before = await rowsOf();
  await expect(operator().install.approveRequest({ id: second.id })).rejects.toThrow(/Input 4/);
  expect(await rowsOf()).toEqual(before);
  expect(await request(second.id)).toBe('submitted');
});

test('the watcher sees two questions at once', async () => {
  early.length = 0;
  await app.db.withOrgSql(ours.orgId, (client) =>
    Promise.all([client.query('SELECT 1'), client.query('SELECT 2')]),
  );
  expect(early).toEqual(['SELECT 2']);
});
