/** Meters on no list, from a phone to the desk's decision, against a real PostgreSQL. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#lib/base/interval.ts';
import type { MeterUnknown } from '#lib/contract/unknown-meter.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { CapturingPhone } from '../../tests/support/capturing-phone.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  fillHouse,
  makeOrganisation,
  NOW,
  testApp,
  type House,
  type Small,
} from '../../tests/support/two-organisations.ts';

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
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

class Phone extends CapturingPhone {
  saw = (type: string, body: Readonly<Record<string, unknown>>): string =>
    this.capture(type, body, SEEN).id;
}

const SEEN = NOW - HOUR_MS - 7 * MINUTE_MS;
const seen = (more: Partial<MeterUnknown> = {}): MeterUnknown => ({
  ...{ roundId: house.roundId, serial: `NEW-${n}`, radioId: null, resource: 'cold-water' as const },
  ...{ besideId: house.meterId, place: 'behind the bath', digits: 5, decimals: 3 },
  ...{ value: '12.345', source: 'typed' as const, raw: null, note: 'no seal' },
  photos: ['a'.repeat(64)],
  ...more,
});

async function report(more: Partial<MeterUnknown> = {}): Promise<string> {
  const phone = new Phone(app, org.caller);
  const id = phone.saw('meter.unknown', seen(more));
  const answer = await phone.push();
  expect(answer.receipts.map(({ reason, result }) => reason ?? result)).toEqual(['stored']);
  return id;
}

const api = (caller = org.caller) => callRouter({ app, caller });
const listed = async (id: string, decided = false, caller = org.caller) =>
  (await api(caller).found.list({ decided, page: 0 })).rows.find((row) => row.id === id);
const ask = async <T>(sql: string, values: unknown[]): Promise<T[]> =>
  (await app.db.pool.query(sql, values)).rows as T[];
const readings = async (meterId: number) =>
  (
    await ask<{ value: string; status: number; ts: Date }>(
      'SELECT value::text, status, ts FROM reading WHERE meter_id = $1 AND ts = $2 ORDER BY ts',
      [meterId, new Date(SEEN)],
    )
  ).map(({ value, status, ts }) => ({ value, at: ts.getTime(), ...unpackStatus(status) }));

test('the desk sees what the reader saw, where, and that a photo is on its way', async () => {
  const id = await report();
  expect(await listed(id)).toMatchObject({
    ...{ serial: `NEW-${n}`, place: 'behind the bath', note: 'no seal', value: '12345' },
    ...{ house: `H${n} street 1`, flat: String(n), photos: [], photosMissing: 1, same: [] },
    ...{ by: 'ALPHA person', at: SEEN, roundId: house.roundId, state: 'open' },
  });
  expect((await api().found.count()).open).toBeGreaterThan(0);
});

test('entered as a new meter: it hangs at the flat and its first reading counts', async () => {
  const id = await report();
  const where = { house: `h${n} street 1`, flat: '77', serial: `NEW-${n}`, why: '' };
  const done = await api().found.enterNew({ id, ...where });
  const [meter] = await ask<{ flat: string; resource: string; from_at: Date; serial: string }>(
    `SELECT l.name AS flat, p.resource, i.from_at, m.serial FROM meter m
       JOIN installation i ON i.meter_id = m.id JOIN metering_point p ON p.id = i.point_id
       JOIN place l ON l.id = p.place_id WHERE m.id = $1`,
    [done.meterId],
  );
  expect(meter).toEqual({
    ...{ flat: '77', resource: 'cold-water', serial: `NEW-${n}`, from_at: new Date(SEEN) },
  });
  expect(await readings(done.meterId!)).toMatchObject([
    { value: '12345', at: SEEN, source: 'typed' },
  ]);
  expect(await listed(id)).toBeUndefined();
  expect(await listed(id, true)).toMatchObject({ state: 'entered', meterSerial: `NEW-${n}` });
  // Two operators: the second one is told, and nothing is made twice.
  await expect(api().found.enterNew({ id, ...where, serial: 'X-1' })).rejects.toThrow(/decided/);
  await expect(api().found.setAside({ id, why: '' })).rejects.toThrow(/decided/);
});

test('it is a meter of ours: the reading is that meter’s and its stop is read', async () => {
  const id = await report({ serial: `H${n}-${n}` });
  expect((await listed(id))?.same).toMatchObject([{ meterId: house.meterId }]);
  await api().found.joinKnown({ id, meterId: house.meterId, why: 'plate was dirty' });
  expect(await readings(house.meterId)).toMatchObject([{ value: '12345', source: 'typed' }]);
  const stops = await ask('SELECT state, event_id FROM round_stop WHERE round_id = $1', [
    house.roundId,
  ]);
  expect(stops).toEqual([{ state: 'read', event_id: id }]);
  expect(await listed(id, true)).toMatchObject({ state: 'known', why: 'plate was dirty' });
});

test('not ours, and a wrong choice is refused without a trace', async () => {
  const gas = await report({ resource: 'gas' });
  const joined = api().found.joinKnown({ id: gas, meterId: house.meterId, why: '' });
  await expect(joined).rejects.toThrow(/resource/);
  const nowhere = { house: 'Nowhere 1', flat: '', serial: 'N-1', why: '' };
  await expect(api().found.enterNew({ id: gas, ...nowhere })).rejects.toThrow(/house/);
  const taken = { house: `H${n} street 1`, flat: '1', serial: 'N-2', why: '' };
  await ask('INSERT INTO meter (org_id, serial) VALUES ($1, $2)', [org.orgId, 'N-2']);
  await expect(api().found.enterNew({ id: gas, ...taken })).rejects.toThrow(/already/);
  expect(await listed(gas)).toMatchObject({ state: 'open' });
  await api().found.setAside({ id: gas, why: 'the neighbour’s' });
  expect(await listed(gas, true)).toMatchObject({ state: 'not-ours', meterSerial: null });
});

test('taken back within and after the push; the same push adds nothing', async () => {
  const phone = new Phone(app, org.caller);
  const first = phone.saw('meter.unknown', seen());
  phone.saw('reading.voided', { eventId: first, reason: 'undo' });
  const second = phone.saw('meter.unknown', seen());
  await phone.push();
  await phone.push();
  expect(await listed(first)).toBeUndefined();
  expect(await listed(second)).toBeDefined();
  phone.saw('reading.voided', { eventId: second, reason: 'undo' });
  await phone.push();
  expect(await listed(second)).toBeUndefined();
  const late = api().found.setAside({ id: second, why: '' });
  await expect(late).rejects.toThrow(/decided/);
});

test('a body that is no found meter is kept for a person and shown nowhere', async () => {
  const phone = new Phone(app, org.caller);
  const ids = [
    phone.saw('meter.unknown', { meterId: null }),
    phone.saw('meter.unknown', seen({ place: 'a\0b' })),
    phone.saw('meter.unknown', seen({ besideId: 2 ** 40 })),
  ];
  const answer = await phone.push();
  expect(answer.receipts.map(({ reason }) => reason)).toEqual(ids.map(() => 'bad-body'));
  for (const id of ids) expect(await listed(id)).toBeUndefined();
});

test('who is narrowed to other places sees and decides nothing', async () => {
  const id = await report();
  const narrow = { ...org.caller, placeIds: [org.houseId] };
  expect(await listed(id, false, narrow)).toBeUndefined();
  await expect(api(narrow).found.setAside({ id, why: '' })).rejects.toThrow(/no such report/);
  const own = { ...org.caller, placeIds: [house.houseId] };
  expect(await listed(id, false, own)).toBeDefined();
  const away = { house: 'ALPHA street 1', flat: '1', serial: 'A-9', why: '' };
  await expect(api(own).found.enterNew({ id, ...away })).rejects.toThrow(/place/);
});
