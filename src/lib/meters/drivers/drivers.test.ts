import { expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { createPrng } from '#lib/base/prng.ts';
import { aesCbcEncrypt } from '../crypto/aes.ts';
import { writeLinkAddress } from '../mbus/address.ts';
import { mode5Iv } from '../mbus/security.ts';
import { normaliseRecords } from '../normalise.ts';
import type { DataRecord, DeviceAddress } from '../telegram.ts';
import { decodeTelegram, type WmbusTelegram } from '../wmbus/decode.ts';
import { encodeTelegram } from '../wmbus/encode.ts';
import { explainTelegram } from '../wmbus/explain.ts';
import { buildLink } from '../wmbus/link.ts';
import { BLUEPRINT } from './_blueprint.ts';
import { readDriver } from './driver.ts';
import { sealPrios } from './prios.ts';
import { DRIVERS } from './registry.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};
const valueOf = ({ value }: DataRecord): string =>
  value.kind === 'number' ? formatDecimal(value.value) : `${value.value}`;
const tell = (records: readonly DataRecord[]): string[] =>
  records.map((r) => `${r.storage} ${r.quantity} ${valueOf(r)} ${r.unit}`.trim());

/** A telegram with a payload of the maker's own behind its CI byte. */
function telegramOf(address: DeviceAddress, payload: Uint8Array): Uint8Array {
  const head = concatBytes(Uint8Array.of(0x44), writeLinkAddress(address));
  return buildLink(concatBytes(head, payload), 'A');
}

const IZAR = { manufacturer: 'SAP', id: '21000042', version: 0, type: 7 };
/** 1234.567 m³, 1200.000 m³ at the end of 2025, eight years of battery, leakage. */
const IZAR_CLEAR = hex('A1' + '01' + '90' + '00' + '13' + '4B' + '87D61200' + '804F1200' + '3F3C');
const izar = (): Uint8Array => {
  const addressBytes = writeLinkAddress(IZAR);
  const input = { address: IZAR, addressBytes, ci: 0xa1, payload: IZAR_CLEAR };
  return telegramOf(IZAR, sealPrios(input));
};

const WATER = { manufacturer: 'TCH', id: '31323334', version: 0x74, type: 0x62 };
const HEAT = { manufacturer: 'TCH', id: '62626262', version: 0x45, type: 0x43 };
const ALLOCATOR = { manufacturer: 'TCH', id: '11776622', version: 0x69, type: 0x80 };
const APATOR = { manufacturer: 'APA', id: '21000077', version: 0x05, type: 0x07 };
const ITN = { manufacturer: 'APT', id: '21000078', version: 0x04, type: 0x08 };
/** 7 now, 93 last season, 2026-03-07; room 21.5 °C, 19.75 °C last season; behind the CI byte. */
const ITN_ROW = 'A118' + '00' + '5D00' + '1C33' + '0700' + '6734' + 'C013' + '8015';
const NA1 = { manufacturer: 'APA', id: '21000079', version: 0x14, type: 0x07 };
const NA1_KEY = hex('000102030405060708090A0B0C0D0E0F');
/** 1234.567 m³ is 12D687h litres. */
const na1 = (): Uint8Array => {
  const clear = hex('2F' + '07' + '682D01' + '1122334455667788' + '000080');
  const sealed = aesCbcEncrypt(NA1_KEY, mode5Iv(writeLinkAddress(NA1), 0x42), clear);
  return telegramOf(NA1, concatBytes(hex('A04200'), sealed));
};
const keyFor = (): Uint8Array => NA1_KEY;
const ZENNER_METER = { manufacturer: 'ZRI', id: '50087367', version: 0x0b, type: 0x16 };

const ITN_VALUES = [
  '0 hca 7 hca',
  '0 date 2026-03-07',
  '1 hca 93 hca',
  '0 external_temperature 21.50000000 °C',
  '1 external_temperature 19.75000000 °C',
];

const VECTORS: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
  [
    'prios',
    izar(),
    [
      '0 volume 1234.567 m3',
      '1 volume 1200.000 m3',
      '1 date 2025-12-31',
      '0 battery_life 96 month',
      '0 error_flags 32768',
    ],
  ],
  [
    // 2025-12-31 41.2 m³, 2026-03-07 3.9 m³ since then.
    'techem-water',
    telegramOf(WATER, hex('A2' + '06' + '9F33' + '9C01' + '7006' + '2700')),
    [
      '0 volume 45.1 m3',
      '0 date 2026-03-07',
      '1 volume 41.2 m3',
      '1 date 2025-12-31',
      '0 volume 3.9 m3',
    ],
  ],
  [
    'techem-water-4',
    telegramOf({ ...WATER, version: 0x95 }, hex('A2' + '06' + '9F33' + '9C01' + '7006' + '2700')),
    ['0 volume 45.1 m3', '1 volume 41.2 m3', '0 volume 3.9 m3'],
  ],
  [
    'techem-heat',
    telegramOf(HEAT, hex('A1' + '00' + '9F33' + 'A08601' + '60' + '100000')),
    ['0 energy 100016000 Wh', '1 energy 100000000 Wh', '1 date 2025-12-31', '0 energy 16000 Wh'],
  ],
  [
    'techem-allocator',
    telegramOf(ALLOCATOR, hex('A0' + '11' + '9F33' + '0204' + '7006' + '8300' + 'C408' + '850D')),
    [
      '0 hca 131 hca',
      '0 date 2026-03-07',
      '1 hca 1026 hca',
      '1 date 2025-12-31',
      '0 external_temperature 22.44 °C',
      '0 flow_temperature 34.61 °C',
    ],
  ],
  [
    'zenner-water',
    encodeTelegram({
      format: 'A',
      sender: ZENNER_METER,
      ci: 0x7a,
      access: 1,
      payload: hex('0F' + '00000000' + '80BF1B00' + '00A64200' + '00'),
    }),
    ['0 volume 17.06200000000 m3', '1 volume 7.10350000000 m3', '0 error_flags 0'],
  ],
  [
    'apator-water',
    encodeTelegram({
      format: 'A',
      sender: APATOR,
      ci: 0x7a,
      access: 1,
      payload: hex('0F' + '44429418' + '000000' + '430602' + '81' + '00'.repeat(10) + '1087D61200'),
    }),
    ['0 volume 1234.567 m3'],
  ],
  ['apator-na1', na1(), ['0 volume 1234.567 m3']],
  ['apator-allocator', telegramOf(ITN, hex('A0' + ITN_ROW)), ITN_VALUES],
  [
    'apator-allocator-prefixed',
    telegramOf(ITN, hex('B60E' + '00'.repeat(14) + 'A0' + ITN_ROW)),
    ITN_VALUES,
  ],
];

