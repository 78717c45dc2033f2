/** What a round's package says of the past and of the common meter, from a real PostgreSQL. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY_MS } from '#lib/base/interval.ts';
import type { RoundPackage } from '#lib/contract/round.ts';
import { registerText } from '#lib/field/dial.ts';
import type { App } from '#server/app.ts';
import { ingestBatch } from '#server/ingest/pipeline.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../tests/support/two-organisations.ts';
import { pullRounds } from './pull.ts';

let database: TestDatabase;
let app: App;
let org: Small;
let commonPoint: number;

const visits = (n: number): { at: number; value: bigint }[] =>
  Array.from({ length: n }, (_, i) => ({
    at: NOW - (30 * (n - i) - 3) * DAY_MS,
    value: BigInt(500_000 + 6000 * i),
  }));

const LATEST = visits(16).at(-1)!.at + 2 * DAY_MS;

/** A meter at a point of its own; its place decides what it is. */
async function addMeter(
  data: { placeId: number; role: string; parentId: number | null },
  serial: string,
): Promise<{ pointId: number; meterId: number }> {
  const { orgId } = org;
  return app.db.withOrg(orgId, async (tx) => {
    const point = await tx.meteringPoint.create({
      data: { orgId, resource: 'cold-water', name: '', ...data },
    });
    const meter = await tx.meter.create({ data: { orgId, serial } });
    await tx.register.create({ data: { orgId, meterId: meter.id, register: 10 } });
    await tx.installation.create({
      data: { orgId, meterId: meter.id, pointId: point.id, fromAt: new Date(NOW - 4e10) },
    });
    return { pointId: point.id, meterId: meter.id };
  });
}

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  org = await makeOrganisation(app, 'ALPHA', 1);
  const { orgId, houseId, placeId, roundId, pointId } = org;
  const common = await addMeter({ placeId: houseId, role: 'house', parentId: null }, 'C-1');
  commonPoint = common.pointId;
  await app.db.withOrg(orgId, (tx) =>
    tx.meteringPoint.update({ where: { id: pointId }, data: { parentId: commonPoint } }),
  );
  // One more meter of the group that is on no round, and a point where nothing hangs any more.
  await addMeter({ placeId, role: 'consumer', parentId: commonPoint }, 'F-2');
  const empty = await addMeter({ placeId, role: 'consumer', parentId: commonPoint }, 'F-3');
  await app.db.withOrg(orgId, async (tx) => {
    await tx.installation.updateMany({
      where: { pointId: empty.pointId },
      data: { toAt: new Date(NOW - DAY_MS) },
    });
    await tx.roundStop.create({
      data: { orgId, roundId, meterId: common.meterId, pointId: commonPoint, sequence: 0 },
    });
  });
  await app.db.withOrg(orgId, async (tx) => {
    const body = { orgId, userId: org.caller.userId, mime: 'image/jpeg', offset: 3, sizeBytes: 3 };
    const picture = { sha256: Buffer.alloc(32, 1), body: Buffer.from('abc'), complete: true };
    await tx.photo.create({ data: { ...body, ...picture } });
    const half = { sha256: Buffer.alloc(32, 2), body: Buffer.from('a'), complete: false };
    await tx.photo.create({ data: { ...body, ...half } });
    await tx.meter.update({
      where: { id: org.meterId },
      data: { model: 'K-15', verificationDueOn: new Date('2027-03-01') },
    });
    for (let i = 1; i <= 4; i++) {
      const eventId = `00000000-0000-7000-8000-00000000010${i}`;
      const photos = [i === 4 ? '02'.repeat(32) : '01'.repeat(32), 'no name'];
      const note = { eventId, orgId, meterId: org.meterId, userId: org.caller.userId, photos };
      await tx.meterNote.create({
        data: { ...note, at: new Date(NOW - (5 - i) * DAY_MS), text: `note ${i}` },
      });
    }
  });
  // Two looks at the dial in one week tell a person one thing.
  const shown = [...visits(16), { at: LATEST, value: 590_300n }];
  await ingestBatch(app, orgId, {
    source: { kind: 'field-app', name: 'past' },
    sourceKey: 'C-1',
    rows: shown.map(({ at, value }) => ({
      ...{ meterId: common.meterId, register: 10, source: 'typed' as const },
      value: registerText(10, value),
      at,
    })),
  });
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

test('a package names the common meter, what it feeds, and the visits of a dial', async () => {
  const answer = await pullRounds(app, org.caller, {
    ...{ proto: 1, device: '00000000-0000-7000-8000-000000000001', scope: [], cursor: null },
    limit: 10,
  });
  const [common, flat] = (answer.changes[0]!.data as RoundPackage).meters;
  expect(common).toMatchObject({ pointId: commonPoint, parentPointId: null, feeds: 2, flat: null });
  expect(flat).toMatchObject({ parentPointId: commonPoint, feeds: null, flat: '1' });
  const history = common!.history;
  expect(history).toHaveLength(13);
  expect(history[0]).toEqual([LATEST, '590300']);
  // Newest first, months apart, without the value two days before the newest.
  expect(history[1]).toEqual([visits(16).at(-2)!.at, String(visits(16).at(-2)!.value)]);
  const gaps = history.slice(1).map(([at], i) => history[i]![0] - at);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10 * DAY_MS);
});

test('the card: seals, verification, the last three notes, a picture that is whole', async () => {
  const answer = await pullRounds(app, org.caller, {
    ...{ proto: 1, device: '00000000-0000-7000-8000-000000000001', scope: [], cursor: null },
    limit: 10,
  });
  const [common, flat] = (answer.changes[0]!.data as RoundPackage).meters;
  const who = org.caller.name;
  expect(flat!.card).toEqual({
    model: 'K-15',
    verificationDueOn: '2027-03-01',
    seals: ['ALPHA'],
    notes: [4, 3, 2].map((i) => [NOW - (5 - i) * DAY_MS, `note ${i}`, who]),
    photo: '01'.repeat(32),
  });
  expect(common!.card).toEqual({
    ...{ model: null, verificationDueOn: null, seals: [], notes: [], photo: null },
  });
});
