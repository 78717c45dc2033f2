/** The hourly check over the stored demo town: what is wrong is found, the rest is quiet. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { createTown } from '#lib/sim/town.ts';
import type { FindingRow } from '#server/desk/board-store.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { seedDemo } from '#server/cli/seed.ts';
import { runFindings } from '#server/jobs/findings.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { testApp } from '../../tests/support/two-organisations.ts';
import { checkMeters } from './findings.ts';

const NOW = Date.UTC(2026, 10, 21, 9, 30);
let database: TestDatabase;
let app: App;
let orgId = 0;

beforeAll(async () => {
  database = await freshDatabase();
  const masterKey = Buffer.alloc(32, 7).toString('base64');
  await seedDemo({ url: database.url, masterKey, nowAt: NOW, say: () => {} });
  app = testApp(database.url, NOW);
  orgId = (await app.db.prisma.organisation.findFirstOrThrow({ orderBy: { id: 'asc' } })).id;
  await runFindings(app);
}, 240_000);

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const desk = () =>
  callRouter({
    app,
    caller: {
      userId: 'x',
      name: '',
      email: '',
      orgId,
      roles: ['operator'],
      placeIds: [],
      strong: true,
    },
  }).desk;
const all = () => desk().listFindings({ kind: null, page: 0 });
const where = (list: readonly FindingRow[]) => list.map((f) => `${f.kind} ${f.address}`);

test('exactly the town’s standing faults are found, and not one home more', async () => {
  const found = await all();
  expect(where(found).sort()).toEqual([
    expect.stringMatching(/^counts-less .*Лесная, 14.*51$/),
    expect.stringMatching(/^stands-still .*Лесная, 14.*12$/),
    expect.stringMatching(/^water-never-stops .*Лесная, 14.*37$/),
  ]);
});

test('each says since when and how much, close to the truth', async () => {
  const found = new Map((await all()).map((f) => [f.kind, f]));
  const truth = new Map(
    createTown({ seed: 14, nowAt: NOW })
      .faults.filter((f) => f.toAt === null)
      .map((f) => [f.kind, f]),
  );
  const off = (kind: 'leak' | 'stuck' | 'slowed', at: number | undefined) =>
    Math.abs((at ?? 0) - truth.get(kind)!.fromAt);
  const leak = found.get('water-never-stops');
  expect(leak).toMatchObject({ level: 'critical', amount: 12, resource: 'cold-water' });
  expect(off('leak', leak?.sinceAt)).toBeLessThan(12 * HOUR_MS);
  const still = found.get('stands-still');
  expect(still).toMatchObject({ level: 'attention', resource: 'hot-water' });
  expect(off('stuck', still?.sinceAt)).toBeLessThan(2 * DAY_MS);
  const less = found.get('counts-less');
  expect(less?.resource).toBe('electricity');
  // It counts 55 %; a home's own weeks blur the step by some.
  expect(Math.abs(less!.amount! - 45)).toBeLessThan(8);
  expect(off('slowed', less?.sinceAt)).toBeLessThan(8 * DAY_MS);
});

test('the most urgent one stands first, and one kind can be asked for', async () => {
  expect((await all())[0]?.kind).toBe('water-never-stops');
  const only = await desk().listFindings({ kind: 'stands-still', page: 0 });
  expect(only.map((f) => f.kind)).toEqual(['stands-still']);
  expect(await desk().listFindings({ kind: null, page: 1 })).toEqual([]);
});

test('the board counts what arrived from the same check', async () => {
  const board = await desk().getBoard();
  expect(board.delivery.checkedAt).toBe(NOW);
  expect(board.delivery.expected).toBe(board.delivery.meters * 24);
  const { rows } = await app.db.pool.query<{ n: number }>(
    `SELECT count(DISTINCT h.meter_id)::int AS n FROM reading_hot h
       JOIN meter m ON m.id = h.meter_id
       JOIN installation i ON i.meter_id = m.id AND i.to_at IS NULL
      WHERE m.org_id = $1 AND h.register = ANY($2::int2[])`,
    [orgId, Object.values(TOTAL_REGISTER)],
  );
  expect(board.delivery.meters).toBe(rows[0]!.n);
  expect(board.delivery.delivered).toBeGreaterThan(board.delivery.expected * 0.98);
  expect(board.delivery.delivered).toBeLessThanOrEqual(board.delivery.expected);
});

test('a second run changes nothing, and what is over goes away', async () => {
  const before = await all();
  await checkMeters(app.db, orgId, NOW);
  expect(await all()).toEqual(before);
  const leak = before.find((f) => f.kind === 'water-never-stops')!;
  await app.db.pool.query(
    `UPDATE reading_hot h SET value = (SELECT max(value) FROM reading_hot x
        WHERE x.meter_id = h.meter_id AND x.register = h.register)
      WHERE meter_id = $1 AND ts >= to_timestamp($2 / 1000.0)`,
    [leak.meterId, NOW - 5 * HOUR_MS],
  );
  await checkMeters(app.db, orgId, NOW);
  expect(where(await all())).not.toContain(where([leak])[0]);
});

test('a day of silence is told of every meter that used to speak', async () => {
  const later = NOW + 30 * HOUR_MS;
  await checkMeters(app.db, orgId, later);
  const silent = (await desk().getBoard()).findings.find((f) => f.kind === 'silent');
  const board = await desk().getBoard();
  expect(silent?.meters).toBe(board.delivery.meters);
  // Weeks later nothing of it is in the hot days any more, and it is still known.
  await checkMeters(app.db, orgId, NOW + 20 * DAY_MS);
  expect((await desk().getBoard()).findings.find((f) => f.kind === 'silent')?.meters).toBe(
    silent!.meters,
  );
});

test('doubtful readings, contradictions and the meter’s own remarks are findings', async () => {
  await checkMeters(app.db, orgId, NOW);
  const meterId = Math.min(...(await meterIds()));
  const last = new Date(NOW - 2 * HOUR_MS);
  await app.db.pool.query(
    `UPDATE reading_hot SET status = status | 4
      WHERE meter_id = $1 AND ts = date_trunc('hour', $2::timestamptz)`,
    [meterId, last],
  );
  await app.db.pool.query(
    `INSERT INTO reading_conflict (meter_id, register, ts, batch_id, value)
     SELECT $1, register, $2, 1, 5 FROM register WHERE meter_id = $1 LIMIT 1`,
    [meterId, last],
  );
  await app.db.pool.query(
    `INSERT INTO meter_event (meter_id, at, code, org_id, source)
     VALUES ($1, $2, 'battery-low', $3, 'radio'), ($1, $2, 'approved', $3, 'desk')`,
    [meterId, last, orgId],
  );
  await checkMeters(app.db, orgId, NOW);
  const own = (await all()).filter((f) => f.meterId === meterId).map((f) => [f.kind, f.amount]);
  expect(own.sort()).toEqual([
    ['battery-low', 1],
    ['conflict', 1],
    ['suspect-readings', 1],
  ]);
});

test('a meter that was taken off has no findings any more', async () => {
  const [one] = await all();
  await app.db.pool.query('UPDATE installation SET to_at = $2 WHERE meter_id = $1', [
    one!.meterId,
    new Date(NOW),
  ]);
  await checkMeters(app.db, orgId, NOW);
  expect((await all()).some((f) => f.meterId === one!.meterId)).toBe(false);
});

const meterIds = async () =>
  (
    await app.db.pool.query<{ id: number }>(
      'SELECT meter_id AS id FROM meter_delivery WHERE org_id = $1 AND expected > 0',
      [orgId],
    )
  ).rows.map((row) => row.id);
