/** Exchanges and orders from a phone against a real PostgreSQL: once, undone, mended, no spike. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import type { PushAnswer } from '#lib/contract/fieldsync.ts';
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import { LIVE_CHECKLIST } from '#lib/domain/order.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { readPlaceUsage } from '#server/readings/service.ts';
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
import { takeInPending } from './take-in.ts';

let database: TestDatabase;
let app: App;
let org: Small;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  org = await makeOrganisation(app, 'ALPHA', 1);
  await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', ['2026-11-01', '2026-11-18']);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

let house: House;
let n = 1;
beforeEach(async () => {
  house = await fillHouse(app, org, `H${++n}`, n);
});

const read = (meterId: number, value: string, more: Record<string, unknown> = {}) => ({
  ...{ roundId: null, meterId, register: 10, value, source: 'typed', raw: null, flags: [] },
  ...{ confirmed: true, photos: [], ...more },
});

/** The old meter ends at 1000.9 m³, the new one starts at 0.017 m³, six hours ago. */
const swap = (serial: string, more: Partial<MeterExchanged> = {}): MeterExchanged => ({
  roundId: house.roundId,
  meterId: house.meterId,
  pointId: house.pointId,
  at: NOW - 6 * HOUR_MS + 60_000,
  reason: 'verification-due',
  old: { registers: [{ register: 10, value: '1000.9' }], photo: 'a'.repeat(64), unreadable: null },
  new: {
    ...{ serial, manufacturer: 'ELS', model: null, protocol: 'wmbus', radioId: '0BADF00D' },
    ...{ keyReference: 'DN-7', digits: 5, decimals: 3, pulseWeight: null },
    registers: [{ register: 10, value: '0.017' }],
    photo: 'b'.repeat(64),
  },
  sealsRemoved: ['OLD1'],
  sealsPlaced: ['NEW1', 'NEW2'],
  firstTelegram: { at: NOW - 6 * HOUR_MS + 5000, skipped: null },
  signatures: { reader: 'M1 1L20 20', resident: null, absent: 'nobody-home' },
  checklist: [],
  orderId: null,
  flags: [],
  confirmed: true,
  photos: ['a'.repeat(64), 'b'.repeat(64)],
  ...more,
});

const ask = async <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
  (await app.db.pool.query(sql, values)).rows as T[];
const stays = () =>
  ask<{ serial: string; open: boolean; end_registers: unknown; seals: string[] }>(
    `SELECT m.serial, i.to_at IS NULL AS open, i.end_registers, i.seals FROM installation i
       JOIN meter m ON m.id = i.meter_id WHERE point_id = $1 ORDER BY i.from_at`,
    [house.pointId],
  );
const results = (answer: PushAnswer) => answer.receipts.map((r) => r.reason ?? r.result);

/** Litres of each November day of the flat, summed over its meters, as home charts see them. */
async function daily(): Promise<number[]> {
  const rows = await app.db.withOrgSql(org.orgId, (client) =>
    readPlaceUsage(client, { placeId: house.placeId, first: '2026-11', last: '2026-11' }),
  );
  return rows.reduce<number[]>(
    (sum, row) => row.daily.map((units, i) => (units ?? 0) + (sum[i] ?? 0)),
    [],
  );
}
const hourly = () =>
  callRouter({ app, caller: org.caller }).readings.listConsumption({
    pointId: house.pointId,
    step: 'day',
    from: NOW - 10 * DAY_MS,
    to: NOW,
  });