test.each(VECTORS)('%s reads what its meter would show', (name, bytes, expected) => {
  const t = decodeTelegram(bytes, { keyFor });
  expect([t.status, t.driver]).toEqual(['decoded', name]);
  expect(tell(t.records)).toEqual(expected);
  expect(t.records.every(({ dif, vif }) => dif === null && vif === null)).toBe(true);
});

test('every driver has a vector and says where it is known from', () => {
  expect(VECTORS.map(([name]) => name).toSorted()).toEqual(
    DRIVERS.map(({ name }) => name).toSorted(),
  );
  for (const { clause, meters } of DRIVERS) {
    expect(clause.length).toBeGreaterThan(10);
    expect(meters.length).toBeGreaterThan(0);
  }
});

const registers = (t: WmbusTelegram): string[] =>
  normaliseRecords(t.records, t.device!.type).values.map(
    ({ obis, storage }) => `${obis}*${storage}`,
  );

test.each([
  ['prios', '8-0:1.0.0*0'],
  ['techem-water', '9-0:1.0.0*0'],
  ['techem-water-4', '9-0:1.0.0*0'],
  ['techem-heat', '6-0:1.0.0*0'],
  ['techem-allocator', '4-0:1.0.0*0'],
  ['zenner-water', '8-0:1.0.0*0'],
  ['apator-water', '8-0:1.0.0*0'],
  ['apator-na1', '8-0:1.0.0*0'],
  ['apator-allocator', '4-0:1.0.0*0'],
])('%s: its total becomes register %s', (name, register) => {
  const [, bytes] = VECTORS.find(([driver]) => driver === name)!;
  const found = registers(decodeTelegram(bytes, { keyFor }));
  // One value for each register and storage number: what was used since is none.
  expect(new Set(found).size).toBe(found.length);
  expect(found).toContain(register);
});

