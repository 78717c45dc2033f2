/** Orders of the desk against a real PostgreSQL: given to many, handed over, called off, apart. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import type { Role } from '#lib/domain/role.ts';
import { callRouter } from '#server/api/root.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { CapturingPhone } from '../../tests/support/capturing-phone.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  fillHouse,
  makeOrganisation,
  testApp,
  type House,
  type Small,
} from '../../tests/support/two-organisations.ts';

let database: TestDatabase;
let app: App;
let alpha: Small;
let beta: Small;
let house: House;
let n = 1;
let made = 0;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  alpha = await makeOrganisation(app, 'ALPHA', 1);
  beta = await makeOrganisation(app, 'BETA', 99);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});
beforeEach(async () => {
  house = await fillHouse(app, alpha, `H${++n}`, n);
});

const api = (caller: Caller) => callRouter({ app, caller });
const desk = () => api(alpha.caller).orders;
const order = (more: Record<string, unknown> = {}) => ({
  ...{ pointIds: [house.pointId], kind: 'seal' as const, assigneeId: null },
  ...{ dueOn: '2026-11-20', text: 'torn', ...more },
});
const here = async (caller: Caller) =>
  (await api(caller).orders.listMine()).filter(({ pointId }) => pointId === house.pointId);
const all = () => desk().listOrders({ state: 'all', pointId: house.pointId });

/** Somebody else with one role here. */
async function person(role: Role, placeIds: readonly number[] = []): Promise<Caller> {
  const id = `user-${role}-${++made}`;
  await app.db.prisma.user.create({ data: { id, name: id, email: `${id}@x.org` } });
  await app.db.prisma.membership.create({ data: { orgId: alpha.orgId, userId: id, role } });
  return { ...alpha.caller, userId: id, name: id, roles: [role], placeIds };
}

/** One event of one phone; its receipt in a word. */
async function tell(caller: Caller, type: string, body: FieldEvent['body']): Promise<string> {
  const phone = new CapturingPhone(app, caller);
  phone.capture(type, body);
  return (await phone.results())[0]!;
}
const done = (orderId: number) => ({
  ...{ orderId, meterId: house.meterId, done: true, reason: null },
  ...{ seals: ['S-1'], note: null, checklist: [], photos: [] },
});

describe('giving', () => {
  test('one order for each point of a list, a point named twice gets one', async () => {
    const pointIds = [alpha.pointId, house.pointId, house.pointId];
    const { ids } = await desk().createOrders(order({ pointIds }));
    expect(ids).toHaveLength(2);
    const rows = await desk().listOrders({ state: 'open', pointId: null });
    const mine = rows.filter(({ id }) => ids.includes(id));
    expect(mine.map((row) => row.pointId).sort()).toEqual([alpha.pointId, house.pointId].sort());
    expect(mine[0]).toMatchObject({ kind: 'seal', text: 'torn', state: 'open', overdue: false });
  });

  test('a foreign point among them gives none at all', async () => {
    const pointIds = [house.pointId, beta.pointId];
    await expect(desk().createOrders(order({ pointIds }))).rejects.toThrow('no such metering');
    expect(await all()).toEqual([]);
  });

  test('only a reader of this organisation carries one', async () => {
    const operator = await person('operator');
    for (const assigneeId of [beta.caller.userId, operator.userId, 'nobody']) {
      await expect(desk().createOrders(order({ assigneeId }))).rejects.toThrow('no reader here');
    }
    const reader = await person('reader');
    const names = (await desk().listReaders()).map(({ userId }) => userId);
    expect(names).toContain(reader.userId);
    expect(names).not.toContain(operator.userId);
    expect(names).not.toContain(beta.caller.userId);
  });

  test('a reader gives none and sees no list of the desk', async () => {
    const reader = api(await person('reader'));
    await expect(reader.orders.createOrders(order())).rejects.toThrow();
    await expect(reader.orders.listOrders({ state: 'all', pointId: null })).rejects.toThrow();
  });
});

