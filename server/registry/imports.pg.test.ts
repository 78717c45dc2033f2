/** Files as people have them, through the procedures, into a real PostgreSQL. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../tests/support/two-organisations.ts';
import { openMeterKeys } from './keys.ts';

let database: TestDatabase;
let app: App;
let alpha: Small;

const KEYS = ['00112233445566778899AABBCCDDEEFF', 'ffeeddccbbaa99887766554433221100'] as const;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  alpha = await makeOrganisation(app, 'ALPHA', 1);
  await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', ['2026-11-01', '2026-11-18']);
  await app.db.withOrg(alpha.orgId, (tx) =>
    tx.place.create({
      data: { orgId: alpha.orgId, kind: 'house', name: '14', address: 'Лесная, 14' },
    }),
  );
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const api = () => callRouter({ app, caller: alpha.caller }).imports;
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
const meters = (text: string | Uint8Array, fileName = 'meters.csv') =>
  api().uploadMeters({ fileName, content: base64(text) });
const readings = (text: string) =>
  api().uploadReadings({ fileName: 'readings.csv', content: base64(text) });
const rows = async <T>(sql: string): Promise<T[]> => (await app.db.pool.query(sql)).rows as T[];

/** Windows-1251 of Cyrillic and ASCII text. */
const cp1251 = (text: string) =>
  Uint8Array.from([...text], (ch) => {
    const code = ch.codePointAt(0)!;
    return code < 128 ? code : code === 0x2116 ? 0xb9 : code - 0x410 + 0xc0;
  });

test('meters of a Russian spreadsheet: good rows kept, bad rows named, keys sealed', async () => {
  const file = cp1251(
    [
      'Адрес;Квартира;Ресурс;Заводской №;Производитель;' +
        'Радиономер;Протокол;Ключ;Разрядов;Начальное показание',
      `ул. Лесная, д. 14;37;ХВС;40111001;KLT;10203040;радио;${KEYS[0]};5;12,345`,
      `Лесная, 14;38;Горячая вода;40111002;KLT;10203041;wmbus;${KEYS[1]};5;0`,
      'Лесная, 14;;Электроэнергия;E-77;;;оптика;;6;100,5',
      `Полевая, 3;1;ХВС;40111003;KLT;10203042;радио;${KEYS[0]};5;0`,
      `Лесная, 14;39;пар;40111004;KLT;10203043;радио;${KEYS[0]};5;0`,
      `Лесная, 14;39;ХВС;40111005;KLT;10203043;радио;${KEYS[0].slice(2)};5;0`,
      'Лесная, 14;39;ХВС;40111001;KLT;;;;5;0',
      'Лесная, 14;39;ХВС;;KLT;;;;5;0',
      `Лесная, 14;39;ХВС;40111006;KLTX;;;лишнее;${KEYS[1]};5;0`,
    ].join('\r\n'),
  );
  const answer = await meters(file);
  expect(answer).toMatchObject({ rowsTotal: 9, rowsKept: 3, rowsSame: 0, seenBefore: false });
  expect(answer.rejects.map((r) => [r.line, r.reason])).toEqual([
    [5, 'unknown-house'],
    [6, 'bad-resource'],
    [7, 'bad-key'],
    [8, 'twice-in-file'],
    [9, 'no-serial'],
    [10, 'bad-manufacturer'],
  ]);
  const text = JSON.stringify(await rows('SELECT * FROM import_reject')).toUpperCase();
  for (const key of KEYS) expect(text).not.toContain(key.slice(2, 20).toUpperCase());
  expect(JSON.stringify(answer).toUpperCase()).not.toContain(KEYS[0]!.slice(2, 20));

  const made = await rows<{ id: number; serial: string; address: string; start: unknown }>(
    `SELECT m.id, m.serial, p.address, i.start_registers AS start FROM meter m
       JOIN installation i ON i.meter_id = m.id JOIN metering_point mp ON mp.id = i.point_id
       JOIN place p ON p.id = mp.place_id WHERE m.serial IN ('40111001', '40111002', 'E-77')
      ORDER BY m.serial`,
  );
  expect(made.map((m) => [m.serial, m.address])).toEqual([
    ['40111001', 'Лесная, 14, 37'],
    ['40111002', 'Лесная, 14, 38'],
    ['E-77', 'Лесная, 14'],
  ]);
  expect(made[0]!.start).toEqual([{ register: 10, value: '12.345' }]);
  expect(made[2]!.start).toEqual([{ register: 1, value: '100500' }]);
  const opened = await app.db.withOrgSql(alpha.orgId, (client) =>
    openMeterKeys(
      client,
      app.config.KILTER_MASTER_KEY,
      made.map((m) => m.id),
    ),
  );
  expect(opened.size).toBe(2);
  expect(Buffer.from(opened.get(made[0]!.id)![0]!).toString('hex').toUpperCase()).toBe(KEYS[0]);
});

