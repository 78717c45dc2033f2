/** The tiers against a real PostgreSQL: stored once, compared, read back from wherever it lies. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, startOfUtcDay } from '#lib/base/interval.ts';
import { packDay, packMonth, type ProfilePoint } from '#lib/domain/load-profile.ts';
import { packStatus, type Quality } from '#lib/domain/reading.ts';
import type { App } from '#server/app.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../tests/support/two-organisations.ts';
import { writeDays, writeMonths } from './pack.ts';
import { rollUp } from './rollup.ts';
import { readNeighbours, readRanges } from './series-store.ts';
import { readLast, readPlaceUsage, readSeries } from './service.ts';
import { appendReadings, ensurePartitions, TRACKED_ROWS } from './store.ts';
import { readPointUsage } from './usage.ts';
import { hotFrom } from './window.ts';

let database: TestDatabase;
let app: App;
let alpha: Small;
let bravo: Small;
let meterId = 0;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  alpha = await makeOrganisation(app, 'ALPHA', 1);
  bravo = await makeOrganisation(app, 'BRAVO', 2);
  await ensurePartitions(app.db.pool, NOW - 40 * DAY_MS, NOW + 3 * DAY_MS);
  await app.db.pool.query(`SELECT ensure_archive_partition('2025-01-01')`);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** Every test has a meter of its own. */
beforeEach(async () => {
  meterId = await hang('fresh', alpha.pointId, { fromAt: NOW - 3e9 });
});

let made = 0;
const sql = <T>(work: Parameters<App['db']['withOrgSql']>[1]): Promise<T> =>
  app.db.withOrgSql(alpha.orgId, work) as Promise<T>;

async function hang(
  serial: string,
  pointId: number,
  more: { fromAt: number; toAt?: number; start?: string; end?: string; digits?: number },
): Promise<number> {
  const { orgId } = alpha;
  const written = (value?: string) => (value ? [{ register: 10, value }] : []);
  return app.db.withOrg(orgId, async (tx) => {
    const meter = await tx.meter.create({ data: { orgId, serial: `${serial}-${made++}` } });
    await tx.register.create({
      data: { orgId, meterId: meter.id, register: 10, digits: more.digits ?? 5 },
    });
    await tx.installation.create({
      data: {
        orgId,
        meterId: meter.id,
        pointId,
        fromAt: new Date(more.fromAt),
        toAt: more.toAt ? new Date(more.toAt) : null,
        startRegisters: written(more.start),
        ...(more.end && { endRegisters: written(more.end) }),
      },
    });
    return meter.id;
  });
}

const row = (at: number, value: number, id = meterId) => ({
  meterId: id,
  register: 10,
  at,
  value: BigInt(value),
  status: 0,
});
const batch = { batchId: 1n, now: NOW };
const append = (rows: ReturnType<typeof row>[]) =>
  app.db.withOrgSql(alpha.orgId, (client) => appendReadings(client, rows, batch));
const series = (from: number, to: number) =>
  app.db.withOrgSql(alpha.orgId, (client) =>
    readSeries(client, { meterId, register: 10, from, to }),
  );
const plain = (list: readonly { at: number; value: bigint }[]) =>
  list.map(({ at, value }) => [at, Number(value)]);

test('new, duplicate and contradicting rows are told apart; the first value stays', async () => {
  const rows = [row(NOW - HOUR_MS, 100), row(NOW, 110)];
  expect(await append(rows)).toMatchObject({ inserted: 2, duplicates: 0, conflicts: 0, late: 0 });
  const again = await append([...rows, row(NOW, 999), row(NOW + HOUR_MS, 120)]);
  expect(again.outcomes).toEqual(['duplicate', 'duplicate', 'conflict', 'new']);
  expect(plain(await series(NOW - DAY_MS, NOW + DAY_MS))).toEqual([
    [NOW - HOUR_MS, 100],
    [NOW, 110],
    [NOW + HOUR_MS, 120],
  ]);
  const kept = await app.db.pool.query('SELECT value FROM reading_conflict WHERE meter_id = $1', [
    meterId,
  ]);
  expect(kept.rows).toEqual([{ value: '999' }]);
});