test('one exchange: stays, readings of source exchange, round, journal, no spike', async () => {
  const phone = new CapturingPhone(app, org.caller);
  phone.capture('reading.captured', read(house.meterId, '1000.255'), NOW - 2 * DAY_MS + 60_000);
  const told = phone.capture('meter.exchanged', swap('FRESH-1'), NOW - 5 * HOUR_MS);
  const later = read(house.meterId, '0.117', { exchangeId: told.id, roundId: house.roundId });
  phone.capture('reading.captured', later, NOW - HOUR_MS);
  expect(results(await phone.push())).toEqual(['stored', 'stored', 'stored']);
  expect(await stays()).toEqual([
    expect.objectContaining({ open: false, end_registers: [{ register: 10, value: '1000.9' }] }),
    expect.objectContaining({ serial: 'FRESH-1', open: true, seals: ['NEW1', 'NEW2'] }),
  ]);
  const origins = await ask<{ serial: string; source: string; value: string }>(
    `SELECT m.serial, o.source, r.value::text
       FROM reading_origin o JOIN meter m ON m.id = o.meter_id
       JOIN reading r ON r.meter_id = o.meter_id AND r.register = o.register AND r.ts = o.ts
      WHERE o.event_id = ANY($1::uuid[]) ORDER BY o.ts, m.id`,
    [phone.events.map((event) => event.id)],
  );
  expect(origins.map((o) => [o.source, o.value])).toEqual([
    ['typed', '1000255'],
    ['exchange', '1000900'],
    ['exchange', '17'],
    ['typed', '117'],
  ]);
  expect(origins[3]!.serial).toBe('FRESH-1');
  const [stop] = await ask<{ serial: string; state: string }>(
    `SELECT m.serial, s.state FROM round_stop s JOIN meter m ON m.id = s.meter_id
      WHERE s.round_id = $1`,
    [house.roundId],
  );
  expect(stop).toEqual({ serial: 'FRESH-1', state: 'read' });
  const days = await daily();
  expect(days.every((units) => units >= 0 && units < 1000)).toBe(true);
  const { buckets } = await hourly();
  const used = buckets.reduce((sum, { units }) => sum + (units ?? 0), 0);
  expect(buckets.every(({ units }) => (units ?? 0) >= 0 && (units ?? 0) < 1000)).toBe(true);
  // Half a cubic metre through the old meter since its last reading, 100 litres through the new.
  expect(days.slice(12, 15).reduce((sum, units) => sum + units, 0)).toBeGreaterThanOrEqual(600);
  expect(used).toBeGreaterThanOrEqual(600);
  expect(await ask(`SELECT 1 FROM meter_event WHERE code = 'exchanged'`)).toHaveLength(1);
});

test('the same event ten times is one; a second phone is a conflict beside it', async () => {
  const first = new CapturingPhone(app, org.caller);
  first.capture('meter.exchanged', swap('FRESH-2'));
  await Promise.all(Array.from({ length: 10 }, () => first.push()));
  const second = new CapturingPhone(app, org.caller);
  const registers = [{ register: 10, value: '1001.5' }];
  const other = swap('FRESH-2', { old: { registers, photo: null, unreadable: null } });
  second.capture('meter.exchanged', other);
  expect(results(await second.push())).toEqual(['stored']);
  expect(await stays()).toHaveLength(2);
  const api = callRouter({ app, caller: org.caller });
  const seen = await api.registry.listExchanges({ pointId: house.pointId });
  expect(seen.map((e) => [e.state, e.why]).sort()).toEqual([
    ['applied', null],
    ['conflict', 'other-meter'],
  ]);
  const applied = seen.find((e) => e.state === 'applied')!;
  const conflict = seen.find((e) => e.state === 'conflict')!;
  await api.registry.correctExchange({
    ...{ exchangeId: applied.id, endValue: '1001.5', startValue: '0.017', serial: 'FRESH-2' },
    ...{ seals: ['NEW1'], why: 'the second photo shows 1001.5', settles: conflict.id },
  });
  const after = await api.registry.listExchanges({ pointId: house.pointId });
  expect(after.map((e) => [e.id === applied.id, e.version, e.state]).sort()).toEqual([
    [false, 1, 'conflict'],
    [false, 2, 'settled'],
    [true, 1, 'applied'],
    [true, 2, 'applied'],
  ]);
  const values = await ask<{ value: string }>(
    `SELECT c.value::text FROM reading_correction c WHERE meter_id = $1`,
    [house.meterId],
  );
  expect(values).toEqual([{ value: '1001500' }]);
  expect((await stays())[0]!.end_registers).toEqual([{ register: 10, value: '1001.5' }]);
});

test('undone before sending it never was; undone later the old meter hangs again', async () => {
  const early = new CapturingPhone(app, org.caller);
  const told = early.capture('meter.exchanged', swap('FRESH-3'));
  early.capture('reading.voided', { eventId: told.id, reason: 'undo' });
  await early.push();
  expect(await stays()).toHaveLength(1);
  const late = new CapturingPhone(app, org.caller);
  const again = late.capture('meter.exchanged', swap('FRESH-3'));
  await late.push();
  expect(await stays()).toHaveLength(2);
  late.capture('reading.voided', { eventId: again.id, reason: 'undo' });
  await late.push();
  expect(await stays()).toEqual([expect.objectContaining({ open: true, end_registers: null })]);
  const [stop] = await ask('SELECT meter_id, state FROM round_stop WHERE round_id = $1', [
    house.roundId,
  ]);
  expect(stop).toEqual({ meter_id: house.meterId, state: 'ahead' });
  const third = new CapturingPhone(app, org.caller);
  third.capture('meter.exchanged', swap('FRESH-3'));
  await third.push();
  expect((await stays()).map((s) => s.open)).toEqual([false, true]);
});