test('the same file, and the same rows in another file, change nothing', async () => {
  const header = 'address,flat,resource,serial,radio_id,key';
  const file = `${header}\n"Лесная, 14",51,gas,G-1,20203040,${KEYS[0]}\n`;
  const state = () =>
    rows(
      `SELECT (SELECT count(*) FROM meter) AS m, (SELECT count(*) FROM meter_key) AS k,
              (SELECT count(*) FROM installation) AS i, (SELECT count(*) FROM place) AS p,
              (SELECT count(*) FROM metering_point) AS mp`,
    );
  const first = await meters(file);
  expect(first).toMatchObject({ rowsKept: 1, rejects: [] });
  const before = await state();
  const again = await meters(file);
  expect(again).toMatchObject({ runId: first.runId, rowsKept: 1, seenBefore: true });
  const other = await meters(`${file}\n`, 'other.csv');
  expect(other).toMatchObject({ rowsKept: 1, rowsSame: 1, seenBefore: false });
  expect(await state()).toEqual(before);
  const moved = await meters(file.replace('51', '52'));
  expect(moved.rejects).toMatchObject([{ line: 2, reason: 'serial-taken' }]);
});

test('a file without the needed columns says so', async () => {
  expect((await meters('a;b\n1;2')).rejects).toMatchObject([{ line: 1, reason: 'no-header' }]);
  expect((await meters('')).rejects).toMatchObject([{ line: 1, reason: 'no-header' }]);
  await expect(api().uploadMeters({ fileName: 'x', content: 'no base64!' })).rejects.toMatchObject({
    code: 'BAD_REQUEST',
  });
});

test('readings: units of the dial, notations of time, reasons by line', async () => {
  await meters(
    'haus;wohnung;medium;seriennummer;stellen\n' +
      'Лесная, 14;61;Strom;R-1;6\nЛесная, 14;61;Kaltwasser;R-2;5',
  );
  const answer = await readings(
    [
      'serial;obis;time;value;unit',
      'R-1;1-0:1.8.0;2026-11-14 10:00;4 711,5;',
      'R-1;1-0:1.8.0;14.11.2026 11:00;4,7125;MWh',
      'R-2;;2026-11-14T10:00:00+03:00;12.345;м3',
      'R-2;;2026-11-14T10:00:00+03:00;13.000;m3',
      'R-2;;31.02.2026;13;',
      'R-2;;2027-11-14;13;',
      'R-2;;2026-11-14 12:00;dreizehn;',
      'R-2;;2026-11-14 12:00;13;kWh',
      'R-9;;2026-11-14 12:00;13;',
      'R-2;1-0:1.8.0;2026-11-14 12:00;13;',
      'R-2;9.9.9;2026-11-14 12:00;13;',
    ].join('\n'),
  );
  expect(answer).toMatchObject({ rowsTotal: 11, rowsKept: 3 });
  expect(answer.rejects.map((r) => [r.line, r.reason])).toEqual([
    [5, 'other-value-stored'],
    [6, 'bad-time'],
    [7, 'in-future'],
    [8, 'bad-value'],
    [9, 'bad-unit'],
    [10, 'unknown-meter'],
    [11, 'unknown-register'],
    [12, 'bad-register'],
  ]);
  const stored = await rows<{ serial: string; value: string; ts: Date }>(
    `SELECT m.serial, r.value, r.ts FROM reading r JOIN meter m ON m.id = r.meter_id
      WHERE m.serial IN ('R-1', 'R-2') ORDER BY m.serial, r.ts`,
  );
  const seven = Date.UTC(2026, 10, 14, 7);
  expect(stored.map((r) => [r.serial, r.value, r.ts.getTime()])).toEqual([
    ['R-1', '4711500', seven],
    ['R-1', '4712500', seven + 3_600_000],
    ['R-2', '12345', seven],
  ]);
  expect(NOW).toBeGreaterThan(seven);
});

test('the same readings twice are told as the same', async () => {
  await meters('address;flat;resource;serial\nЛесная, 14;71;вода;W-1');
  const file = 'serial;time;value\nW-1;2026-11-14 10:00;1\nW-1;2026-11-14 11:00;1,1\n';
  expect(await readings(file)).toMatchObject({ rowsKept: 2, rowsSame: 0, seenBefore: false });
  expect(await readings(file)).toMatchObject({ rowsKept: 2, seenBefore: true });
  expect(await readings(`${file}\n`)).toMatchObject({ rowsKept: 2, rowsSame: 2 });
  expect(
    await rows("SELECT 1 FROM reading r JOIN meter m ON m.id = r.meter_id WHERE serial = 'W-1'"),
  ).toHaveLength(2);
  const runs = await api().listRuns();
  expect(runs[0]).toMatchObject({
    kind: 'readings',
    rowsTotal: 2,
    rowsKept: 2,
    person: 'ALPHA person',
  });
  expect(await api().listRejects({ runId: runs[0]!.id })).toEqual([]);
});
