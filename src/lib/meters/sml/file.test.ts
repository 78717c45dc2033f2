import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, fromHex, fromLatin1, toHex } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { createPrng } from '#lib/base/prng.ts';
import { decodeSmlFile, encodeSmlFile } from './file.ts';
import { parseObis, readTime, type SmlEntry, type SmlTime } from './list.ts';
import { decodeMessages, encodeMessages } from './message.ts';
import { describeProof, provenPower } from './sign-quirk.ts';
import { int, list, octets, omitted, readSmlValue, uint, writeSmlValue } from './value.ts';
import type { SmlValue } from './value.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};
const SERVER = hex('0A014B4C540001E24001');

const number = (obis: string, unitCode: number, raw: bigint, more: object = {}): SmlEntry => ({
  obis,
  status: null,
  time: null,
  unitCode,
  unit: unitCode === 27 ? 'W' : 'Wh',
  scaler: -1,
  content: { kind: 'number', value: { units: raw, scale: -1 }, raw, size: 8 },
  ...more,
});

const ENTRIES: readonly SmlEntry[] = [
  {
    obis: '129-129:199.130.3*255',
    status: null,
    time: null,
    unitCode: null,
    unit: null,
    scaler: 0,
    content: { kind: 'octets', bytes: fromLatin1('KLT') },
  },
  number('1-0:1.8.0*255', 30, 54_301_577n, { status: 0x182n }),
  number('1-0:16.7.0*255', 27, -29_912n, {
    time: { kind: 'timestamp', seconds: 1_700_000_000, localMinutes: 60, seasonMinutes: 0 },
  }),
];
const TIME: SmlTime = { kind: 'index', seconds: 99_043_543 };
const FILE = { serverId: SERVER, time: TIME, entries: ENTRIES, fileId: 7 };

describe('type-length fields', () => {
  const VALUES: readonly (readonly [string, SmlValue])[] = [
    ['01', omitted],
    ['00', { kind: 'end' }],
    ['04414243', octets(hex('414243'))],
    ['4201', { kind: 'bool', value: true }],
    ['52FF', int(-1, 1)],
    ['548000FF', int(-8_388_353, 3)],
    ['6201', uint(1, 1)],
    ['63FFFF', uint(65_535, 2)],
    ['69FFFFFFFFFFFFFFFF', uint(0xffffffffffffffffn, 8)],
    ['7252FF01', list(int(-1, 1), omitted)],
    [`8302${'AA'.repeat(48)}`, octets(new Uint8Array(48).fill(0xaa))],
    [`F100${'01'.repeat(16)}`, list(...new Array<SmlValue>(16).fill(omitted))],
  ];

  test.each(VALUES)('%s', (text, value) => {
    expect(readSmlValue(new ByteReader(hex(text)))).toEqual({ ok: true, value });
    const writer = new ByteWriter();
    writeSmlValue(writer, value);
    expect(toHex(writer.done())).toBe(text);
  });

  test.each(['', '05AABB', '8', '63FF', '7301', 'F00F01', '51', '9101', '6AAABBCCDDEEFF001122'])(
    '%j is refused',
    (text) => {
      const bytes = fromHex(text);
      expect(readSmlValue(new ByteReader(bytes.ok ? bytes.value : hex('F0'))).ok).toBe(false);
    },
  );

  test('nested lists end at a limit', () => {
    expect(readSmlValue(new ByteReader(new Uint8Array(5000).fill(0x71)))).toMatchObject({
      ok: false,
      error: { code: 'bad_value' },
    });
  });
});

test('what a meter pushes is read as it was written', () => {
  for (const crc of ['x25', 'kermit'] as const) {
    const file = decodeSmlFile(encodeSmlFile({ ...FILE, crc }));
    expect(file).toMatchObject({ fault: null, serverId: SERVER, time: TIME });
    expect(file.entries).toEqual(ENTRIES);
    expect(file.quirks).toEqual(crc === 'kermit' ? ['message_kermit'] : []);
    expect(file.messages.map(({ name }) => name)).toEqual([
      'open-response',
      'get-list-response',
      'close-response',
    ]);
  }
});

test('a wrong check sum inside a proved file is told and read over', () => {
  const bytes = encodeSmlFile(FILE);
  bytes[bytes.length - 2]! ^= 1;
  expect(decodeSmlFile(bytes)).toMatchObject({ fault: null, quirks: ['message_crc'] });
});

test('every cut is a fault or loses the later messages', () => {
  const bytes = encodeSmlFile(FILE);
  for (let end = 0; end < bytes.length; end++) {
    const { messages, fault } = decodeMessages(bytes.subarray(0, end));
    expect(fault !== null || messages.length < 3, `cut at ${end}`).toBe(true);
  }
});