test('a number that hangs elsewhere is kept with its reason, its readings wait', async () => {
  const phone = new CapturingPhone(app, org.caller);
  const told = phone.capture('meter.exchanged', swap('ALPHA-1'));
  const later = read(house.meterId, '0.200', { exchangeId: told.id });
  phone.capture('reading.captured', later);
  phone.capture('reading.captured', read(house.meterId, '1000.3'));
  expect(results(await phone.push())).toEqual(['serial-in-use', 'stored', 'stored']);
  expect(await stays()).toHaveLength(1);
  expect(await takeInPending(app, org.orgId)).toBe(1);
  const taken = await ask('SELECT 1 FROM reading_origin WHERE event_id = ANY($1::uuid[])', [
    phone.events.map((event) => event.id),
  ]);
  expect(taken).toHaveLength(1);
});

test('a meter from the store is hung again, its past counts for nobody here', async () => {
  const first = new CapturingPhone(app, org.caller);
  first.capture('meter.exchanged', swap('FRESH-5'));
  await first.push();
  // The one taken off comes back from verification and replaces the other one two hours later.
  const [now] = await ask<{ meter_id: number }>(
    'SELECT meter_id FROM installation WHERE point_id = $1 AND to_at IS NULL',
    [house.pointId],
  );
  const serial = (await stays())[0]!.serial;
  const back = swap(serial, { meterId: now!.meter_id, at: NOW - 4 * HOUR_MS });
  const end = { ...back.old, registers: [{ register: 10, value: '0.317' }] };
  const start = { ...back.new, registers: [{ register: 10, value: '1001.1' }] };
  const second = new CapturingPhone(app, org.caller);
  second.capture('meter.exchanged', { ...back, old: end, new: start }, NOW - 3 * HOUR_MS);
  await second.push();
  expect((await stays()).map((s) => [s.serial, s.open])).toEqual([
    [serial, false],
    ['FRESH-5', false],
    [serial, true],
  ]);
  const { buckets } = await hourly();
  expect(buckets.every(({ units }) => (units ?? 0) >= 0 && (units ?? 0) < 1000)).toBe(true);
  expect(buckets.at(-1)!.units).toBeGreaterThanOrEqual(300);
});

test('live work asks for group III and the checklist, of exchanges and of orders', async () => {
  const { pool } = app.db;
  await pool.query(`UPDATE metering_point SET resource = 'electricity' WHERE id = $1`, [
    house.pointId,
  ]);
  const api = callRouter({ app, caller: org.caller });
  const { userId } = org.caller;
  const order = { pointIds: [house.pointId], dueOn: '2026-11-14', text: 'cut off' };
  const cut = { ...order, kind: 'disconnect' as const, assigneeId: userId };
  await expect(api.orders.createOrders(cut)).rejects.toThrow('group III');
  const { ids } = await api.orders.createOrders({ ...cut, assigneeId: null });
  expect(await api.orders.listMine()).toEqual([]);
  const phone = new CapturingPhone(app, org.caller);
  phone.capture('meter.exchanged', swap('LIVE-1'));
  await api.desk.setElectricalGroup({ userId, group: 2 });
  expect(results(await phone.push())).toEqual(['no-safety-group']);
  await api.desk.setElectricalGroup({ userId, group: 3 });
  expect((await api.orders.listMine()).map((o) => o.id)).toEqual(ids);
  phone.capture('meter.exchanged', swap('LIVE-1'));
  const checklist = [...LIVE_CHECKLIST];
  phone.capture('meter.exchanged', swap('LIVE-1', { checklist }));
  expect(results(await phone.push()).slice(1)).toEqual(['no-checklist', 'stored']);
  expect(await stays()).toHaveLength(2);
});

test('an order goes out, its result comes back once, undone it is open again', async () => {
  const api = callRouter({ app, caller: org.caller });
  const { ids } = await api.orders.createOrders({
    ...{ pointIds: [house.pointId], kind: 'seal', assigneeId: org.caller.userId },
    ...{ dueOn: '2026-11-14', text: 'seal is torn' },
  });
  const orderId = ids[0]!;
  const mine = async () =>
    (await api.orders.listMine()).filter(({ pointId }) => pointId === house.pointId);
  const filter = { state: 'overdue' as const, pointId: house.pointId };
  expect(await api.orders.listOrders(filter)).toMatchObject([{ id: orderId, overdue: true }]);
  const phone = new CapturingPhone(app, org.caller);
  const body = { orderId, meterId: house.meterId, done: true, reason: null, seals: ['S-9'] };
  const told = phone.capture('order.done', { ...body, note: 'ok', checklist: [], photos: [] });
  await Promise.all([phone.push(), phone.push(), phone.push()]);
  const [done] = await api.orders.listOrders({ ...filter, state: 'done' });
  expect(done).toMatchObject({ state: 'done', results: [{ body: { seals: ['S-9'] } }] });
  expect(done!.results).toHaveLength(1);
  expect(await mine()).toEqual([]);
  phone.capture('reading.voided', { eventId: told.id, reason: 'undo' });
  await phone.push();
  expect(await mine()).toMatchObject([{ id: orderId, serial: expect.any(String) }]);
  const not = { ...body, done: false, reason: 'locked', seals: [], note: null };
  phone.capture('order.done', { ...not, checklist: [], photos: [] });
  phone.capture('order.done', { ...not, orderId: 9_999_999, checklist: [], photos: [] });
  expect(results(await phone.push()).slice(-2)).toEqual(['stored', 'unknown-order']);
  expect(await api.orders.listOrders({ ...filter, state: 'done' })).toMatchObject([
    { state: 'not-done' },
  ]);
  const audit = await ask<{ action: string }>(
    'SELECT action FROM audit_log WHERE subject = $1 ORDER BY id',
    [`order ${orderId}`],
  );
  expect(audit.map((a) => a.action)).toEqual(['create-order', 'finish-order', 'finish-order']);
});

