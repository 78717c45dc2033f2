/** What meters say about themselves reaches their journal, once. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fromHex, fromLatin1 } from '#lib/base/bytes.ts';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { encodeData } from '#lib/meters/iec62056-21/message.ts';
import { encodeTelegram } from '#lib/meters/wmbus/encode.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { putMeterKey } from '#server/registry/keys.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../tests/support/two-organisations.ts';
import { ingestBatch } from './pipeline.ts';
import type { IngestRow } from './types.ts';

const KEY = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const SOURCE = { kind: 'field-app', name: 'phone-1' } as const;
const START = NOW - 5 * DAY_MS;

let database: TestDatabase;
let app: App;
let alpha: Small;
let meterId = 0;
let made = 0;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  alpha = await makeOrganisation(app, 'ALPHA', 1);
  await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', ['2026-11-05', '2026-11-20']);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const radioId = () => String(20_000_000 + made);
beforeEach(async () => {
  made++;
  const { orgId, pointId } = alpha;
  meterId = await app.db.withOrg(orgId, async (tx) => {
    const meter = await tx.meter.create({
      data: { orgId, serial: `S${made}`, radioId: radioId(), protocol: 'wmbus' },
    });
    for (const register of [10, 1]) {
      await tx.register.create({ data: { orgId, meterId: meter.id, register } });
    }
    const fromAt = new Date(NOW - 90 * DAY_MS);
    await tx.installation.create({ data: { orgId, meterId: meter.id, pointId, fromAt } });
    return meter.id;
  });
  await app.db.withOrgSql(orgId, (client) =>
    putMeterKey(client, app.config.KILTER_MASTER_KEY, {
      orgId,
      meterId,
      kind: 'aes-mode5',
      key: KEY,
    }),
  );
});

function telegram(litres: number, status: number, more = '') {
  const bcd = litres.toString().padStart(8, '0').match(/../g)!.reverse().join('');
  const payload = fromHex(`0C13${bcd}${more}`);
  if (!payload.ok) throw new Error(payload.error.code);
  return encodeTelegram({
    format: 'A',
    sender: { manufacturer: 'KLT', id: radioId(), version: 1, type: 7 },
    ci: 0x7a,
    access: 1,
    status,
    payload: payload.value,
    mode: 5,
    key: KEY,
  });
}

const row = (litres: number, status: number, more: Partial<IngestRow> = {}): IngestRow => ({
  meterId,
  register: 10,
  value: null,
  at: START,
  source: 'radio',
  raw: telegram(litres, status),
  ...more,
});
const send = (rows: IngestRow[], sourceKey = `k${made}-${Math.random()}`) =>
  ingestBatch(app, alpha.orgId, { source: SOURCE, sourceKey, rows });
const journal = async () => {
  const { rows } = await app.db.pool.query<{ code: string; at: Date; source: string }>(
    'SELECT code, at, source FROM meter_event WHERE meter_id = $1 ORDER BY at, code',
    [meterId],
  );
  return rows.map((e) => [e.code, (e.at.getTime() - START) / HOUR_MS, e.source]);
};

test('a telegram without remarks leaves the journal empty', async () => {
  await send([row(12_345, 0)]);
  expect(await journal()).toEqual([]);
});

test('status byte and error flags become events at the reading’s instant', async () => {
  const raw = telegram(12_345, 0x0f, '02FD170100');
  await send([row(0, 0, { raw })]);
  expect(await journal()).toEqual([
    ['alarm', 0, 'radio'],
    ['battery-low', 0, 'radio'],
    ['error-flags', 0, 'radio'],
    ['permanent-error', 0, 'radio'],
  ]);
});

test('the same batch, the same telegram in another batch, and a replay add nothing', async () => {
  const rows = [row(12_345, 0x04)];
  await send(rows, 'first');
  const once = await journal();
  expect(once).toHaveLength(1);
  await send(rows, 'first');
  await send(rows, 'second');
  expect(await journal()).toEqual(once);
});

test('a lasting state is one line a day, whatever the order of arrival', async () => {
  const hours = [0, 5, 1, 30, 26, 3];
  const rows = hours.map((h) => row(12_345 + h, 0x10, { at: START + h * HOUR_MS }));
  await send(rows.slice(0, 2));
  await send(rows.slice(2));
  // START is noon: the hours 0 to 5 are one UTC day, 26 and 30 the next.
  expect(await journal()).toEqual([
    ['temporary-error', 0, 'radio'],
    ['temporary-error', 26, 'radio'],
  ]);
});

test('a telegram of another meter writes nothing into this journal', async () => {
  made += 1000;
  const raw = telegram(12_345, 0x04);
  made -= 1000;
  const answer = await send([row(0, 0, { value: '12.345', raw })]);
  expect(answer.outcomes[0]).toMatchObject({ code: 'other-meter' });
  expect(await journal()).toEqual([]);
});

test('the error register of an optical readout counts when it is not zero', async () => {
  const head = fromLatin1('/KLT5\\2METER1\r\n');
  const readout = (flags: string) =>
    Uint8Array.of(
      ...head,
      ...encodeData(`F.F(${flags})\r\n0.0.0(12345)\r\n1.8.0(004711.5*kWh)\r\n!\r\n`),
    );
  const optical = { register: 1, source: 'optical' as const };
  await send([row(0, 0, { ...optical, raw: readout('00000000') })]);
  expect(await journal()).toEqual([]);
  await send([row(0, 0, { ...optical, at: START + HOUR_MS, raw: readout('00000800') })]);
  expect(await journal()).toEqual([['error-flags', 1, 'optical']]);
});

test('an instant in the future makes the clock suspect', async () => {
  await send([row(12_345, 0, { at: NOW + 3 * HOUR_MS })]);
  expect((await journal()).map(([code]) => code)).toEqual(['clock-suspect']);
});

test('the desk’s meter card shows the journal of its own organisation', async () => {
  await send([row(12_345, 0x04)]);
  const { events } = await callRouter({ app, caller: alpha.caller }).desk.getPoint({
    pointId: alpha.pointId,
  });
  expect(events.filter((e) => e.meterId === meterId)).toEqual([
    expect.objectContaining({ code: 'battery-low', source: 'radio', at: START, until: START }),
  ]);
});

test('an exchange is one line with both meters and both readings', async () => {
  const desk = callRouter({ app, caller: alpha.caller });
  const made = await desk.registry.exchangeMeter({
    pointId: alpha.pointId,
    at: NOW - HOUR_MS,
    endValue: '1000,850',
    serial: 'NEW-9',
    manufacturer: null,
    radioId: null,
    protocol: 'none',
    digits: 5,
    decimals: 3,
    startValue: '0.100',
    seals: [],
  });
  const { events } = await desk.desk.getPoint({ pointId: alpha.pointId });
  expect(events.filter((e) => e.meterId === made.meterId)).toMatchObject([
    { code: 'exchanged', source: 'desk', detail: { serial: 'NEW-9', startValue: '0.100' } },
  ]);
});
