/**
 * The planner against a real PostgreSQL: picking, order, dividing, reassigning, contradictions. The
 * phones are the real engine's; what they hold while the desk changes the round is not lost.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '#lib/base/assert.ts';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import type { RoundPackage } from '#lib/contract/round.ts';
import { packStatus, unpackStatus } from '#lib/domain/reading.ts';
import { callRouter } from '#server/api/root.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { readLast, readSeries } from '#server/readings/service.ts';
import { pullRounds } from '#server/sync/pull.ts';
import { CapturingPhone } from '../../tests/support/capturing-phone.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../tests/support/two-organisations.ts';

let database: TestDatabase;
let app: App;
let alpha: Small;
let bravo: Small;
/** Houses with their meters in walking order. */
let houses: { id: number; meterIds: number[] }[];

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  alpha = await makeOrganisation(app, 'ALPHA', 1);
  bravo = await makeOrganisation(app, 'BRAVO', 2);
  await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', ['2026-10-20', '2026-11-18']);
  houses = [];
  for (const n of [10, 2, 3, 20]) houses.push(await makeHouse(n, 4));
  for (const id of ['reader-1', 'reader-2']) await makeReader(id);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

async function makeReader(id: string): Promise<void> {
  await app.db.prisma.user.create({ data: { id, name: id, email: `${id}@x.org` } });
  const { orgId } = alpha;
  await app.db.prisma.membership.create({ data: { orgId, userId: id, role: 'reader' } });
}

const makeHouse = (n: number, flats: number) =>
  app.db.withOrg(alpha.orgId, async (tx) => {
    const { orgId } = alpha;
    const address = `Long street ${n}`;
    const house = await tx.place.create({
      data: { orgId, kind: 'house', name: `${n}`, address },
    });
    const meterIds: number[] = [];
    for (let k = 1; k <= flats; k++) {
      const flat = await tx.place.create({
        data: {
          orgId,
          parentId: house.id,
          kind: 'flat',
          name: `${k}`,
          address: `${address}, ${k}`,
          floor: flats - k,
        },
      });
      const point = await tx.meteringPoint.create({
        data: { orgId, placeId: flat.id, resource: 'cold-water', role: 'consumer', name: '' },
      });
      const dueOn = k === 1 ? new Date('2026-12-01') : new Date('2030-01-01');
      const meter = await tx.meter.create({
        data: { orgId, serial: `L${n}-${k}`, verificationDueOn: dueOn },
      });
      await tx.register.create({ data: { orgId, meterId: meter.id, register: 10 } });
      await tx.installation.create({
        data: { orgId, meterId: meter.id, pointId: point.id, fromAt: new Date(NOW - 4e9) },
      });
      meterIds.push(meter.id);
    }
    return { id: house.id, meterIds };
  });

const as = (userId: string, roles: Caller['roles'] = ['reader']): Caller => ({
  ...alpha.caller,
  userId,
  roles,
});
const desk = (placeIds: readonly number[] = []) =>
  callRouter({ app, caller: { ...as(alpha.caller.userId, ['operator']), placeIds } });
const stranger = () => callRouter({ app, caller: { ...bravo.caller, roles: ['operator'] } });
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: { code: string }) => error.code,
  );
const houseAt = (i: number) => must(houses[i], 'the house was made');
const pickOf = (...which: number[]) => ({
  placeIds: which.map((i) => houseAt(i).id),
  sectorIds: [],
  resource: null,
  due: null,
});
const plan = async (assigneeId: string | null, ...which: number[]): Promise<number> => {
  const round = { name: 'Plan', dueOn: '2026-11-20', assigneeId, pick: pickOf(...which) };
  return (await desk().planner.createPlan(round)).id;
};
const ask = async <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
  (await app.db.pool.query(sql, values)).rows as T[];