test('an exchange that was ordered closes its order', async () => {
  const api = callRouter({ app, caller: org.caller });
  const { ids } = await api.orders.createOrders({
    ...{ pointIds: [house.pointId], kind: 'exchange', assigneeId: null },
    ...{ dueOn: '2026-11-20', text: '' },
  });
  const phone = new CapturingPhone(app, org.caller);
  phone.capture('meter.exchanged', swap('FRESH-8', { orderId: ids[0]! }));
  await phone.push();
  const all = await api.orders.listOrders({ state: 'all', pointId: house.pointId });
  expect(all).toMatchObject([{ state: 'done', results: [{ body: { seals: ['NEW1', 'NEW2'] } }] }]);
});

test('a disputed reading of the old meter is decided after the exchange, no spike', async () => {
  const { meterId, pointId, roundId } = house;
  const api = callRouter({ app, caller: org.caller });
  const phone = new CapturingPhone(app, org.caller);
  // The first mistypes 1500, the second comes by later; both before the meter is taken off.
  const wrong = read(meterId, '1500.100', { roundId });
  phone.capture('reading.captured', wrong, NOW - 3 * DAY_MS + 60_000);
  phone.capture('meter.exchanged', swap('FRESH-9'), NOW - 5 * HOUR_MS);
  await phone.push();
  // The second phone was without a network: its capture arrives at a meter that hangs no more.
  const late = new CapturingPhone(app, org.caller);
  const right = read(meterId, '1000.255', { roundId, source: 'photo' });
  late.capture('reading.captured', right, NOW - 2 * DAY_MS + 60_000);
  expect(results(await late.push())).toEqual(['stored']);
  const mine = async () => {
    const { rows } = await api.planner.listDisputes({ roundId: null, decided: false, page: 0 });
    return rows.filter((row) => row.meterId === meterId);
  };
  const [pair, ...more] = await mine();
  expect(more).toEqual([]);
  expect(pair).toMatchObject({ pointId, kind: 'lower', a: { value: '1500100' } });
  const flat = callRouter({ app, caller: { ...org.caller, placeIds: [house.placeId] } });
  expect(await flat.planner.countDisputes()).toMatchObject({ open: 1 });
  const stop = () =>
    ask('SELECT meter_id, state, event_id FROM round_stop WHERE round_id = $1', [roundId]);
  const [stays0, stop0] = [await stays(), await stop()];

  await api.planner.decideDispute({ id: pair!.id, keep: 'b', reason: 'the photo shows 1000' });
  expect(await mine()).toEqual([]);
  expect(await stays()).toEqual(stays0);
  expect(await stop()).toEqual(stop0);
  expect((await daily()).every((units) => units >= 0 && units < 1000)).toBe(true);
  // The end register is a reading of the same meter: mending it lets the decision stand.
  const [exchange] = await api.registry.listExchanges({ pointId });
  await api.registry.correctExchange({
    ...{ exchangeId: exchange!.id, endValue: '1000.955', startValue: '0.017', serial: 'FRESH-9' },
    ...{ seals: ['NEW1'], why: 'the photo shows 955', settles: null },
  });
  const { buckets } = await hourly();
  expect(buckets.every(({ units }) => (units ?? 0) >= 0 && (units ?? 0) < 1000)).toBe(true);
  const trusted = await ask<{ value: string; suspect: boolean }>(
    `SELECT value::text, status & 7 = 4 AS suspect FROM reading_correction
      WHERE meter_id = $1 ORDER BY ts`,
    [meterId],
  );
  expect(trusted).toEqual([
    { value: '1500100', suspect: true },
    { value: '1000955', suspect: false },
  ]);
});