test('one batch may contradict itself: the first row counts, the other is kept', async () => {
  const result = await append([row(NOW, 5), row(NOW, 6), row(NOW, 5)]);
  expect(result.outcomes).toEqual(['new', 'conflict', 'duplicate']);
});

test('instants keep their milliseconds', async () => {
  await append([row(NOW + 1, 1), row(NOW + 999, 2)]);
  expect(plain(await series(NOW, NOW + 1000))).toEqual([
    [NOW + 1, 1],
    [NOW + 999, 2],
  ]);
});

test('thousands of rows go by COPY and are compared all the same', async () => {
  const count = TRACKED_ROWS + 500;
  const first = NOW - 2 * DAY_MS;
  const rows = Array.from({ length: count }, (_, i) => row(first + i * 20_000, i));
  expect(await append(rows)).toEqual({
    inserted: count,
    duplicates: 0,
    conflicts: 0,
    late: 0,
    outcomes: null,
  });
  const other = rows.map((r, i) => (i % 1000 ? r : { ...r, value: r.value + 1n }));
  const again = await append(other);
  expect(again).toMatchObject({ inserted: 0, duplicates: count - 6, conflicts: 6 });
  expect(await series(first, NOW)).toHaveLength(count);
});

test('readings older than the window are late, and compared with every tier', async () => {
  const month = Date.UTC(2026, 8, 1);
  const day = startOfUtcDay(hotFrom(NOW) - 3 * DAY_MS);
  const points = (from: number, count: number): ProfilePoint[] =>
    Array.from({ length: count }, (_, i) => ({
      at: from + i * HOUR_MS,
      value: BigInt(i * 3),
      status: 8,
    }));
  const packedMonth = packMonth(
    month,
    points(month, 700).filter((_, i) => i !== 5),
  );
  const packedDay = packDay(day, points(day, 20));
  if (!packedMonth.ok || !packedDay.ok) throw new Error('packing failed');
  await sql(async (client) => {
    await writeMonths(client, [{ meterId, register: 10, profile: packedMonth.value }]);
    await writeDays(client, [{ meterId, register: 10, profile: packedDay.value }]);
  });
  const result = await append([
    row(month + 3 * HOUR_MS, 9),
    row(month + 4 * HOUR_MS, 13),
    row(month + 5 * HOUR_MS, 15),
    row(month + 5.5 * HOUR_MS, 16),
    row(day + 2 * HOUR_MS, 6),
    row(day + 3 * HOUR_MS, 8),
    row(day + 22 * HOUR_MS, 99),
    row(NOW, 5000),
  ]);
  expect(result.outcomes).toEqual([
    'duplicate',
    'conflict',
    'new',
    'new',
    'duplicate',
    'conflict',
    'new',
    'new',
  ]);
  expect(result.late).toBe(3);
  const all = await series(month, NOW + 1);
  expect(all).toHaveLength(699 + 2 + 20 + 1 + 1);
  expect(all.map((r) => r.at)).toEqual(all.map((r) => r.at).toSorted((a, b) => a - b));
  const view = await app.db.pool.query<{ n: number; s: string }>(
    'SELECT count(*)::int AS n, sum(value)::text AS s FROM reading WHERE meter_id = $1',
    [meterId],
  );
  expect(view.rows[0]).toEqual({
    n: all.length,
    s: String(all.reduce((sum, r) => sum + r.value, 0n)),
  });
  const again = await append([row(month + 5 * HOUR_MS, 15), row(month + 5 * HOUR_MS, 17)]);
  expect(again.outcomes).toEqual(['duplicate', 'conflict']);
});

test('a day without a partition takes late readings instead of failing', async () => {
  expect(await append([row(NOW + 40 * DAY_MS, 1)])).toMatchObject({ inserted: 1, late: 1 });
});