describe('handing over and calling off', () => {
  test('it leaves one phone for the other; given to nobody, all carry it', async () => {
    const [one, other] = [await person('reader'), await person('reader')];
    const { ids } = await desk().createOrders(order({ assigneeId: one.userId }));
    const counts = async () => [(await here(one)).length, (await here(other)).length];
    expect(await counts()).toEqual([1, 0]);
    await desk().assignOrder({ orderId: ids[0]!, assigneeId: other.userId });
    expect(await counts()).toEqual([0, 1]);
    await desk().assignOrder({ orderId: ids[0]!, assigneeId: null });
    expect(await counts()).toEqual([1, 1]);
  });

  test('a reader of another house does not carry what nobody in particular does', async () => {
    const far = await person('reader', [alpha.houseId]);
    await desk().createOrders(order());
    expect(await here(far)).toEqual([]);
  });

  test('live work is not handed to a person below group III', async () => {
    await app.db.pool.query(`UPDATE metering_point SET resource = 'electricity' WHERE id = $1`, [
      house.pointId,
    ]);
    const reader = await person('reader');
    const { ids } = await desk().createOrders(order({ kind: 'exchange' }));
    const handOver = { orderId: ids[0]!, assigneeId: reader.userId };
    await expect(desk().assignOrder(handOver)).rejects.toThrow('group III');
    await api(alpha.caller).desk.setElectricalGroup({ userId: reader.userId, group: 4 });
    await desk().assignOrder(handOver);
    expect(await here(reader)).toMatchObject([{ id: ids[0], kind: 'exchange' }]);
  });

  test('called off it is on no phone, and neither assigned nor called off again', async () => {
    const reader = await person('reader');
    const { ids } = await desk().createOrders(order({ assigneeId: reader.userId }));
    const orderId = ids[0]!;
    await desk().cancelOrder({ orderId });
    expect(await here(reader)).toEqual([]);
    await expect(desk().cancelOrder({ orderId })).rejects.toThrow('not open any more');
    await expect(desk().assignOrder({ orderId, assigneeId: null })).rejects.toThrow('not open');
    expect(await all()).toMatchObject([{ id: orderId, state: 'cancelled', results: [] }]);
    // The phone was away and did it all the same: work that was done is not thrown away.
    expect(await tell(reader, 'order.done', done(orderId))).toBe('stored');
    expect(await all()).toMatchObject([{ state: 'done', results: [{ body: { seals: ['S-1'] } }] }]);
  });
});

describe('another organisation', () => {
  test('sees, hands over, calls off and finishes nothing of this one', async () => {
    const { ids } = await desk().createOrders(order());
    const orderId = ids[0]!;
    const theirs = api(beta.caller).orders;
    expect(await theirs.listOrders({ state: 'all', pointId: null })).toEqual([]);
    expect(await theirs.listMine()).toEqual([]);
    await expect(theirs.cancelOrder({ orderId })).rejects.toThrow('no such order');
    await expect(theirs.assignOrder({ orderId, assigneeId: null })).rejects.toThrow(
      'no such order',
    );
    const told = { ...done(orderId), meterId: beta.meterId };
    expect(await tell(beta.caller, 'order.done', told)).toBe('unknown-order');
    expect(await all()).toMatchObject([{ id: orderId, state: 'open', results: [] }]);
  });

  test('a result of what another carries is kept with its reason and stays open', async () => {
    const [one, other] = [await person('reader'), await person('reader')];
    const { ids } = await desk().createOrders(order({ assigneeId: one.userId }));
    expect(await tell(other, 'order.done', done(ids[0]!))).toBe('not-allowed');
    expect(await all()).toMatchObject([{ state: 'open' }]);
    expect(await tell(one, 'order.done', done(ids[0]!))).toBe('stored');
    expect(await all()).toMatchObject([{ state: 'done', assigneeId: one.userId }]);
  });
});