test.each(VECTORS)('%s: cut at every offset nothing is read, and bytes are explained', (...row) => {
  const [, bytes] = row;
  for (let end = 0; end < bytes.length; end++) {
    expect(decodeTelegram(bytes.subarray(0, end), { keyFor }).status).not.toBe('decoded');
  }
  const t = decodeTelegram(bytes, { keyFor });
  const fields = explainTelegram(t);
  expect(fields.reduce((sum, { length }) => sum + length, 0)).toBe(t.frame.length);
});

test('a scrambled telegram of another sender fails its proof', () => {
  const content = decodeTelegram(izar()).frame.slice(1);
  content[4]! ^= 1;
  const t = decodeTelegram(buildLink(content, 'A'));
  expect([t.status, t.fault?.code, t.driver]).toEqual(['unsupported', 'proprietary', null]);
});

test('a water module with a register of unknown length is not guessed at', () => {
  const payload = hex('0F' + '44429418' + '000000' + '99AABB' + '1087D61200');
  const t = decodeTelegram(
    encodeTelegram({ format: 'A', sender: APATOR, ci: 0x7a, access: 1, payload }),
  );
  expect(t.records).toEqual([]);
});

test('a payload that needs a key is locked, not unknown', () => {
  expect(decodeTelegram(na1(), { keyFor }).verified).toBe(true);
  const told = (key: Uint8Array | null): unknown[] => {
    const t = decodeTelegram(na1(), { keyFor: () => key });
    return [t.status, t.fault?.code, t.driver, t.records.length, t.payload];
  };
  expect(told(null)).toEqual(['encrypted', 'no_key', 'apator-na1', 0, null]);
  expect(told(new Uint8Array(16))).toEqual(['error', 'wrong_key', 'apator-na1', 0, null]);
  expect(told(new Uint8Array(8))).toEqual(['error', 'bad_key', 'apator-na1', 0, null]);
});

test('unknown versions and makers are left alone', () => {
  const payload = hex('A2069F339C0170062700');
  for (const stranger of [
    { ...WATER, version: 0x50 },
    { ...WATER, manufacturer: 'KLT' },
    { ...WATER, type: 0x37 },
  ]) {
    const t = decodeTelegram(telegramOf(stranger, payload));
    expect([t.driver, t.records]).toEqual([null, []]);
  }
});

test('the blueprint is a driver that works', () => {
  const address = { manufacturer: 'KLT', id: '00000001', version: 1, type: 7 };
  const payload = hex('A000' + '39300000' + '10270000' + '3F3C');
  const input = { address, addressBytes: writeLinkAddress(address), ci: 0xa0, payload };
  const records = readDriver(BLUEPRINT, input);
  expect(tell(Array.isArray(records) ? records : [])).toEqual([
    '0 volume 12.345 m3',
    '1 volume 10.000 m3',
    '1 date 2025-12-31',
  ]);
});

test('random payloads never throw', () => {
  const prng = createPrng(3);
  for (let i = 0; i < 400; i++) {
    const address = prng.pick([IZAR, WATER, HEAT, ALLOCATOR, ZENNER_METER, APATOR, ITN]);
    const payload = concatBytes(Uint8Array.of(prng.int(0xa0, 0xb8)), prng.bytes(prng.int(0, 30)));
    const t = decodeTelegram(telegramOf(address, payload));
    expect(toHex(t.frame)).toContain(toHex(payload));
  }
});