test('partitions are made once', async () => {
  const from = Date.UTC(2027, 2, 1);
  const made = await ensurePartitions(app.db.pool, from, from + 4 * DAY_MS);
  expect(made).toBe(6);
  expect(await ensurePartitions(app.db.pool, from, from + 4 * DAY_MS)).toBe(0);
});

test('packed months come back through the table bit for bit', async () => {
  const start = Date.UTC(2026, 7, 1);
  const step = fc.oneof(
    fc.integer({ min: -5, max: 500 }),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  );
  const steps = fc.array(fc.option(step, { freq: 4 }), { minLength: 1, maxLength: 744 });
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(255), async (list, status) => {
      let value = 10n ** 9n;
      const points: ProfilePoint[] = list.flatMap((d, i) =>
        d === null ? [] : [{ at: start + i * HOUR_MS, value: (value += BigInt(d)), status }],
      );
      const packed = packMonth(start, points);
      if (!packed.ok) {
        // Nothing is returned: fast-check takes the assertion object for a failed property.
        expect(['empty', 'overflow']).toContain(packed.error.code);
        return;
      }
      const id = await hang('packed', alpha.pointId, { fromAt: start });
      await sql((client) =>
        writeMonths(client, [{ meterId: id, register: 10, profile: packed.value }]),
      );
      const range = { meterId: id, register: 10, from: start, to: start + 31 * DAY_MS };
      const read = await sql<Map<string, ProfilePoint[]>>((client) => readRanges(client, [range]));
      const back = read
        .get(`${id}/10`)!
        .map(({ at, value: v, status: s }) => ({ at, value: v, status: s }));
      expect(back).toEqual(points);
    }),
    { numRuns: 12 },
  );
});

test('corrections stand above, the latest version counts, the original stays', async () => {
  await append([row(NOW - HOUR_MS, 10), row(NOW, 5000)]);
  const correct = (at: number, version: number, value: number) =>
    sql((client) =>
      client.query(
        `INSERT INTO reading_correction
           (meter_id, register, ts, version, value, method, reason, old_sha256)
         VALUES ($1, 10, $2, $3, $4, 'edited', 'typing error', '\\x00')`,
        [meterId, new Date(at), version, value],
      ),
    );
  await correct(NOW, 1, 40);
  await correct(NOW, 2, 50);
  await correct(NOW + HOUR_MS, 1, 60);
  const read = await series(NOW - DAY_MS, NOW + DAY_MS);
  expect(plain(read)).toEqual([
    [NOW - HOUR_MS, 10],
    [NOW, 50],
    [NOW + HOUR_MS, 60],
  ]);
  expect(read.map((r) => r.corrected)).toEqual([false, true, true]);
  const last = await app.db.withOrgSql(alpha.orgId, (client) =>
    readLast(client, [{ meterId, register: 10 }], NOW + 1),
  );
  expect(last[0]).toMatchObject({ at: NOW, value: 50n, corrected: true });
});

test('neighbours are found in whatever tier they lie', async () => {
  const month = Date.UTC(2026, 5, 1);
  const packed = packMonth(month, [
    { at: month + HOUR_MS, value: 1n, status: 0 },
    { at: month + 5 * HOUR_MS, value: 2n, status: 0 },
  ]);
  if (!packed.ok) throw new Error('packing failed');
  await sql((client) => writeMonths(client, [{ meterId, register: 10, profile: packed.value }]));
  await append([row(NOW - 50 * DAY_MS, 3), row(NOW, 4)]);
  const at = [month, month + 2 * HOUR_MS, NOW - 100 * DAY_MS, NOW - DAY_MS, NOW, NOW + 1];
  const found = await app.db.withOrgSql(alpha.orgId, (client) =>
    readNeighbours(
      client,
      at.map((instant) => ({ meterId, register: 10, at: instant })),
    ),
  );
  const values = found.map(({ before, after }) => [before?.value ?? null, after?.value ?? null]);
  expect(values).toEqual([
    [null, 1n],
    [1n, 2n],
    [2n, 3n],
    [3n, 4n],
    [3n, 4n],
    [4n, null],
  ]);
});

