/** The ingest against a real PostgreSQL, fed with what meters and people really send. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { fromHex, fromLatin1 } from '#lib/base/bytes.ts';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { encodeData } from '#lib/meters/iec62056-21/message.ts';
import { encodeTelegram } from '#lib/meters/wmbus/encode.ts';
import type { App } from '#server/app.ts';
import { readSeries } from '#server/readings/service.ts';
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

let database: TestDatabase;
let app: App;
let alpha: Small;
let bravo: Small;
let meterId = 0;
let radioId = '';
let made = 0;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  alpha = await makeOrganisation(app, 'ALPHA', 1);
  bravo = await makeOrganisation(app, 'BRAVO', 2);
  await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', ['2026-11-01', '2026-11-18']);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

beforeEach(async () => {
  radioId = String(20_000_000 + made++);
  meterId = await makeMeter(alpha.pointId, { radioId, register: 10 });
  await app.db.withOrgSql(alpha.orgId, (client) =>
    putMeterKey(client, app.config.KILTER_MASTER_KEY, {
      orgId: alpha.orgId,
      meterId,
      kind: 'aes-mode5',
      key: KEY,
    }),
  );
});

async function makeMeter(
  pointId: number,
  { radioId: id, register }: { radioId: string | null; register: number },
): Promise<number> {
  const { orgId } = alpha;
  return app.db.withOrg(orgId, async (tx) => {
    const meter = await tx.meter.create({
      data: { orgId, serial: `S${made++}`, radioId: id, protocol: 'wmbus' },
    });
    await tx.register.create({ data: { orgId, meterId: meter.id, register } });
    const fromAt = new Date(NOW - 90 * DAY_MS);
    await tx.installation.create({
      data: { orgId, meterId: meter.id, pointId, fromAt, seals: [] },
    });
    return meter.id;
  });
}

/** A mode 5 telegram whose total volume is `litres`. */
function telegram(litres: number, more: { id?: string; key?: Uint8Array; crc?: boolean } = {}) {
  const bcd = litres.toString().padStart(8, '0').match(/../g)!.reverse().join('');
  const payload = fromHex(`0C13${bcd}`);
  if (!payload.ok) throw new Error(payload.error.code);
  return encodeTelegram({
    format: more.crc ? 'A' : 'stripped',
    sender: { manufacturer: 'KLT', id: more.id ?? radioId, version: 1, type: 7 },
    ci: 0x7a,
    access: 1,
    payload: payload.value,
    mode: 5,
    key: more.key ?? KEY,
  });
}

const row = (more: Partial<IngestRow> = {}): IngestRow => ({
  meterId,
  register: 10,
  value: '12.345',
  at: NOW,
  source: 'typed',
  ...more,
});
const send = (rows: IngestRow[], sourceKey = `k${made++}`) =>
  ingestBatch(app, alpha.orgId, { source: SOURCE, sourceKey, rows });
const stored = (from = NOW - 40 * DAY_MS, to = NOW + DAY_MS) =>
  app.db.withOrgSql(alpha.orgId, (client) =>
    readSeries(client, { meterId, register: 10, from, to }),
  );
const origin = async () =>
  (
    await app.db.pool.query<{ source: string; raw: Buffer | null; verdicts: { rule: string }[] }>(
      'SELECT source, raw, verdicts FROM reading_origin WHERE meter_id = $1 ORDER BY batch_id DESC',
      [meterId],
    )
  ).rows[0];

test('a telegram is decoded again, and its bytes are kept', async () => {
  const raw = telegram(12_345, { crc: true });
  const answer = await send([row({ raw, source: 'radio' })]);
  expect(answer.outcomes[0]).toMatchObject({ result: 'stored', value: 12_345n, verdicts: [] });
  const kept = await origin();
  expect(kept).toMatchObject({ source: 'radio', verdicts: [] });
  expect(Uint8Array.from(kept!.raw!)).toEqual(raw);
  const [reading] = await stored();
  expect(unpackStatus(reading!.status)).toEqual({
    quality: 'measured',
    source: 'radio',
    flagged: false,
  });
});

test('where phone and telegram differ, the telegram counts and both are told', async () => {
  const answer = await send([row({ value: '99.000', raw: telegram(12_400), source: 'radio' })]);
  expect(answer.outcomes[0]).toMatchObject({ result: 'stored', value: 12_400n });
  expect((await origin())!.verdicts[0]!.rule).toBe('phone-differs');
});

