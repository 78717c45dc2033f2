/** What a collector kept, from a phone to readings, stops and journals, in a real PostgreSQL. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import type { CollectorRead } from '#lib/contract/collector-read.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { CapturingPhone, nextUuid as uuid } from '../../tests/support/capturing-phone.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  fillHouse,
  makeOrganisation,
  NOW,
  testApp,
  type House,
  type Small,
} from '../../tests/support/two-organisations.ts';
import { takeInPending } from './take-in.ts';

let database: TestDatabase;
let app: App;
let org: Small;
let house: House;
let n = 1;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  org = await makeOrganisation(app, 'ALPHA', 1);
  await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', ['2026-11-01', '2026-11-18']);
});
beforeEach(async () => {
  house = await fillHouse(app, org, `H${++n}`, n);
  // The house of the fixture has a past of its own; what a collector tells is compared alone.
  await app.db.pool.query('DELETE FROM reading_hot WHERE meter_id = $1', [house.meterId]);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

class Phone extends CapturingPhone {
  constructor(caller: Caller = org.caller) {
    super(app, caller);
  }
}

const HOUR = NOW - HOUR_MS;
/** A value in October lies in no partition of single days, as a collector's months do. */
const VALUES: readonly (readonly [number, string])[] = [
  [Date.UTC(2026, 9, 1), '101.000'],
  [HOUR - 3 * DAY_MS, '111.250'],
  [HOUR - 2 * DAY_MS, '111.500'],
  [HOUR, '112.000'],
];

const told = (more: Partial<CollectorRead> = {}): CollectorRead => ({
  ...{ roundId: house.roundId, meterId: house.meterId, serial: `H${n}-${n}`, visit: uuid() },
  collector: { serial: 'J100-00720', model: 'EMIS 951' },
  due: { register: 10, at: HOUR, value: '112.000' },
  registers: [{ register: 10, values: VALUES.map(([at, value]) => [at, value]) }],
  events: [[HOUR - DAY_MS, 3]],
  gaps: [],
  ...more,
});

const ask = async <T>(sql: string, values: unknown[]): Promise<T[]> =>
  (await app.db.pool.query(sql, values)).rows as T[];
const readings = async (meterId = house.meterId) =>
  (
    await ask<{ value: string; status: number; ts: Date }>(
      'SELECT value::text, status, ts FROM reading WHERE meter_id = $1 ORDER BY ts',
      [meterId],
    )
  ).map(({ value, status, ts }) => ({ value, at: ts.getTime(), ...unpackStatus(status) }));
const stop = async () =>
  (
    await ask<{ state: string; source: string | null; event: string | null }>(
      `SELECT state, visited_source AS source, event_id::text AS event FROM round_stop
        WHERE round_id = $1 AND meter_id = $2`,
      [house.roundId, house.meterId],
    )
  )[0];
const waiting = async (): Promise<number> =>
  (await ask<{ n: number }>('SELECT count(*)::int AS n FROM capture_pending', []))[0]!.n;

test('stored values are readings of their own moments, the stop is read', async () => {
  const phone = new Phone();
  const { id: event } = phone.capture('collector.read', told());
  expect(await phone.results()).toEqual(['stored']);
  expect(await waiting()).toBe(0);
  const source = { quality: 'measured', source: 'concentrator', flagged: false };
  expect(await readings()).toEqual(
    VALUES.map(([at, value]) => ({ at, value: value.replace('.', ''), ...source })),
  );
  expect(await stop()).toEqual({ state: 'read', source: 'concentrator', event });
  const journal = await ask(
    'SELECT code, source, detail, at FROM meter_event WHERE meter_id = $1',
    [house.meterId],
  );
  expect(journal).toEqual([
    {
      ...{ code: 'emis-3', source: 'concentrator', at: new Date(HOUR - DAY_MS) },
      detail: { event: 'magnetic_field', edge: 'start' },
    },
  ]);
});