test('a reading that was taken back is nobody’s neighbour, in whatever tier it lies', async () => {
  const month = Date.UTC(2026, 5, 1);
  const packed = packMonth(month, [
    { at: month + HOUR_MS, value: 1n, status: 0 },
    { at: month + 5 * HOUR_MS, value: 2n, status: 0 },
  ]);
  if (!packed.ok) throw new Error('packing failed');
  await sql((client) => writeMonths(client, [{ meterId, register: 10, profile: packed.value }]));
  await append([row(NOW - 50 * DAY_MS, 3), row(NOW - HOUR_MS, 4), row(NOW, 500)]);
  const correct = (at: number, version: number, quality: Quality) =>
    sql((client) =>
      client.query(
        `INSERT INTO reading_correction
           (meter_id, register, ts, version, value, status, method, reason, old_sha256)
         VALUES ($1, 10, $2, $3, 40, $4, 'edited', 'voided', '\\x00')`,
        [meterId, new Date(at), version, packStatus(quality, 'typed')],
      ),
    );
  const lastBefore = async (at: number) => {
    const keys = [{ meterId, register: 10 }];
    const found = await app.db.withOrgSql(alpha.orgId, (client) => readLast(client, keys, at));
    return found[0]?.value ?? null;
  };
  // Corrected first and taken back then: the older correction does not count either.
  await correct(NOW, 1, 'edited');
  expect(await lastBefore(NOW + 1)).toBe(40n);
  await correct(NOW, 2, 'suspect');
  expect(await lastBefore(NOW + 1)).toBe(4n);
  await correct(NOW - HOUR_MS, 1, 'suspect');
  expect(await lastBefore(NOW + 1)).toBe(3n);
  await correct(NOW - 50 * DAY_MS, 1, 'suspect');
  expect(await lastBefore(NOW + 1)).toBe(2n);
  await correct(month + 5 * HOUR_MS, 1, 'suspect');
  expect(await lastBefore(NOW + 1)).toBe(1n);
  // What was taken back may be put right again.
  await correct(NOW, 3, 'edited');
  expect(await lastBefore(NOW + 1)).toBe(40n);
});

test('an exchange makes no spike, and the sum is exact', async () => {
  const changed = NOW - 2 * DAY_MS;
  const pointId = await newPoint();
  const old = await hang('old', pointId, {
    fromAt: NOW - 9 * DAY_MS,
    toAt: changed,
    start: '900.000',
    end: '912.345',
  });
  const fresh = await hang('new', pointId, { fromAt: changed, start: '0.500' });
  await append([
    row(NOW - 8 * DAY_MS, 902_000, old),
    row(NOW - 3 * DAY_MS, 912_000, old),
    row(NOW - DAY_MS, 1_500, fresh),
    row(NOW, 2_500, fresh),
  ]);
  const bounds = Array.from({ length: 10 }, (_, i) => NOW - (9 - i) * DAY_MS);
  const [usage] = await app.db.withOrgSql(alpha.orgId, (client) =>
    readPointUsage(client, [{ pointId, register: 10 }], bounds),
  );
  const units = usage!.map((u) => u.units);
  expect(units).toEqual([2000, 2000, 2000, 2000, 2000, 2000, 345, 1000, 1000]);
  expect(units.reduce((a, b) => a! + b!, 0)).toBe(912_345 - 900_000 + 2_500 - 500);
});

test('a dial that rolls over goes on counting', async () => {
  const pointId = await newPoint();
  const small = await hang('small', pointId, { fromAt: NOW - 5 * DAY_MS, digits: 3 });
  await append([
    row(NOW - 2 * DAY_MS, 999_400, small),
    row(NOW - DAY_MS, 200, small),
    row(NOW, 900, small),
  ]);
  const bounds = [NOW - 2 * DAY_MS, NOW - DAY_MS, NOW];
  const [usage] = await app.db.withOrgSql(alpha.orgId, (client) =>
    readPointUsage(client, [{ pointId, register: 10 }], bounds),
  );
  expect(usage!.map((u) => u.units)).toEqual([800, 700]);
});

