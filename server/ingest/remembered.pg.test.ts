/** One visit to a meter that keeps its months: from the bytes on the air to the resident's year. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addMonths, daysInMonth, startOfDay } from '#lib/base/civil.ts';
import { toBase64 } from '#lib/base/bytes.ts';
import { decodePush } from '#lib/contract/decode-push.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { registerText } from '#lib/field/dial.ts';
import { makeRecord, type RecordSpec } from '#lib/meters/mbus/build.ts';
import { encodeRecords } from '#lib/meters/mbus/records.ts';
import { encodeTelegram } from '#lib/meters/wmbus/encode.ts';
import { capture, newHead, pushOf } from '#lib/offline/engine.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { readSeries } from '#server/readings/service.ts';
import { pushEvents } from '#server/sync/service.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../tests/support/two-organisations.ts';
import { ingestBatch } from './pipeline.ts';
import { instantOf } from './remembered.ts';

const WATER = 10;
const MONTHS = 16;
const MONTHLY = 6000;
/** What the meter showed when October ended, in litres. */
const OCTOBER = 998_000;
const NEWEST = '2026-10';

let database: TestDatabase;
let app: App;
let org: Small;
let zone: string;
let made = 0;
let nth = 0;
const uuid = (): string => `00000000-0000-7000-8000-${(++made).toString(16).padStart(12, '0')}`;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});
beforeEach(async () => {
  nth++;
  org = await makeOrganisation(app, `ORG${nth}`, nth);
  ({ timeZone: zone } = await app.db.prisma.organisation.findUniqueOrThrow({
    where: { id: org.orgId },
  }));
  // The household has lived here since before the meter's memory begins.
  await app.db.withOrg(org.orgId, (tx) =>
    tx.household.update({
      where: { id: org.householdId },
      data: { fromAt: new Date('2024-01-01') },
    }),
  );
});

const endOf = (month: string): number => startOfDay(`${addMonths(month, 1)}-01`, zone);
const monthsBack = (back: number): string => addMonths(NEWEST, -back);
const lastDay = (month: string): string => `${month}-${daysInMonth(month)}`;

/** Present value and a block of month ends, the newest dated, as EN 13757-3 lays it out. */
function telegram(present: number): Uint8Array {
  const volume = (units: number, storage: number): RecordSpec => ({
    ...{ quantity: 'volume', unit: 'm3', coding: 'int32', storage },
    value: { units: BigInt(units), scale: -3 },
  });
  const specs: RecordSpec[] = [
    volume(present, 0),
    {
      ...{ quantity: 'duration', unit: 'month', coding: 'int8', storage: 8 },
      value: { units: 1n, scale: 0 },
    },
    { quantity: 'date', unit: '', storage: 8, value: lastDay(NEWEST) },
    ...Array.from({ length: MONTHS }, (_, i) => volume(OCTOBER - i * MONTHLY, 8 + i)),
  ];
  const records = specs.map((spec) => {
    const record = makeRecord(spec);
    if (!record.ok) throw new Error(record.error.detail);
    return record.value;
  });
  const id = String(10_000_000 + nth);
  return encodeTelegram({
    ...{ format: 'A', ci: 0x7a, access: 1, payload: encodeRecords({ records }) },
    sender: { manufacturer: 'ELS', id, version: 1, type: 7 },
  });
}

/** A reader walks by: one event with the telegram as it was received. */
async function visit(present: number, at = NOW - 60_000): Promise<void> {
  const head = newHead(uuid(), uuid());
  const body = {
    ...{ roundId: org.roundId, meterId: org.meterId, register: WATER, source: 'radio', flags: [] },
    ...{ value: registerText(WATER, BigInt(present)), raw: toBase64(telegram(present)) },
    ...{ confirmed: false, photos: [] },
  };
  const wall = new Date(at).toISOString();
  const time = { wall, mono: 1, boot: uuid() };
  const user = org.caller.userId;
  const next = capture(head, { id: uuid(), type: 'reading.captured', user, body, at: time });
  const { device, epochs } = next.head;
  const push = { ...pushOf(next.head, epochs[0]!.epoch, [next.event]), device };
  const read = decodePush(JSON.parse(JSON.stringify(push)));
  if (!read.ok) throw new Error(read.error.detail);
  const answer = await pushEvents(app, org.caller, read.value);
  expect(answer.receipts.map(({ result }) => result)).toEqual(['stored']);
}

