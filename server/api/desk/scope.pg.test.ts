/**
 * An operator who is narrowed to some places sees and changes nothing of the others, through every
 * procedure of the desk; an operator of the whole organisation sees both houses.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { checkMeters } from '#server/analytics/findings.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { freshDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import { watchOverlaps } from '../../../tests/support/overlaps.ts';
import {
  fillHouse,
  makeOrganisation,
  NOW,
  testApp,
  type House,
  type Small,
} from '../../../tests/support/two-organisations.ts';

let database: TestDatabase;
let app: App;
let ours: Small;
/** The other house of the same organisation, every text of which carries the word. */
let other: House;
const WORD = 'ECHO';
const PHOTO = createHash('sha256').update('picture').digest('hex');

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  ours = await makeOrganisation(app, 'ALPHA', 1);
  other = await fillHouse(app, ours, WORD, 3);
  await app.db.withOrgSql(ours.orgId, async (client) => {
    for (const meterId of [ours.meterId, other.meterId]) {
      await client.query(
        `INSERT INTO reading_conflict (meter_id, register, ts, batch_id, value)
         VALUES ($1, 10, $2, 1, 5)`,
        [meterId, new Date(NOW - HOUR_MS)],
      );
    }
  });
  await checkMeters(app.db, ours.orgId, NOW);
  // The fixture's person lives in both houses; who works at the desk lives in neither.
  const user = { id: 'desk', name: 'Desk', email: 'desk@x.org' };
  await app.db.prisma.user.create({ data: user });
  await app.db.prisma.membership.create({
    data: { orgId: ours.orgId, userId: user.id, role: 'operator', placeId: ours.houseId },
  });
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const operator = (placeIds: readonly number[] = [], at = app) =>
  callRouter({
    app: at,
    caller: { ...ours.caller, userId: 'desk', roles: ['operator'], placeIds },
  });
const narrowed = () => operator([ours.houseId]);
const text = (answer: unknown): string =>
  JSON.stringify(answer, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v));
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: { code: string }) => error.code,
  );

type Api = ReturnType<typeof operator>;
const ALL = { placeId: null, resource: null, text: '', page: 0 } as const;
const EVERY = { source: null, quality: null, verdict: null, before: null } as const;
/** What lists of both houses, by name. */
const LISTS: Readonly<Record<string, (api: Api) => Promise<unknown>>> = {
  board: (api) => api.desk.getBoard(),
  findings: (api) => api.desk.listFindings({ kind: null, page: 0 }),
  places: (api) => api.desk.listPlaces(),
  points: (api) => api.desk.listPoints(ALL),
  readings: (api) => api.desk.listReadings(EVERY),
  conflicts: (api) => api.desk.listConflicts(),
  rounds: (api) => api.desk.listRounds(),
  houses: (api) => api.desk.listHouses(),
  people: (api) => api.desk.listPeople(),
  'places to invite to': (api) => api.desk.findPlaces({ text: 'street' }),
  requests: (api) => api.install.listRequests({ status: 'submitted' }),
};

test.each(Object.keys(LISTS))(
  '%s: the whole desk sees both houses, a narrowed one its own',
  async (name) => {
    const list = LISTS[name]!;
    const all = text(await list(operator()));
    expect(all).toContain('ALPHA');
    expect(all).toContain(WORD);
    const own = text(await list(narrowed()));
    expect(own).toContain('ALPHA');
    expect(own).not.toContain(WORD);
  },
);

test('the figures of the board count the own places only', async () => {
  const [all, own] = [await operator().desk.getBoard(), await narrowed().desk.getBoard()];
  expect([all.delivery.expected, own.delivery.expected]).toEqual([48, 24]);
  expect([all.delivery.delivered, own.delivery.delivered]).toEqual([48, 24]);
  expect([all.waiting, own.waiting]).toEqual([2, 1]);
  // Files hold lines of every house.
  expect([all.imports.length, own.imports.length]).toEqual([2, 0]);
});

test('a day later both meters are silent, each on the board of its own operator', async () => {
  const later = { ...app, clock: { now: () => NOW + 2 * DAY_MS } };
  await checkMeters(app.db, ours.orgId, NOW + 2 * DAY_MS);
  const ask = { kind: 'silent', page: 0 } as const;
  const silent = async (api: Api) => (await api.desk.listFindings(ask)).map((s) => s.serial);
  expect((await silent(operator([], later))).sort()).toEqual(['ALPHA-1', `${WORD}-3`]);
  expect(await silent(operator([ours.houseId], later))).toEqual(['ALPHA-1']);
  expect((await operator([ours.houseId], later).desk.getBoard()).findings).toContainEqual({
    kind: 'silent',
    level: 'attention',
    meters: 1,
  });
});