test('usage_month follows each batch, early and late', async () => {
  const from = Date.UTC(2026, 10, 10);
  const zone = 'Europe/Moscow';
  const touch = (first: number, last: number) =>
    app.db.withOrgSql(alpha.orgId, (client) =>
      rollUp(client, zone, [{ meterId, register: 10, from: first, to: last }]),
    );
  const daily = async () => {
    const { rows } = await app.db.pool.query<{
      daily: string[];
      coverage: number[];
      total: string;
    }>(
      `SELECT daily, coverage, total FROM usage_month
        WHERE meter_id = $1 AND month = '2026-11-01'`,
      [meterId],
    );
    return rows[0]!;
  };
  await append([row(from, 0), row(from + 4 * DAY_MS, 4800)]);
  expect(await touch(from, from + 4 * DAY_MS)).toBe(1);
  const spread = await daily();
  expect(spread.daily.slice(8, 15)).toEqual([null, '1050', '1200', '1200', '1200', '150', null]);
  expect(spread.coverage.every((share) => share === 0)).toBe(true);

  const hours = Array.from({ length: 96 }, (_, i) =>
    row(from + i * HOUR_MS, i < 24 ? 0 : (i - 24) * 60),
  );
  await append(hours);
  await touch(from, from + 95 * HOUR_MS);
  const exact = await daily();
  expect(exact.daily.slice(9, 14)).toEqual(['0', '1260', '1440', '1440', '660']);
  expect(exact.coverage.slice(9, 14)).toEqual([88, 100, 100, 100, 13]);
  expect(exact.total).toBe('4800');
  await touch(from, from + 95 * HOUR_MS);
  expect(await daily()).toEqual(exact);

  const place = await app.db.withOrgSql(alpha.orgId, (client) =>
    readPlaceUsage(client, { placeId: alpha.houseId, first: '2026-11', last: '2026-11' }),
  );
  expect(place.find((r) => r.meterId === meterId)).toMatchObject({
    total: 4800,
    pointId: alpha.pointId,
  });
});

test('temperatures have a mean, not a sum', async () => {
  await app.db.withOrg(alpha.orgId, (tx) =>
    tx.register.create({ data: { orgId: alpha.orgId, meterId, register: 20 } }),
  );
  const room = [2100, 2200, 2300].map((value, i) => ({
    ...row(Date.UTC(2026, 10, 12, 6 + i), value),
    register: 20,
  }));
  await append(room);
  await app.db.withOrgSql(alpha.orgId, (client) =>
    rollUp(client, 'UTC', [{ meterId, register: 20, from: room[0]!.at, to: room[2]!.at }]),
  );
  const { rows } = await app.db.pool.query<{ daily: string[] }>(
    'SELECT daily FROM usage_month WHERE meter_id = $1 AND register = 20',
    [meterId],
  );
  expect(rows[0]!.daily[11]).toBe('2200');
});

test('another organisation sees no reading and can store none', async () => {
  await append([row(NOW, 7)]);
  const read = await app.db.withOrgSql(bravo.orgId, (client) =>
    readSeries(client, { meterId, register: 10, from: NOW - DAY_MS, to: NOW + DAY_MS }),
  );
  expect(read).toEqual([]);
  await expect(
    app.db.withOrgSql(bravo.orgId, (client) => appendReadings(client, [row(NOW + 1, 7)], batch)),
  ).rejects.toMatchObject({ code: '42501' });
});

const newPoint = (): Promise<number> =>
  app.db.withOrg(alpha.orgId, async (tx) => {
    const { orgId, placeId } = alpha;
    const data = { orgId, placeId, resource: 'cold-water', role: 'consumer', name: `p${made++}` };
    return (await tx.meteringPoint.create({ data })).id;
  });
