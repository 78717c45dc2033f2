/** A house gets its place at the desk, and the phones with a round through it hear of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RoundPackage } from '#lib/contract/round.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { pullRounds } from '#server/sync/pull.ts';
import { registerDevice } from '#server/sync/service.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { settled } from '../../tests/support/horizon.ts';
import { makeOrganisation, testApp, type Small } from '../../tests/support/two-organisations.ts';

let database: TestDatabase;
let app: App;
let ours: Small;
let others: Small;
const DEVICE = '00000000-0000-7000-8000-000000000001';
const AT = { latUdeg: -33_868_820, lonUdeg: 151_209_296 };

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  ours = await makeOrganisation(app, 'ALPHA', 1);
  others = await makeOrganisation(app, 'BRAVO', 2);
  const publicKey = `${'A'.repeat(87)}=`;
  await registerDevice(app, ours.caller, { id: DEVICE, publicKey, name: null });
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const desk = (who = ours) => callRouter({ app, caller: who.caller }).desk;
const pull = async (cursor: string | null) => {
  const scope = cursor === null ? [] : [String(ours.roundId)];
  await settled(app.db.pool);
  const want = { proto: 1 as const, device: DEVICE, cursor, limit: 20, scope };
  const { changes, cursor: next } = await pullRounds(app, ours.caller, want);
  return { next, round: changes.find(({ op }) => op === 'put')?.data as RoundPackage | undefined };
};

test('a place that is set arrives with the round, and is exact to the digit', async () => {
  const first = await pull(null);
  const house = { houseId: ours.houseId, address: 'ALPHA street 1' };
  expect(first.round?.houses).toEqual([{ ...house, latUdeg: null, lonUdeg: null }]);
  expect(first.round?.meters.map(({ houseId }) => houseId)).toEqual([ours.houseId]);
  expect((await pull(first.next)).round).toBeUndefined();
  await desk().setHousePlace({ houseId: ours.houseId, at: AT });
  const second = await pull(first.next);
  expect(second.round?.houses).toEqual([{ ...house, ...AT }]);
  const read = await desk().getHousePlace({ houseId: ours.houseId });
  expect(read.house).toMatchObject(AT);
  await desk().setHousePlace({ houseId: ours.houseId, at: null });
  expect((await pull(second.next)).round?.houses?.[0]?.latUdeg).toBeNull();
  const { rows } = await app.db.pool.query<{ action: string }>(
    `SELECT action FROM audit_log WHERE subject = $1`,
    [`place ${ours.houseId}`],
  );
  expect(rows).toHaveLength(2);
});

test('flats, strangers and places off the earth are refused', async () => {
  const refused = (work: Promise<unknown>, code: string) =>
    expect(work).rejects.toMatchObject({ code });
  await refused(desk().setHousePlace({ houseId: ours.placeId, at: AT }), 'NOT_FOUND');
  await refused(desk(others).setHousePlace({ houseId: ours.houseId, at: AT }), 'NOT_FOUND');
  await refused(desk(others).getHousePlace({ houseId: ours.houseId }), 'NOT_FOUND');
  const far = { latUdeg: 91_000_000, lonUdeg: 0 };
  await refused(desk().setHousePlace({ houseId: ours.houseId, at: far }), 'BAD_REQUEST');
});