test.each<[string, (api: Api) => Promise<unknown>, string]>([
  ['a round', (api) => api.desk.getRound({ roundId: other.roundId }), 'NOT_FOUND'],
  [
    'giving a round away',
    (api) => api.desk.assignRound({ roundId: other.roundId, assigneeId: null }),
    'NOT_FOUND',
  ],
  ['planning a round', (api) => api.desk.createRound(roundFor(other.houseId)), 'NOT_FOUND'],
  ['a point', (api) => api.desk.getPoint({ pointId: other.pointId }), 'NOT_FOUND'],
  [
    'where a number is from',
    (api) => api.desk.getEvidence({ meterId: other.meterId, register: 10, at: NOW - HOUR_MS }),
    'NOT_FOUND',
  ],
  ['inviting to a flat', (api) => api.invite.createInvitation(guest(other.placeId)), 'NOT_FOUND'],
  [
    'taking an invitation back',
    (api) => api.invite.revokeInvitation({ id: other.invitationId }),
    'NOT_FOUND',
  ],
  [
    'sending a request back',
    (api) => api.install.returnRequest({ id: other.installRequestId, reason: 'blurred' }),
    'CONFLICT',
  ],
])('%s of another place does not exist for a narrowed operator', async (_, ask, refusal) => {
  expect(await code(ask(narrowed()))).toBe(refusal);
  expect(await code(ask(operator()))).toBe('ok');
});

const roundFor = (houseId: number) => ({
  houseId,
  name: 'autumn',
  dueOn: '2026-11-20',
  assigneeId: null,
  resource: null,
});
const guest = (placeId: number | null) => ({
  role: placeId === null ? ('operator' as const) : ('tenant' as const),
  placeId,
  email: null,
  days: 3,
});

test('approving a request of another place finds nothing', async () => {
  const id = other.installRequestId;
  expect(await code(narrowed().install.approveRequest({ id }))).toBe('NOT_FOUND');
});

test('nobody is invited to more than the host may see', async () => {
  expect(await code(narrowed().invite.createInvitation(guest(null)))).toBe('FORBIDDEN');
  expect(await code(operator().invite.createInvitation(guest(null)))).toBe('ok');
  expect(await code(narrowed().invite.createInvitation(guest(ours.placeId)))).toBe('ok');
});

test('a role elsewhere is not taken away', async () => {
  const user = { id: 'elsewhere', name: `${WORD} tenant`, email: 'e@x.org' };
  await app.db.prisma.user.create({ data: user });
  const { id: membershipId } = await app.db.prisma.membership.create({
    data: { orgId: ours.orgId, userId: user.id, role: 'tenant', placeId: other.placeId },
  });
  expect(await code(narrowed().desk.revokeMember({ membershipId }))).toBe('NOT_FOUND');
  expect(await code(operator().desk.revokeMember({ membershipId }))).toBe('ok');
});

test('files concern every place: a narrowed operator has no part in them', async () => {
  const { runId } = { runId: ours.importRunId };
  const file = { fileName: 'a.csv', content: '' };
  expect(await code(narrowed().imports.listRuns())).toBe('FORBIDDEN');
  expect(await code(narrowed().imports.listRejects({ runId }))).toBe('FORBIDDEN');
  expect(await code(narrowed().imports.uploadMeters(file))).toBe('FORBIDDEN');
  expect(await code(narrowed().imports.uploadReadings(file))).toBe('FORBIDDEN');
  expect(await code(operator().imports.listRuns())).toBe('ok');
});

test('a picture is seen with its request', async () => {
  await app.db.withOrg(ours.orgId, async (tx) => {
    const body = { photos: { dial: PHOTO } };
    await tx.installRequest.update({ where: { id: other.installRequestId }, data: { body } });
  });
  const photo = { sha256: PHOTO, mime: 'image/jpeg' as const };
  const content = Buffer.from('picture').toString('base64');
  await callRouter({ app, caller: ours.caller }).install.putPhoto({ ...photo, body: content });
  expect(await operator().install.getPhoto({ sha256: PHOTO })).toContain(content);
  expect(await operator([other.houseId]).install.getPhoto({ sha256: PHOTO })).toContain(content);
  expect(await narrowed().install.getPhoto({ sha256: PHOTO })).toBeNull();
});

let early: string[] = [];
beforeEach(() => void (early.length = 0));

test('no list of the desk asks its connection two things at once', async () => {
  const fresh = testApp(database.url);
  early = watchOverlaps(fresh.db.pool);
  for (const list of Object.values(LISTS)) await list(operator([], fresh));
  expect(early).toEqual([]);
  await fresh.close();
});