test('times: choice, bare number of Holley, local timestamp, nothing', () => {
  expect(readTime(list(uint(1, 1), uint(5, 4)))).toEqual({ kind: 'index', seconds: 5 });
  expect(readTime(uint(5, 4))).toEqual({ kind: 'index', seconds: 5 });
  expect(readTime(list(uint(2, 1), uint(9, 4)))).toMatchObject({ kind: 'timestamp', seconds: 9 });
  const local = list(uint(3, 1), list(uint(9, 4), int(60, 2), int(60, 2)));
  expect(readTime(local)).toMatchObject({ seconds: 9, localMinutes: 60, seasonMinutes: 60 });
  expect(readTime(omitted)).toBeNull();
  expect(readTime(list(uint(9, 1), uint(9, 4)))).toBeNull();
});

describe('other answers', () => {
  const message = (name: Parameters<typeof encodeMessages>[0][0]['name'], elements: object) =>
    encodeMessages([
      {
        transactionId: hex('01'),
        groupNo: 0,
        name,
        elements: elements as Record<string, SmlValue>,
      },
    ]);
  const obis = (text: string) => octets(parseObis(text)!);

  test('a profile of several periods', () => {
    const period = (at: number, value: number) =>
      list(list(uint(2, 1), uint(at, 4)), uint(0, 1), list(list(uint(value, 4), omitted)), omitted);
    const file = decodeSmlFile(
      message('get-profile-pack-response', {
        serverId: octets(SERVER),
        headerList: list(list(obis('1-0:1.8.0*255'), uint(30, 1), int(-1, 1))),
        periodList: list(period(900, 11), period(1800, 12)),
      }),
    );
    expect(file.fault).toBeNull();
    expect(
      file.entries.map(({ time, content }) => [
        time?.seconds,
        content.kind === 'number' && formatDecimal(content.value),
      ]),
    ).toEqual([
      [900, '1.1'],
      [1800, '1.2'],
    ]);
  });

  test('a profile of one period', () => {
    const file = decodeSmlFile(
      message('get-profile-list-response', {
        serverId: octets(SERVER),
        valTime: list(uint(2, 1), uint(60, 4)),
        status: uint(3, 1),
        periodList: list(list(obis('1-0:1.8.0*255'), uint(30, 1), int(0, 1), uint(5, 1), omitted)),
      }),
    );
    expect(file.entries).toMatchObject([{ obis: '1-0:1.8.0*255', unit: 'Wh', status: 3n }]);
  });

  test('an attention is the meter’s refusal; a broken list and an unknown tag are told', () => {
    const refusal = message('attention-response', { serverId: octets(SERVER) });
    expect(decodeSmlFile(refusal).fault).toMatchObject({ code: 'application_error' });
    const broken = message('get-list-response', { valList: list(list(obis('1-0:1.8.0*255'))) });
    expect(decodeSmlFile(broken).fault).toMatchObject({ code: 'bad_list' });
    expect(decodeSmlFile(message('get-list-response', {})).fault).toMatchObject({
      code: 'bad_list',
    });
  });
});

describe('the short integers of DZG', () => {
  const serverId = hex('0A01445A470001E24001');
  const at = (imported: bigint, exported: bigint, power: bigint, size = 2) => ({
    serverId,
    entries: [
      number('1-0:1.8.0*255', 30, imported),
      number('1-0:2.8.0*255', 30, exported),
      number('1-0:16.7.0*255', 27, power, {
        content: { kind: 'number', value: { units: power, scale: -1 }, raw: power, size },
      }),
    ],
  });

  test('are corrected when the registers prove the direction, and only then', () => {
    const power = provenPower(at(10n, 5n, 1n), at(11n, 5n, -29_912n));
    expect(power && describeProof(power)).toBe('1-0:16.7.0*255 means 3562.4');
    expect(provenPower(at(10n, 5n, 1n), at(10n, 5n, -29_912n))).toBeNull();
    expect(provenPower(at(10n, 5n, 1n), at(11n, 6n, -29_912n))).toBeNull();
    expect(provenPower(at(10n, 5n, 1n), at(11n, 5n, 29_912n))).toBeNull();
    expect(provenPower(at(10n, 5n, 1n), at(11n, 5n, -29_912n, 4))).toBeNull();
    const other = { ...at(11n, 5n, -29_912n), serverId: SERVER };
    expect(provenPower(at(10n, 5n, 1n), other)).toBeNull();
  });
});

test('mutated files never throw', () => {
  const prng = createPrng(104);
  const good = encodeSmlFile(FILE);
  for (let i = 0; i < 3000; i++) {
    const bytes = prng.chance(0.1) ? prng.bytes(prng.int(1, 60)) : good.slice();
    for (let n = prng.int(1, 4); n > 0; n--) bytes[prng.int(0, bytes.length)] = prng.int(0, 256);
    const file = decodeSmlFile(bytes);
    expect(file.fault === null || /^[a-z_]+$/.test(file.fault.code)).toBe(true);
  }
});