test('bytes that prove nothing put the value into quarantine, never away', async () => {
  const wrongKey = telegram(1, { key: KEY.map((b) => b ^ 255) });
  const broken = telegram(1, { crc: true });
  broken[20]! ^= 1;
  const cases = [
    [wrongKey, 'undecodable'],
    [broken, 'undecodable'],
    [telegram(1, { id: '99999999' }), 'other-meter'],
    [Uint8Array.of(1, 2, 3), 'undecodable'],
  ] as const;
  for (const [i, [raw, code]] of cases.entries()) {
    const answer = await send([row({ raw, source: 'radio', at: NOW + i })]);
    expect(answer.outcomes[0]).toMatchObject({ result: 'quarantined', code, value: 12_345n });
  }
  const all = await stored();
  expect(all).toHaveLength(4);
  expect(all.every((r) => unpackStatus(r.status).quality === 'suspect')).toBe(true);
  const usage = await app.db.pool.query('SELECT 1 FROM usage_month WHERE meter_id = $1', [meterId]);
  expect(usage.rows).toEqual([]);
});

test('undecodable bytes without a claimed value are kept as a reject', async () => {
  const raw = Uint8Array.of(9, 9, 9);
  const answer = await send([row({ value: null, raw, source: 'concentrator' })]);
  expect(answer.counts).toEqual({ rows: 1, stored: 0, duplicates: 0, conflicts: 0, rejects: 1 });
  const { rows } = await app.db.pool.query(
    'SELECT code, raw FROM ingest_reject WHERE batch_id = $1',
    [String(answer.batchId)],
  );
  expect(rows).toEqual([{ code: 'undecodable', raw: Buffer.from(raw) }]);
});

test('an optical readout gives the total in watt-hours', async () => {
  const power = await makeMeter(alpha.pointId, { radioId: null, register: 1 });
  const head = fromLatin1('/KLT5\\2METER1\r\n');
  const block = encodeData('0.0.0(12345)\r\n1.8.0(004711.5*kWh)\r\n2.8.0(000001.0*kWh)\r\n!\r\n');
  const raw = Uint8Array.of(...head, ...block);
  const answer = await send([
    row({ meterId: power, register: 1, value: null, raw, source: 'optical' }),
  ]);
  expect(answer.outcomes[0]).toMatchObject({ result: 'stored', value: 4_711_500n });
  block[20]! ^= 2;
  const bad = Uint8Array.of(...head, ...block);
  const again = await send([
    row({
      meterId: power,
      register: 1,
      value: '4800000',
      at: NOW + 1,
      raw: bad,
      source: 'bluetooth',
    }),
  ]);
  expect(again.outcomes[0]).toMatchObject({ result: 'quarantined', code: 'undecodable' });
});

test('the same batch again changes nothing and gives the same counts', async () => {
  const rows = [row(), row({ at: NOW + 1, value: 'x' }), row({ meterId: 1e9 })];
  const first = await send(rows, 'once');
  const state = async () =>
    (
      await app.db.pool.query(
        `SELECT (SELECT count(*) FROM reading_hot) AS hot, (SELECT count(*) FROM ingest_batch) AS b,
                (SELECT count(*) FROM ingest_reject) AS r,
                (SELECT count(*) FROM reading_origin) AS o,
                (SELECT count(*) FROM reading_conflict) AS c`,
      )
    ).rows[0];
  const before = await state();
  const again = await send(rows, 'once');
  expect(again.replayed).toBe(true);
  expect(again.counts).toEqual(first.counts);
  expect(again.batchId).toBe(first.batchId);
  expect(first.counts).toEqual({ rows: 3, stored: 1, duplicates: 0, conflicts: 0, rejects: 2 });
  expect(first.outcomes.map((o) => o.code)).toEqual([null, 'bad-value', 'unknown-meter']);
  expect(await state()).toEqual(before);
});

test('another key with the same readings finds duplicates and contradictions', async () => {
  await send([row(), row({ at: NOW + HOUR_MS, value: '12.400' })]);
  const answer = await send([row(), row({ at: NOW + HOUR_MS, value: '12.500' })]);
  expect(answer.outcomes.map((o) => o.result)).toEqual(['duplicate', 'conflict']);
  expect((await stored()).map((r) => r.value)).toEqual([12_345n, 12_400n]);
});

test('a doubtful typed value waits for a person unless somebody looked twice', async () => {
  await send([row({ value: '100.000', at: NOW - DAY_MS })]);
  const lower = await send([row({ value: '90.000' })]);
  expect(lower.outcomes[0]).toMatchObject({ result: 'quarantined' });
  const sure = await send([row({ value: '90.000', at: NOW + 1, confirmed: true })]);
  expect(sure.outcomes[0]!.result).toBe('stored');
  expect(sure.outcomes[0]!.verdicts.length).toBeGreaterThan(0);
  const [, , last] = await stored();
  expect(unpackStatus(last!.status)).toEqual({
    quality: 'measured',
    source: 'typed',
    flagged: true,
  });
  const read = await send([row({ raw: telegram(80_000), at: NOW + 2, source: 'radio' })]);
  expect(read.outcomes[0]).toMatchObject({ result: 'stored', value: 80_000n });
});

