/** Who may see what of a metering point, through the procedures. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import type { Role } from '#lib/domain/role.ts';
import { callRouter } from '#server/api/root.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { ingestBatch } from '#server/ingest/pipeline.ts';
import { encodeTelegram } from '#lib/meters/wmbus/encode.ts';
import { putMeterKey } from '#server/registry/keys.ts';
import { freshDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../../tests/support/two-organisations.ts';

let database: TestDatabase;
let app: App;
let alpha: Small;
let bravo: Small;
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i + 1);

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

const as = (roles: readonly Role[], more: Partial<Caller> = {}) =>
  callRouter({ app, caller: { ...alpha.caller, roles, ...more } });
const ask = (from = NOW - 3 * DAY_MS, to = NOW + 1) => ({ pointId: alpha.pointId, from, to });
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: { code: string }) => error.code,
  );

/** A person of the organisation who lives somewhere else. */
async function stranger(): Promise<Partial<Caller>> {
  const user = await app.db.prisma.user.upsert({
    where: { id: 'stranger' },
    create: { id: 'stranger', name: 'S', email: 's@x.org' },
    update: {},
  });
  return { userId: user.id };
}

test('a resident sees the own point and nobody else’s', async () => {
  const own = await as(['resident']).readings.listSeries(ask());
  expect(own).toMatchObject({ register: 10, unit: 'm3', scale: -3, resolution: 'all' });
  expect(own.points).toHaveLength(72);
  const other = as(['resident'], await stranger());
  expect(await code(other.readings.listSeries(ask()))).toBe('NOT_FOUND');
  expect(await code(other.readings.listConsumption({ ...ask(), step: 'day' }))).toBe('NOT_FOUND');
  const foreign = callRouter({ app, caller: bravo.caller });
  expect(await code(foreign.readings.listSeries(ask()))).toBe('NOT_FOUND');
  expect(await code(foreign.desk.getPoint({ pointId: alpha.pointId }))).toBe('NOT_FOUND');
});

test('hours need consent, days do not', async () => {
  const consent = (hourlyFrom: Date | null) =>
    app.db.withOrg(alpha.orgId, (tx) => tx.householdMember.updateMany({ data: { hourlyFrom } }));
  const resident = as(['resident']);
  const hours = await resident.readings.listConsumption({
    ...ask(NOW - DAY_MS, NOW),
    step: 'hour',
  });
  expect(hours.buckets.slice(0, 3).map((b) => b.units)).toEqual([10, 10, 10]);
  await consent(null);
  expect(await code(resident.readings.listConsumption({ ...ask(), step: 'hour' }))).toBe(
    'FORBIDDEN',
  );
  const series = await resident.readings.listSeries(ask());
  expect(series.resolution).toBe('day');
  expect(series.points).toHaveLength(4);
  const days = await resident.readings.listConsumption({ ...ask(), step: 'day' });
  // Moscow's midnight is 21:00 UTC: nine hours are left of the first day, fourteen of the last.
  expect(days.buckets.map((b) => b.units)).toEqual([90, 240, 240, 140]);
  const months = await resident.readings.listConsumption({ ...ask(), step: 'month' });
  expect(months.buckets).toMatchObject([{ units: 710 }]);
  await consent(new Date(NOW - DAY_MS));
});

test('moving out ends the view', async () => {
  const until = NOW - 2 * DAY_MS;
  const moveOut = (toAt: Date | null) =>
    app.db.withOrg(alpha.orgId, (tx) =>
      tx.household.update({ where: { id: alpha.householdId }, data: { toAt } }),
    );
  await moveOut(new Date(until));
  const { points } = await as(['resident']).readings.listSeries(ask());
  expect(Math.max(...points.map((p) => p.at))).toBeLessThan(until);
  const later = { meterId: alpha.meterId, register: 10, at: NOW - HOUR_MS };
  expect(await code(as(['resident']).readings.getOrigin(later))).toBe('NOT_FOUND');
  await moveOut(null);
});

const ALL = { placeId: null, resource: null, text: '', page: 0 } as const;

test('staff see the organisation, or the places they are narrowed to', async () => {
  const alone = await stranger();
  expect(await code(as(['operator'], alone).readings.listSeries(ask()))).toBe('ok');
  const other = await app.db.withOrg(alpha.orgId, (tx) =>
    tx.place.create({ data: { orgId: alpha.orgId, kind: 'house', name: '9', address: 'x 9' } }),
  );
  const narrowed = (placeId: number) => as(['operator'], { ...alone, placeIds: [placeId] });
  expect(await code(narrowed(other.id).readings.listSeries(ask()))).toBe('NOT_FOUND');
  expect(await code(narrowed(alpha.houseId).readings.listSeries(ask()))).toBe('ok');
  expect((await narrowed(other.id).desk.listPoints(ALL)).points).toEqual([]);
  expect((await narrowed(alpha.houseId).desk.listPoints(ALL)).total).toBe(1);
  expect((await narrowed(other.id).desk.listPlaces()).map((p) => p.id)).toEqual([other.id]);
  expect(await code(narrowed(other.id).desk.getPoint({ pointId: alpha.pointId }))).toBe(
    'NOT_FOUND',
  );
  const key = { meterId: alpha.meterId, register: 10, at: NOW - HOUR_MS };
  expect(await code(narrowed(other.id).desk.getEvidence(key))).toBe('NOT_FOUND');
  expect(await code(narrowed(alpha.houseId).desk.getEvidence(key))).toBe('ok');
  const weak = as(['operator'], { ...alone, strong: false });
  expect(await code(weak.readings.listSeries(ask()))).toBe('NOT_FOUND');
});