class Phone extends CapturingPhone {
  constructor(user: string) {
    super(app, as(user));
  }
  read(roundId: number, meterId: number, value: string, at?: number): FieldEvent {
    const how = { register: 10, source: 'typed', raw: null, flags: [], photos: [] };
    return this.capture(
      'reading.captured',
      { ...how, confirmed: true, roundId, meterId, value },
      at,
    );
  }
  async pull(scope: number[] = []): Promise<Map<number, RoundPackage | null>> {
    const want = { proto: 1 as const, device: this.head.device, cursor: null, limit: 20 };
    const answer = await pullRounds(app, this.caller, { ...want, scope: scope.map(String) });
    return new Map(
      answer.changes.map((c) => [Number(c.id), c.op === 'put' ? (c.data as RoundPackage) : null]),
    );
  }
}

const order = async (roundId: number): Promise<number[]> =>
  (await desk().planner.listStops({ roundId, houseId: null, state: null, page: 0 })).map(
    ({ meterId }) => meterId,
  );

test('a pick is counted by house in order of numbers, with minutes', async () => {
  const all = await desk().planner.preview(pickOf(0, 1, 2));
  expect(all.houses.map(({ address, meters }) => [address, meters])).toEqual([
    ['Long street 2', 4],
    ['Long street 3', 4],
    ['Long street 10', 4],
  ]);
  expect(all).toMatchObject({ meters: 12, guessed: 3, minutes: 18, tooMany: false });
  const heat = await desk().planner.preview({ ...pickOf(0, 1), resource: 'heat' });
  expect(heat).toMatchObject({ meters: 0, houses: [] });
});

test('what is due is found without a place, and inside one', async () => {
  const due = { kind: 'verification' as const, date: '2026-12-31' };
  const none = { placeIds: [], sectorIds: [], resource: null };
  expect(await desk().planner.preview({ ...none, due })).toMatchObject({ meters: 4 });
  expect(await desk().planner.preview({ ...pickOf(1), due })).toMatchObject({ meters: 1 });
  const unread = { kind: 'reading' as const, date: '2026-11-14' };
  const where = { ...pickOf(1), placeIds: [houseAt(1).id, alpha.houseId], due: unread };
  // The fixture's own meter delivers every hour, the four of the house never did.
  expect(await desk().planner.preview(where)).toMatchObject({ meters: 4 });
  const late = { ...where, due: { ...unread, date: '2026-11-17' } };
  expect(await desk().planner.preview(late)).toMatchObject({ meters: 5 });
});

test('a sector is a name for places; a narrowed desk sees only what lies within', async () => {
  const placeIds = [houseAt(0).id, houseAt(2).id];
  const { id } = await desk().planner.saveSector({ id: null, name: 'North', placeIds });
  const sector = { placeIds: [], sectorIds: [id], resource: null, due: null };
  expect(await desk().planner.preview(sector)).toMatchObject({ meters: 8 });
  expect(await desk([houseAt(0).id]).planner.preview(sector)).toMatchObject({ meters: 4 });
  expect(await desk([houseAt(0).id]).planner.listSectors()).toEqual([]);
  expect(await stranger().planner.listSectors()).toEqual([]);
  const again = desk().planner.saveSector({ id: null, name: 'North', placeIds: [] });
  expect(await refusal(again)).toBe('CONFLICT');
  const foreign = { id: null, name: 'Theirs', placeIds: [bravo.houseId] };
  expect(await refusal(desk().planner.saveSector(foreign))).toBe('NOT_FOUND');
});