test('daily use is there as soon as the batch is', async () => {
  const hours = Array.from({ length: 49 }, (_, i) =>
    row({ source: 'concentrator', at: NOW - (48 - i) * HOUR_MS, value: (5 + i / 100).toFixed(3) }),
  );
  await send(hours);
  const { rows } = await app.db.pool.query<{ total: string }>(
    'SELECT total FROM usage_month WHERE meter_id = $1',
    [meterId],
  );
  expect(rows).toEqual([{ total: '480' }]);
});

test('hours of flats add up in the balance of their house, late ones too', async () => {
  const { orgId, houseId, placeId } = alpha;
  const points = await app.db.withOrg(orgId, async (tx) => {
    const data = { orgId, resource: 'cold-water', name: '' };
    const head = await tx.meteringPoint.create({
      data: { ...data, placeId: houseId, role: 'house' },
    });
    const below = { ...data, placeId, role: 'consumer', parentId: head.id };
    const flats = [await tx.meteringPoint.create({ data: below })];
    flats.push(await tx.meteringPoint.create({ data: below }));
    return { head: head.id, flats: flats.map((f) => f.id) };
  });
  const meters: number[] = [];
  for (const id of points.flats) meters.push(await makeMeter(id, { radioId: null, register: 10 }));
  const start = Date.UTC(2026, 10, 14);
  const hour = (meter: number, h: number, value: string) =>
    row({ meterId: meters[meter]!, at: start + h * HOUR_MS, value, source: 'concentrator' });
  await send([hour(0, 0, '1.000'), hour(0, 2, '1.030'), hour(1, 0, '5.000'), hour(1, 1, '5.100')]);
  await send([hour(0, 1, '1.010'), hour(1, 2, '5.300')]);
  const { rows } = await app.db.pool.query<{
    sum: string[];
    present: number[];
    expected: number[];
  }>('SELECT sum, present, expected FROM balance_hour WHERE group_id = $1', [points.head]);
  const slot = (start - Date.UTC(2026, 10, 1)) / HOUR_MS;
  expect(rows[0]!.sum.slice(slot - 1, slot + 3)).toEqual(['0', '110', '220', '0']);
  expect(rows[0]!.present.slice(slot, slot + 2)).toEqual([2, 2]);
  expect(rows[0]!.expected.slice(slot, slot + 2)).toEqual([2, 2]);
});

test('batches of a source are a chain of hashes over what came in', async () => {
  const source = { kind: 'concentrator', name: 'chain' } as const;
  for (const value of ['1.000', '2.000', '3.000']) {
    const rows = [row({ value, at: NOW + made++, source: 'concentrator' })];
    await ingestBatch(app, alpha.orgId, { source, sourceKey: value, rows });
  }
  const { rows } = await app.db.pool.query<{ sha256: Buffer; prev_sha256: Buffer; body: Buffer }>(
    `SELECT b.sha256, b.prev_sha256, b.body FROM ingest_batch b
       JOIN ingest_source s ON s.id = b.source_id WHERE s.name = 'chain' ORDER BY b.id`,
  );
  let previous = Buffer.alloc(32);
  for (const batch of rows) {
    expect(batch.prev_sha256).toEqual(previous);
    const hash = createHash('sha256').update(previous).update(gunzipSync(batch.body)).digest();
    expect(batch.sha256).toEqual(hash);
    previous = hash;
  }
  expect(rows).toHaveLength(3);
});

test('another organisation can neither give a reading of our meter nor read its key', async () => {
  const batch = { source: SOURCE, sourceKey: 'theirs', rows: [row({ raw: telegram(7) })] };
  const answer = await ingestBatch(app, bravo.orgId, batch);
  expect(answer.outcomes[0]).toMatchObject({ result: 'rejected', code: 'unknown-meter' });
  expect(await stored()).toEqual([]);
});

test('no key is in any table or message in clear', async () => {
  await send([row({ raw: telegram(5, { key: KEY.map((b) => b + 1) }), source: 'radio' })]);
  const { rows } = await app.db.pool.query<{ hit: number }>(
    `SELECT count(*)::int AS hit FROM meter_key WHERE position($1::bytea IN sealed) > 0`,
    [Buffer.from(KEY)],
  );
  expect(rows[0]!.hit).toBe(0);
  expect(JSON.stringify(await origin()).toLowerCase()).not.toContain(
    Buffer.from(KEY).toString('hex'),
  );
});
