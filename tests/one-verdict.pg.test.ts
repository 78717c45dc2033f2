/**
 * One verdict on phone and server: the same figures go through what the reader's phone does with a
 * downloaded round and through what the ingest does with its database, and both say the same.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '#lib/base/assert.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import type { RoundMeter } from '#lib/contract/round.ts';
import { registerText } from '#lib/field/dial.ts';
import { judgeReading } from '#lib/field/plausibility.ts';
import type { App } from '#server/app.ts';
import { judgeRows } from '#server/ingest/judge.ts';
import { ingestBatch } from '#server/ingest/pipeline.ts';
import { buildPackage } from '#server/sync/packages.ts';
import { freshDatabase, type TestDatabase } from './support/database.ts';
import { makeOrganisation, NOW, testApp, type Small } from './support/two-organisations.ts';

const WATER = 10;
const MONTHS = [4, 3, 2, 1, 0] as const;
/** Litres: what each dial showed thirty days ago, and what it counts in thirty days. */
const DIALS = {
  usual: { last: 1_204_000, perMonth: 6_000 },
  nearItsEnd: { last: 99_997_000, perMonth: 6_000 },
} as const;
type DialName = keyof typeof DIALS;

let database: TestDatabase;
let app: App;
let org: Small;
const rows = new Map<DialName, RoundMeter>();

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  org = await makeOrganisation(app, 'ALPHA', 1);
  // A quarter of a year at once is what the function makes.
  for (const span of [
    ['2026-06-01', '2026-08-29'],
    ['2026-08-29', '2026-11-18'],
  ]) {
    await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', span);
  }
  const ids = new Map<DialName, number>();
  for (const name of Object.keys(DIALS) as DialName[]) ids.set(name, await makeDial(name));
  const pack = await app.db.withOrgSql(org.orgId, (client) =>
    buildPackage(
      client,
      {
        ...{ id: org.roundId, name: 'Round', house: 'House', status: 'active' },
        ...{ dueOn: '2026-11-16', zone: 'Europe/Moscow' },
      },
      { app, device: '00000000-0000-7000-8000-000000000001', userId: org.caller.userId },
    ),
  );
  for (const [name, id] of ids) {
    const row = pack.meters.find(({ meterId }) => meterId === id);
    rows.set(name, must(row, 'the round holds the meter'));
  }
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** A typed meter with half a year of ordinary months, on the round. */
async function makeDial(name: DialName): Promise<number> {
  const { orgId, pointId, roundId } = org;
  const { last, perMonth } = DIALS[name];
  const fromAt = new Date(NOW - 400 * DAY_MS);
  const meterId = await app.db.withOrg(orgId, async (tx) => {
    const meter = await tx.meter.create({ data: { orgId, serial: name } });
    await tx.register.create({ data: { orgId, meterId: meter.id, register: WATER } });
    await tx.installation.create({
      data: { orgId, meterId: meter.id, pointId, fromAt, seals: [] },
    });
    await tx.roundStop.create({
      data: { orgId, roundId, meterId: meter.id, pointId, sequence: meter.id },
    });
    return meter.id;
  });
  await ingestBatch(app, orgId, {
    source: { kind: 'field-app', name: 'past' },
    sourceKey: name,
    rows: MONTHS.map((back) => ({
      ...{ meterId, register: WATER, source: 'typed' as const },
      value: registerText(WATER, BigInt(last - back * perMonth)),
      at: NOW - (30 + 30 * back) * DAY_MS,
    })),
  });
  return meterId;
}

const phone = (dial: DialName, value: bigint): string | null =>
  judgeReading(must(rows.get(dial), 'made before'), value, NOW).doubt?.code ?? null;

async function server(dial: DialName, value: bigint): Promise<string | null> {
  const { meterId } = must(rows.get(dial), 'made before');
  const { accepted } = await app.db.withOrgSql(org.orgId, (client) =>
    judgeRows(
      client,
      [
        {
          ...{ meterId, register: WATER, at: NOW, source: 'typed' as const },
          value: registerText(WATER, value),
        },
      ],
      { masterKey: app.config.KILTER_MASTER_KEY, now: NOW },
    ),
  );
  const { verdicts } = must(accepted[0], 'the row is judged');
  return verdicts.find(({ verdict }) => verdict !== 'note')?.rule ?? null;
}

test('the round brings the past that the server judges by', () => {
  expect(rows.get('usual')?.history[0]).toEqual([NOW - 30 * DAY_MS, '1204000']);
  expect(rows.get('usual')?.usualPerDay).not.toBeNull();
});

test.each([
  ['an ordinary month', 'usual', 1_210_000n, null],
  ['equal', 'usual', 1_204_000n, 'equal'],
  ['lower', 'usual', 1_202_000n, 'lower'],
  ['lower by a digit', 'usual', 1_104_000n, 'lower'],
  ['too high', 'usual', 1_265_000n, 'too-high'],
  ['beyond what a pipe lets through', 'usual', 9_204_000n, 'impossible'],
  ['too low', 'usual', 1_204_400n, 'too-low'],
  ['another meter near nought', 'usual', 900n, 'replaced'],
  ['gone round', 'nearItsEnd', 3_000n, 'rollover'],
  ['not gone round but lower', 'nearItsEnd', 50_000_000n, 'lower'],
  ['up to the edge', 'nearItsEnd', 99_999_999n, null],
  ['too low before the edge', 'nearItsEnd', 99_997_300n, 'too-low'],
] as const)('%s: phone and server agree', async (_, dial, value, code) => {
  const verdict = { phone: phone(dial, value), server: await server(dial, value) };
  expect(verdict).toEqual({ phone: code, server: code });
});