test('points are found by address and by the last digits of a number', async () => {
  const { desk } = as(['operator']);
  const found = async (text: string) => (await desk.listPoints({ ...ALL, text })).total;
  expect(await found('alpha street')).toBe(1);
  expect(await found('flat 1 street')).toBe(1);
  expect(await found('00001')).toBe(1);
  expect(await found('ALPHA-1')).toBe(1);
  expect(await found('nowhere')).toBe(0);
  expect(await found('%')).toBe(0);
  const { points } = await desk.listPoints({
    ...ALL,
    placeId: alpha.houseId,
    resource: 'cold-water',
  });
  expect(points[0]).toMatchObject({
    id: alpha.pointId,
    serial: 'ALPHA-1',
    last: { value: 1_000_720n, at: NOW - HOUR_MS },
  });
  expect((await desk.listPoints({ ...ALL, resource: 'gas' })).total).toBe(0);
});

test('a number explains itself down to its bytes, and shows no key', async () => {
  await app.db.withOrgSql(alpha.orgId, (client) =>
    putMeterKey(client, app.config.KILTER_MASTER_KEY, {
      orgId: alpha.orgId,
      meterId: alpha.meterId,
      kind: 'aes-mode5',
      key: KEY,
    }),
  );
  const raw = encodeTelegram({
    format: 'A',
    sender: { manufacturer: 'ELS', id: '10000001', version: 1, type: 7 },
    ci: 0x7a,
    access: 1,
    payload: Uint8Array.from([0x0c, 0x13, 0x99, 0x07, 0x00, 0x01]),
    mode: 5,
    key: KEY,
  });
  const row = { meterId: alpha.meterId, register: 10, value: '1000.800', at: NOW };
  await ingestBatch(app, alpha.orgId, {
    source: { kind: 'field-app', name: 'p' },
    sourceKey: '1',
    rows: [{ ...row, source: 'radio', raw, userId: alpha.caller.userId }],
  });
  const { meterId, register, at } = row;
  const origin = await as(['resident']).readings.getOrigin({ meterId, register, at });
  expect(origin.reading.value).toBe(1_000_799);
  const [source] = origin.sources;
  expect(source).toMatchObject({
    source: 'radio',
    person: 'ALPHA person',
    decoding: 'decoded',
    decodedValue: 1_000_799,
  });
  expect(source!.verdicts.map((v) => v.rule)).toContain('phone-differs');
  expect(source!.bytes.find((b) => b.name === 'id')?.text).toBe('10000001');
  expect(JSON.stringify(origin).toLowerCase()).not.toContain(Buffer.from(KEY).toString('hex'));
});

test('an exchange closes one installation and opens the next', async () => {
  const { registry, readings, desk } = as(['operator']);
  const exchange = {
    pointId: alpha.pointId,
    at: NOW + HOUR_MS,
    endValue: '1000,850',
    serial: 'NEW-1',
    manufacturer: null,
    radioId: null,
    protocol: 'none' as const,
    digits: 5,
    decimals: 3,
    startValue: '0.100',
    seals: ['A1'],
  };
  const made = await registry.exchangeMeter(exchange);
  expect(made.oldMeterId).toBe(alpha.meterId);
  expect(await code(registry.exchangeMeter({ ...exchange, at: NOW + 2 * HOUR_MS }))).toBe(
    'CONFLICT',
  );
  const detail = await desk.getPoint({ pointId: alpha.pointId });
  expect(detail.meters.map((i) => [i.serial, i.toAt])).toEqual([
    ['NEW-1', null],
    ['ALPHA-1', NOW + HOUR_MS],
  ]);
  const closed = await app.db.withOrg(alpha.orgId, (tx) =>
    tx.installation.findFirstOrThrow({ where: { meterId: made.oldMeterId } }),
  );
  expect(JSON.stringify(closed.endRegisters)).toContain('1000.85');
  await app.db.withOrgSql(alpha.orgId, (client) =>
    client.query(
      `INSERT INTO reading_late (ts, value, meter_id, register, batch_id)
       VALUES ($1, 300, $2, 10, 0)`,
      [new Date(NOW + 3 * HOUR_MS), made.meterId],
    ),
  );
  const span = { pointId: alpha.pointId, from: NOW, to: NOW + 3 * HOUR_MS };
  const usage = await readings.listConsumption({ ...span, step: 'hour' });
  expect(usage.buckets.map((b) => b.units)).toEqual([51, 100, 100]);
});