test('the order of houses and meters is kept, and the phone has it', async () => {
  const roundId = await plan('reader-1', 0, 1);
  const [ten, two] = [houseAt(0), houseAt(1)];
  expect(await order(roundId)).toEqual([...two.meterIds, ...ten.meterIds]);
  await desk().planner.setHouseOrder({ roundId, houseIds: [ten.id, two.id] });
  const [a, b, c, d] = ten.meterIds as [number, number, number, number];
  await desk().planner.moveStop({ roundId, meterId: d, beforeId: b });
  await desk().planner.moveStop({ roundId, meterId: a, beforeId: null });
  const wanted = [d, b, c, a, ...two.meterIds];
  expect(await order(roundId)).toEqual(wanted);
  const pack = (await new Phone('reader-1').pull()).get(roundId);
  expect(pack?.meters.map(({ meterId }) => meterId)).toEqual(wanted);
  expect(pack?.meters.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const across = desk().planner.moveStop({ roundId, meterId: a, beforeId: two.meterIds[0]! });
  expect(await refusal(across)).toBe('CONFLICT');
  const old = desk().planner.setHouseOrder({ roundId, houseIds: [two.id] });
  expect(await refusal(old)).toBe('CONFLICT');
  await desk().planner.walkNaturally({ roundId });
  expect(await order(roundId)).toEqual([...ten.meterIds, ...two.meterIds]);
});

test('one statement over many stops is one change for the phones', async () => {
  const roundId = await plan('reader-1', 0, 1);
  const count = () =>
    ask<{ n: number }>(`SELECT count(*)::int AS n FROM change_log WHERE key = $1`, [
      String(roundId),
    ]);
  const before = (await count())[0]!.n;
  const houseIds = [houseAt(0).id, houseAt(1).id];
  await desk().planner.setHouseOrder({ roundId, houseIds });
  // Eight stops moved, and the round stands at another first house.
  expect((await count())[0]!.n - before).toBe(2);
});

test('a round given to a colleague: what the first phone captured counts', async () => {
  const roundId = await plan('reader-1', 2);
  const [first, second] = houseAt(2).meterIds as [number, number];
  const phone = new Phone('reader-1');
  expect((await phone.pull()).get(roundId)?.meters).toHaveLength(4);
  phone.read(roundId, first, '100.5');
  phone.read(roundId, second, '7');
  await desk().desk.assignRound({ roundId, assigneeId: 'reader-2' });
  const removal = { roundId, houseId: null, meterIds: [second] };
  expect(await desk().planner.removeFromRound(removal)).toEqual({ removed: 1, stayed: 0 });
  expect((await phone.pull([roundId])).has(roundId)).toBe(false);
  const { receipts } = await phone.push();
  expect(receipts.map(({ result }) => result)).toEqual(['stored', 'stored']);
  const last = await app.db.withOrgSql(alpha.orgId, (client) =>
    readLast(
      client,
      [first, second].map((meterId) => ({ meterId, register: 10 })),
      NOW,
    ),
  );
  expect(last.map((reading) => reading?.value)).toEqual([100_500n, 7000n]);
  // A visited stop stays, whoever removes its house.
  const house = { roundId, houseId: houseAt(2).id, meterIds: [] };
  expect(await desk().planner.removeFromRound(house)).toEqual({ removed: 2, stayed: 1 });
  const progress = await desk().planner.getProgress({ roundId });
  expect(progress.readers.map((r) => [r.userId, r.isAssigned, r.read])).toEqual([
    ['reader-2', true, 0],
    ['reader-1', false, 1],
  ]);
  const next = (await new Phone('reader-2').pull()).get(roundId);
  expect(next?.meters.map(({ meterId, state }) => [meterId, state])).toEqual([[first, 'read']]);
});

test('a divided round: each reader has his houses, a late capture finds its stop', async () => {
  const roundId = await plan('reader-1', 0, 1);
  const [ten, two] = [houseAt(0), houseAt(1)];
  const phone = new Phone('reader-1');
  await phone.pull();
  const [a, b] = ten.meterIds as [number, number];
  phone.read(roundId, a, '3');
  await phone.push();
  phone.read(roundId, b, '4');
  const parts = [{ assigneeId: 'reader-2', houseIds: [ten.id] }];
  const [other] = await desk().planner.splitRound({ roundId, parts });
  const [mine, theirs] = [await order(roundId), await order(other!)];
  expect(mine).toEqual([...two.meterIds, a]);
  expect(theirs).toEqual(ten.meterIds.slice(1));
  await phone.push();
  const { family, houses: list } = await desk().planner.getProgress({ roundId: other! });
  expect(family.map(({ assignee, read }) => [assignee, read]).sort()).toEqual([
    ['reader-1', 1],
    ['reader-2', 1],
  ]);
  expect(list[0]?.tiles).toBe('haa');
  const twice = [
    { assigneeId: 'reader-2', houseIds: [two.id] },
    { assigneeId: null, houseIds: [two.id] },
  ];
  expect(await refusal(desk().planner.splitRound({ roundId, parts: twice }))).toBe('BAD_REQUEST');
});

test("last month's round again: the same order, the meters that hang there now", async () => {
  const roundId = await plan('reader-1', 1);
  const [a, b, c, d] = houseAt(1).meterIds as [number, number, number, number];
  await desk().planner.moveStop({ roundId, meterId: d, beforeId: a });
  const fresh = await app.db.withOrg(alpha.orgId, async (tx) => {
    const { orgId } = alpha;
    const old = await tx.installation.findFirstOrThrow({ where: { meterId: b } });
    await tx.installation.update({ where: { id: old.id }, data: { toAt: new Date(NOW) } });
    const meter = await tx.meter.create({ data: { orgId, serial: 'NEW' } });
    const { pointId } = old;
    const fromAt = new Date(NOW);
    await tx.installation.create({ data: { orgId, meterId: meter.id, pointId, fromAt } });
    return meter.id;
  });
  const again = { roundId, name: 'December', dueOn: '2026-12-20' };
  const { id } = await desk().planner.copyRound(again);
  expect(await order(id)).toEqual([d, a, fresh, c]);
  const { round } = await desk().planner.getProgress({ roundId: id });
  expect(round).toMatchObject({ name: 'December', dueOn: '2026-12-20', assigneeId: 'reader-1' });
});

/** Two readers, one meter, sixty cubic metres apart within half an hour. */
async function contradict(house: number, k: number) {
  const roundId = await plan('reader-1', house);
  const meterId = must(houseAt(house).meterIds[k], 'the meter was made');
  const [first, second] = [new Phone('reader-1'), new Phone('reader-2')];
  first.read(roundId, meterId, '400', NOW - 10 * DAY_MS);
  await first.push();
  const right = first.read(roundId, meterId, '410', NOW - 2 * HOUR_MS);
  await first.push();
  await desk().desk.assignRound({ roundId, assigneeId: 'reader-2' });
  const wrong = second.read(roundId, meterId, '470', NOW - HOUR_MS);
  await second.push();
  return { roundId, meterId, right, wrong };
}
const openOf = async (roundId: number) =>
  (await desk().planner.listDisputes({ roundId, decided: false, page: 0 })).rows;
const qualities = async (meterId: number) => {
  const range = { meterId, register: 10, from: NOW - 3 * HOUR_MS, to: NOW };
  const series = await app.db.withOrgSql(alpha.orgId, (client) => readSeries(client, range));
  return series.map(({ value, status }) => [Number(value) / 1000, unpackStatus(status).quality]);
};

test('two phones contradict: both are kept, one counts after the decision', async () => {
  const { roundId, meterId, right } = await contradict(3, 0);
  const [pair, ...more] = await openOf(roundId);
  expect(more).toEqual([]);
  expect(pair).toMatchObject({ kind: 'too-far', meterId, roundId });
  expect([pair!.a, pair!.b].map(({ value, by, source }) => [value, by, source])).toEqual([
    ['410000', 'reader-1', 'typed'],
    ['470000', 'reader-2', 'typed'],
  ]);
  expect([pair!.a.means, pair!.b.means]).toEqual([
    { used: '10000', days: 9.9 },
    { used: '70000', days: 10 },
  ]);
  const { id } = pair!;
  expect(await refusal(stranger().planner.decideDispute({ id, keep: 'a', reason: 'mine' }))).toBe(
    'NOT_FOUND',
  );
  const elsewhere = desk([houseAt(1).id]).planner;
  expect(await refusal(elsewhere.decideDispute({ id, keep: 'a', reason: 'mine' }))).toBe(
    'NOT_FOUND',
  );
  await desk().planner.decideDispute({ id, keep: 'a', reason: 'The photo shows 410' });
  expect(await qualities(meterId)).toEqual([
    [410, 'measured'],
    [470, 'suspect'],
  ]);
  expect(await openOf(roundId)).toEqual([]);
  const { rows } = await desk().planner.listDisputes({ roundId, decided: true, page: 0 });
  expect(rows[0]).toMatchObject({ decision: 'a', reason: 'The photo shows 410', id });
  const stops = await ask<{ state: string; event_id: string; visited_by: string }>(
    'SELECT state, event_id, visited_by FROM round_stop WHERE round_id = $1 AND meter_id = $2',
    [roundId, meterId],
  );
  expect(stops).toEqual([{ state: 'read', event_id: right.id, visited_by: 'reader-1' }]);
  // What was stored stands below the corrections as it came.
  const stored = await ask<{ value: string }>(
    'SELECT value FROM reading WHERE meter_id = $1 ORDER BY ts',
    [meterId],
  );
  expect(stored.map(({ value }) => Number(value))).toEqual([400_000, 410_000, 470_000]);
});

test('consumption follows the decision, and a second thought', async () => {
  const { roundId, meterId } = await contradict(3, 1);
  const used = async () => {
    const rows = await ask<{ total: string }>(
      'SELECT sum(total)::int8 AS total FROM usage_month WHERE meter_id = $1',
      [meterId],
    );
    return Number(rows[0]!.total);
  };
  const id = (await openOf(roundId))[0]!.id;
  const decide = (keep: 'a' | 'b' | 'neither') =>
    desk().planner.decideDispute({ id, keep, reason: 'looked again' });
  await decide('a');
  expect(await used()).toBe(10_000);
  await decide('b');
  expect(await used()).toBe(70_000);
  expect((await qualities(meterId)).map(([, quality]) => quality)).toEqual(['suspect', 'measured']);
  await decide('neither');
  expect((await qualities(meterId)).map(([, quality]) => quality)).toEqual(['suspect', 'suspect']);
  const [stop] = await ask<{ state: string }>(
    'SELECT state FROM round_stop WHERE round_id = $1 AND meter_id = $2',
    [roundId, meterId],
  );
  expect(stop).toEqual({ state: 'doubt' });
  const deeds = await ask(
    `SELECT FROM audit_log WHERE action = 'decide-dispute' AND subject = $1`,
    [`meter ${meterId}`],
  );
  expect(deeds).toHaveLength(3);
});

test('a third capture agrees with the first: one decision settles both pairs', async () => {
  const { roundId, meterId } = await contradict(3, 2);
  const phone = new Phone('reader-1');
  phone.read(roundId, meterId, '410.2', NOW - HOUR_MS / 2);
  await phone.push();
  const open = await openOf(roundId);
  expect(open.map(({ kind, a, b }) => [kind, a.value, b.value]).sort()).toEqual([
    ['lower', '470000', '410200'],
    ['too-far', '410000', '470000'],
  ]);
  const { id } = must(
    open.find(({ kind }) => kind === 'too-far'),
    'the first pair is open',
  );
  await desk().planner.decideDispute({ id, keep: 'a', reason: 'two against one' });
  expect(await openOf(roundId)).toEqual([]);
  expect((await qualities(meterId)).map(([value]) => value)).toEqual([410, 470, 410.2]);
});

test('a collector that delivers later is compared with the whole round', async () => {
  const roundId = await plan('reader-1', 1);
  const meterId = must(houseAt(1).meterIds[2], 'the meter was made');
  const phone = new Phone('reader-1');
  phone.read(roundId, meterId, '55', NOW - 2 * HOUR_MS);
  await phone.push();
  await app.db.withOrgSql(alpha.orgId, (client) =>
    client.query(
      `INSERT INTO reading_hot (ts, value, meter_id, register, status) VALUES ($1, 52000, $2, 10,
        $3)`,
      [new Date(NOW - HOUR_MS), meterId, packStatus('measured', 'concentrator')],
    ),
  );
  expect(await openOf(roundId)).toEqual([]);
  await desk().planner.compareRound({ roundId });
  await desk().planner.compareRound({ roundId });
  const rows = await openOf(roundId);
  expect(rows.map(({ kind, a, b }) => [kind, a.source, b.source])).toEqual([
    ['lower', 'typed', 'concentrator'],
  ]);
  await desk().planner.decideDispute({ id: rows[0]!.id, keep: 'b', reason: 'radio is right' });
  expect(await qualities(meterId)).toEqual([
    [55, 'suspect'],
    [52, 'measured'],
  ]);
  expect((await desk().planner.countDisputes()).byRound).not.toContainEqual(
    expect.objectContaining({ roundId }),
  );
});

test('a note and a photograph stand beside the stop', async () => {
  const roundId = await plan('reader-1', 1);
  const meterId = must(houseAt(1).meterIds[0], 'the meter was made');
  const phone = new Phone('reader-1');
  phone.capture('meter.note', { roundId, meterId, note: 'Key is with\0 the neighbour' });
  phone.capture('meter.note', { roundId, meterId: 1.5, note: 'no such meter' });
  phone.read(roundId, meterId, '12');
  expect((await phone.push()).receipts.map(({ result }) => result)).toEqual([
    'stored',
    'quarantined',
    'stored',
  ]);
  const ask = { roundId, houseId: null, state: 'read' as const, page: 0 };
  const [stop] = await desk().planner.listStops(ask);
  expect(stop!.notes).toMatchObject([{ text: 'Key is with the neighbour', by: 'reader-1' }]);
  expect(stop!.photos).toEqual([]);
});

test('pace and expected end come from the visits', async () => {
  const roundId = await plan('reader-1', 2);
  const phone = new Phone('reader-1');
  const [a, b, c] = houseAt(2).meterIds as [number, number, number];
  [a, b, c].forEach((meterId, i) =>
    phone.read(roundId, meterId, `${200 + i}`, NOW - (10 - 2 * i) * 60_000),
  );
  await phone.push();
  const { left, readers } = await desk().planner.getProgress({ roundId });
  expect(left).toBe(1);
  expect(readers[0]).toMatchObject({ read: 3, pace: 120, unsent: 0, endsAt: NOW - 4 * 60_000 });
  const preview = await desk().planner.preview(pickOf(2));
  expect(preview).toMatchObject({ guessed: 0, minutes: 8 });
});

test.each<[string, (api: ReturnType<typeof desk>, roundId: number) => Promise<unknown>]>([
  ['progress', (api, roundId) => api.planner.getProgress({ roundId })],
  ['order', (api, roundId) => api.planner.setHouseOrder({ roundId, houseIds: [] })],
  ['natural order', (api, roundId) => api.planner.walkNaturally({ roundId })],
  ['adding', (api, roundId) => api.planner.addToRound({ roundId, pick: pickOf() })],
  [
    'removing',
    (api, roundId) => api.planner.removeFromRound({ roundId, houseId: null, meterIds: [] }),
  ],
  ['dividing', (api, roundId) => api.planner.splitRound({ roundId, parts: [] })],
  ['copying', (api, roundId) => api.planner.copyRound({ roundId, name: 'x', dueOn: '2026-12-01' })],
  ['comparing', (api, roundId) => api.planner.compareRound({ roundId })],
])('%s of a round beyond the own places does not exist', async (_, act) => {
  const roundId = await plan('reader-1', 0, 1);
  expect(await refusal(act(stranger(), roundId))).toBe('NOT_FOUND');
  // The round begins in the own house and leads into another.
  expect(await refusal(act(desk([houseAt(1).id]), roundId))).toBe('NOT_FOUND');
});