test('pushed twice is taken once, and taken in again changes nothing', async () => {
  const phone = new Phone();
  phone.capture('collector.read', told());
  const first = await phone.push();
  const before = await readings();
  const second = await phone.push();
  expect(second.receipts).toEqual(first.receipts);
  expect(await takeInPending(app, org.orgId)).toBe(0);
  expect(await readings()).toEqual(before);
  // A second visit finds the same archive: nothing is doubled, nothing contradicts itself.
  phone.capture('collector.read', told());
  expect((await phone.results()).at(-1)).toBe('stored');
  expect(await readings()).toEqual(before);
});

test('a meter of another place that is on no round waits for a person', async () => {
  const other = await fillHouse(app, org, `X${n}`, 500 + n);
  // The fixture's person lives in every flat it makes; residents may give their own readings.
  await app.db.pool.query('DELETE FROM household_member WHERE household_id = $1', [
    other.householdId,
  ]);
  const own = { ...org.caller, roles: ['reader'] as const, placeIds: [house.houseId] };
  const before = await readings(other.meterId);
  const phone = new Phone(own);
  phone.capture('collector.read', told());
  phone.capture('collector.read', told({ meterId: other.meterId }));
  phone.capture('collector.read', told({ meterId: other.meterId, roundId: null }));
  phone.capture('collector.read', told({ meterId: 2 ** 30 }));
  expect(await phone.results()).toEqual(['stored', 'not-allowed', 'not-allowed', 'unknown-meter']);
  expect(await readings(other.meterId)).toEqual(before);
  expect(await readings()).toHaveLength(VALUES.length);
});

test('a meter of the round is allowed wherever it hangs', async () => {
  const phone = new Phone({ ...org.caller, roles: ['reader'], placeIds: [org.houseId] });
  phone.capture('collector.read', told());
  expect(await phone.results()).toEqual(['stored']);
});

test('what somebody saw at the meter stays, read or in doubt; "cannot" becomes read', async () => {
  const phone = new Phone();
  const typed = { register: 10, raw: null, confirmed: false, photos: [], source: 'typed' };
  const { id: seen } = phone.capture('reading.captured', {
    ...{ ...typed, roundId: house.roundId, meterId: house.meterId },
    ...{ value: '112.001', flags: ['too-high'] },
  });
  phone.capture('collector.read', told());
  await phone.push();
  expect(await stop()).toEqual({ state: 'doubt', source: 'typed', event: seen });

  house = await fillHouse(app, org, `Y${n}`, 700 + n);
  const later = new Phone();
  later.capture('access.failed', {
    ...{ roundId: house.roundId, meterId: house.meterId, reason: 'locked' },
    ...{ note: null, photos: [] },
  });
  const { id: event } = later.capture('collector.read', told());
  await later.push();
  expect(await stop()).toEqual({ state: 'read', source: 'concentrator', event });
});

test('old values are history and read no stop', async () => {
  const phone = new Phone();
  phone.capture('collector.read', told({ due: null }));
  await phone.push();
  expect(await readings()).toHaveLength(VALUES.length);
  expect(await stop()).toMatchObject({ state: 'ahead', source: null });
});

test('a meter that nobody knows is kept under its name', async () => {
  const phone = new Phone();
  phone.capture('collector.read', told({ meterId: null, serial: `nobody-${n}`, due: null }));
  expect(await phone.results()).toEqual(['stored']);
  const kept = await ask('SELECT code, detail FROM ingest_reject WHERE detail LIKE $1', [
    `%nobody-${n}%`,
  ]);
  expect(kept).toEqual([
    { code: 'unknown-meter', detail: `Collector J100-00720 has meter nobody-${n}.` },
  ]);
  expect(await readings()).toEqual([]);
});

test('a body that breaks the shape is kept, not counted', async () => {
  const phone = new Phone();
  phone.capture('collector.read', { ...told(), registers: [{ register: 10, values: [[1, 'x']] }] });
  phone.capture('collector.read', { ...told(), serial: '' });
  phone.capture('collector.read', { ...told(), events: [[1, 256]] });
  expect(await phone.results()).toEqual(['bad-body', 'bad-body', 'bad-body']);
  expect(await readings()).toEqual([]);
});