const past = () =>
  app.db.withOrgSql(org.orgId, (client) =>
    readSeries(client, {
      ...{ meterId: org.meterId, register: WATER },
      ...{ from: Date.parse('2024-01-01'), to: endOf(NEWEST) + 1 },
    }),
  );
const conflicts = async (): Promise<number> =>
  (await app.db.pool.query('SELECT FROM reading_conflict WHERE meter_id = $1', [org.meterId]))
    .rowCount ?? 0;

test('sixteen stored months become readings of their own instants, once', async () => {
  await visit(1_000_720);
  const first = await past();
  expect(first.map(({ at }) => at)).toEqual(
    Array.from({ length: MONTHS }, (_, i) => endOf(monthsBack(MONTHS - 1 - i))),
  );
  expect(Number(first.at(-1)!.value)).toBe(OCTOBER);
  expect(new Set(first.map(({ status }) => unpackStatus(status).source))).toEqual(
    new Set(['stored']),
  );
  // The same memory is told again on the next visit, and nothing is added or disputed.
  await visit(1_000_725, NOW - 30_000);
  expect(await past()).toEqual(first);
  expect(await conflicts()).toBe(0);
});

test('what somebody read before stays, and a value that does not fit is left out', async () => {
  const read = (month: string, value: number) => ({
    ...{ meterId: org.meterId, register: WATER, source: 'import' as const, at: endOf(month) },
    value: registerText(WATER, BigInt(value)),
  });
  // September was read a little lower; January so high that December's memory cannot follow it.
  const [september, january] = [OCTOBER - MONTHLY - 40, OCTOBER - 9 * MONTHLY + 9000];
  await ingestBatch(app, org.orgId, {
    source: { kind: 'import', name: 'past.csv' },
    sourceKey: 'past',
    rows: [read('2026-09', september), read('2026-01', january)],
  });
  await visit(1_000_720);
  const byMonth = new Map((await past()).map((one) => [one.at, one]));
  expect(Number(byMonth.get(endOf('2026-09'))!.value)).toBe(september);
  expect(Number(byMonth.get(endOf('2026-01'))!.value)).toBe(january);
  expect(byMonth.get(endOf('2026-02'))).toBeUndefined();
  expect(Number(byMonth.get(endOf('2026-08'))!.value)).toBe(OCTOBER - 2 * MONTHLY);
  expect(await conflicts()).toBe(0);
});

test("one visit draws the resident's year with the line of last year", async () => {
  await visit(1_000_720);
  const chart = await callRouter({ app, caller: org.caller }).home.getChart({
    ...{ pointIds: [org.pointId], span: 'year', anchor: '2026' },
  });
  if (chart.status !== 'ok') throw new Error(chart.status);
  const [series] = chart.series;
  expect(series!.values.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => MONTHLY));
  // August to December of last year: five points, a polyline.
  expect(series!.lastYear).toEqual([
    ...Array.from({ length: 7 }, () => null),
    ...Array.from({ length: 5 }, () => MONTHLY),
  ]);
});

test('a wall clock is read in the zone of the organisation', () => {
  expect(instantOf('2026-10-31', 'Europe/Berlin')).toBe(Date.parse('2026-10-31T23:00:00Z'));
  expect(instantOf('2026-11-01', 'Europe/Berlin')).toBe(Date.parse('2026-10-31T23:00:00Z'));
  expect(instantOf('2026-07-15T06:30', 'Europe/Berlin')).toBe(Date.parse('2026-07-15T04:30:00Z'));
});
