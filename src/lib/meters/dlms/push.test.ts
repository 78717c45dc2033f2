import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, fromLatin1, toHex } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { createPrng } from '#lib/base/prng.ts';
import { encodeApdu, type Apdu } from './apdu.ts';
import { encodeData, type DlmsData } from './axdr.ts';
import { encodeDateTime, formatLocal, instantOf, readDateTime } from './date-time.ts';
import { LLC_RESPONSE } from './hdlc/assemble.ts';
import { encodeHdlc } from './hdlc/frame.ts';
import { stuff, withFlags } from './hdlc/stream.ts';
import { encodeMbusMessage } from './mbus-segment.ts';
import { formatObis, parseObis } from './obis.ts';
import { namePositional } from './positional.ts';
import { readPush } from './push.ts';
import { readControl, sealApdu } from './security.ts';
import { toUtf8 } from './text.ts';
import { scaledOf, unitOf, valuesOf } from './values.ts';
import { encodeWrapped } from './wrapper.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

const obis = (text: string): DlmsData => ({ type: 'octet-string', value: parseObis(text)! });
const u32 = (value: bigint): DlmsData => ({ type: 'double-long-unsigned', value });
const u16 = (value: bigint): DlmsData => ({ type: 'long-unsigned', value });
const i8 = (value: bigint): DlmsData => ({ type: 'integer', value });
const text = (value: string): DlmsData => ({ type: 'visible-string', value: fromLatin1(value) });
const structure = (...value: DlmsData[]): DlmsData => ({ type: 'structure', value });
const array = (...value: DlmsData[]): DlmsData => ({ type: 'array', value });
const scale = (scaler: bigint, unit: bigint): DlmsData =>
  structure(i8(scaler), { type: 'enum', value: unit });

const seen = (body: DlmsData): string[] =>
  valuesOf(body).map((value) => {
    const number = scaledOf(value);
    return `${value.obis} ${number ? formatDecimal(number) : value.data.type} ${unitOf(value)}`;
  });

describe('values of a body', () => {
  test('structures of OBIS, value, scaler and unit', () => {
    const body = array(
      structure(obis('0-0:96.1.0'), text('12345678')),
      structure(obis('1-0:1.7.0'), u32(280n), scale(0n, 27n)),
      structure(obis('1-0:32.7.0'), u16(2307n), scale(-1n, 35n)),
      structure(obis('1-0:13.7.0'), u16(98n), i8(-2n), { type: 'enum', value: 255n }),
    );
    expect(seen(body)).toEqual([
      '0-0:96.1.0*255 visible-string null',
      '1-0:1.7.0*255 280 W',
      '1-0:32.7.0*255 230.7 V',
      '1-0:13.7.0*255 0.98 ',
    ]);
  });

  test('OBIS and value in turn, behind the name of the list', () => {
    const body = structure(
      text('Meter_V1'),
      obis('1-1:1.7.0'),
      u32(556n),
      obis('1-1:32.7.0'),
      u16(230n),
      obis('1-1:1.8.0'),
      u32(4786979n),
      scale(1n, 30n),
      obis('1-1:0.0.5'),
      text('5706'),
    );
    expect(seen(body)).toEqual([
      '1-1:1.7.0*255 556 null',
      '1-1:32.7.0*255 230 null',
      '1-1:1.8.0*255 47869790 Wh',
      '1-1:0.0.5*255 visible-string null',
    ]);
  });

  const descriptor = (classId: bigint, code: string, attribute = 2n): DlmsData =>
    structure(u16(classId), obis(code), i8(attribute), u16(0n));

  test('descriptors that name their own list, then the values', () => {
    const list = array(descriptor(40n, '0-8:25.9.0'), descriptor(3n, '1-0:1.8.0'));
    const values = valuesOf(structure(list, u32(21956n)));
    expect(values).toMatchObject([{ obis: '1-0:1.8.0*255', classId: 3, attribute: 2 }]);
  });

  test('descriptors that name the values behind them only', () => {
    const list = array(descriptor(3n, '1-0:1.8.0'), descriptor(3n, '1-0:2.8.0'));
    expect(seen(structure(list, u32(1n), u32(2n)))).toEqual([
      '1-0:1.8.0*255 1 null',
      '1-0:2.8.0*255 2 null',
    ]);
  });

  test('a text of six characters is no OBIS code', () => {
    const digits: DlmsData = { type: 'octet-string', value: fromLatin1('160456') };
    expect(seen(structure(digits, u32(1n)))).toEqual([]);
    expect(seen(structure(obis('0-0:96.1.1'), digits))).toHaveLength(1);
  });

  test('lists by position are named apart', () => {
    const identity = [text('KFM_001'), text('6970631400000000'), text('MA304H3E')];
    const numbers = [9745n, 0n, 0n, 435n, 33812n, 1n, 2n, 2300n, 2310n, 2320n].map(u32);
    const named = namePositional(structure(...identity, ...numbers));
    expect(named?.list).toBe('kaifa-2-3p');
    const current = named?.values.find(({ obis: code }) => code === '1-0:31.7.0*255');
    expect(current).toMatchObject({ unit: 'A', number: { units: 33812n, scale: -3 } });
    expect(valuesOf(structure(...identity, ...numbers))).toEqual([]);
    expect(namePositional(structure(text('OTHER'), ...identity, ...numbers))).toBeNull();
  });
});

const BODY = structure(obis('1-0:1.8.0'), u32(123456n), scale(0n, 30n));
const NOTIFICATION: Apdu = {
  type: 'data-notification',
  longInvoke: 0x40000001,
  dateTime: { bytes: encodeDateTime(Date.UTC(2026, 9, 14, 6, 0, 0), -120, true), isTagged: false },
  data: encodeData(BODY),
};
const PLAIN = encodeApdu(NOTIFICATION);
const KEY = hex('000102030405060708090A0B0C0D0E0F');
const AUTH_KEY = hex('D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF');
const TITLE = hex('4B4C540000000001');
const SEALED = encodeApdu({
  type: 'general-glo-ciphering',
  systemTitle: TITLE,
  ciphered: sealApdu(PLAIN, {
    control: readControl(0x30),
    systemTitle: TITLE,
    invocationCounter: 9,
    key: KEY,
    authKey: AUTH_KEY,
  }),
});
const NO_KEYS = { key: null, authKey: null };
const BOTH_KEYS = { key: KEY, authKey: AUTH_KEY };

/** As an HDLC meter sends it: UI frames of `size` bytes of information. */
function inFrames(message: Uint8Array, size: number): Uint8Array {
  const whole = concatBytes(LLC_RESPONSE, message);
  const out: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += size) {
    const frame = encodeHdlc({
      type: 'UI',
      destination: { upper: 103, lower: null },
      source: { upper: 1, lower: 17 },
      isSegmented: at + size < whole.length,
      isFinal: false,
      send: null,
      receive: null,
      payload: whole.subarray(at, at + size),
    });
    out.push(withFlags(frame));
  }
  return concatBytes(...out);
}

function inBlocks(apdu: Uint8Array, size: number, without = 0): Uint8Array {
  const out: Uint8Array[] = [];
  const count = Math.ceil(apdu.length / size);
  for (let i = 1; i <= count; i++) {
    const block = encodeApdu({
      type: 'general-block-transfer',
      control: i === count ? 0x80 : 0x40,
      blockNumber: i,
      blockNumberAck: 0,
      data: apdu.subarray((i - 1) * size, i * size),
    });
    if (i !== without) out.push(inFrames(block, 200));
  }
  return concatBytes(...out);
}

const CARRIERS: readonly (readonly [name: string, wrap: (apdu: Uint8Array) => Uint8Array])[] = [
  ['hdlc', (apdu) => inFrames(apdu, 200)],
  ['hdlc', (apdu) => inFrames(apdu, 21)],
  ['hdlc', (apdu) => concatBytes(hex('0011'), inFrames(apdu, 33), hex('00'))],
  ['hdlc', (apdu) => inBlocks(apdu, 17)],
  ['mbus', (apdu) => encodeMbusMessage(apdu)],
  ['mbus', (apdu) => encodeMbusMessage(apdu, 10)],
  ['wrapper', (apdu) => encodeWrapped({ source: 1, destination: 1, apdu })],
  ['apdu', (apdu) => apdu],
  ['apdu', (apdu) => concatBytes(LLC_RESPONSE, apdu)],
];

describe('a notification in every carrier', () => {
  test.each(CARRIERS)('%s', (carrier, wrap) => {
    for (const [apdu, keys] of [
      [PLAIN, NO_KEYS],
      [SEALED, BOTH_KEYS],
      [SEALED, { key: KEY, authKey: null }],
    ] as const) {
      const push = readPush(wrap(apdu), keys);
      expect(push.fault).toBeNull();
      expect(push.carrier).toBe(carrier);
      expect(push.notifications).toHaveLength(1);
      expect(push.notifications[0]?.body).toEqual(BODY);
    }
    const closed = readPush(wrap(SEALED), NO_KEYS);
    expect(closed.fault?.code).toBe('no_key');
    expect(closed.notifications[0]?.security?.invocationCounter).toBe(9);
    expect(closed.notifications[0]?.body).toBeNull();
    const forged = readPush(wrap(SEALED), { key: KEY, authKey: KEY });
    expect(forged.fault?.code).toBe('bad_tag');
    expect(forged.notifications[0]?.body).toBeNull();
  });

  test('a truncated stream never gives a body that was not sent', () => {
    for (const [, wrap] of CARRIERS) {
      const whole = wrap(SEALED);
      for (let n = 0; n < whole.length; n++) {
        for (const { body } of readPush(whole.subarray(0, n), BOTH_KEYS).notifications) {
          if (body) expect(body).toEqual(BODY);
        }
      }
    }
  });

  test('a changed byte gives a fault or the same body', () => {
    const prng = createPrng(52);
    for (const [, wrap] of CARRIERS) {
      for (let i = 0; i < 150; i++) {
        const bytes = wrap(SEALED).slice();
        bytes[prng.int(0, bytes.length)]! ^= 1 << prng.int(0, 8);
        const push = readPush(bytes, BOTH_KEYS);
        for (const { body } of push.notifications) if (body) expect(body).toEqual(BODY);
      }
    }
  });

  test('a lost block and a damaged frame are told', () => {
    expect(readPush(inBlocks(PLAIN, 10, 2), NO_KEYS).fault?.code).toBe('lost_block');
    const last = Math.ceil(PLAIN.length / 10);
    expect(readPush(inBlocks(PLAIN, 10, last), NO_KEYS).fault?.code).toBe('truncated');
    const bytes = inFrames(PLAIN, 20).slice();
    bytes[15]! ^= 1;
    const push = readPush(bytes, NO_KEYS);
    expect(push.fault?.code).toBe('bad_fcs');
    expect(push.notifications).toEqual([]);
  });

  test('a port that stuffs octets is found out', () => {
    const frame = encodeHdlc({
      type: 'UI',
      destination: { upper: 103, lower: null },
      source: { upper: 1, lower: 17 },
      isSegmented: false,
      isFinal: false,
      send: null,
      receive: null,
      payload: concatBytes(LLC_RESPONSE, encodeApdu({ ...NOTIFICATION, longInvoke: 0x7e7d7e })),
    });
    const push = readPush(withFlags(stuff(frame)), NO_KEYS);
    expect(push.fault).toBeNull();
    expect(push.notifications[0]?.body).toEqual(BODY);
  });

  test('random bytes are a fault', () => {
    const prng = createPrng(7);
    for (let i = 0; i < 800; i++) {
      const bytes = prng.bytes(prng.int(0, 80));
      bytes[0] = prng.pick([0x7e, 0x68, 0xdb, 0x0f, 0xe0, 0, bytes[0] ?? 0]);
      const push = readPush(bytes, BOTH_KEYS);
      expect(push.fault !== null || push.notifications.length > 0).toBe(true);
    }
  });
});

test('date and time: local wall clock, UTC instant, unspecified fields', () => {
  const at = Date.UTC(2026, 2, 29, 0, 59, 58);
  const bytes = encodeDateTime(at, -60);
  expect(toHex(bytes)).toBe('07EA031D07013B3A00FFC400');
  const time = readDateTime(bytes)!;
  expect(formatLocal(time)).toBe('2026-03-29T01:59:58');
  expect(instantOf(time)).toBe(at);
  const unspecified = readDateTime(hex('07EAFFFFFFFFFFFFFF800000'))!;
  expect(formatLocal(unspecified)).toBeNull();
  expect(instantOf({ ...time, deviationMin: null })).toBeNull();
  expect(instantOf({ ...time, status: 1 })).toBeNull();
  expect(readDateTime(hex('07EA'))).toBeNull();
});

test('OBIS text', () => {
  expect(formatObis(parseObis('1-0:1.8.0')!)).toBe('1-0:1.8.0*255');
  expect(parseObis('1-0:1.8.300')).toBeNull();
  expect(parseObis('1.8.0')).toBeNull();
});

test('UTF-8 of all lengths, broken sequences replaced', () => {
  expect(toUtf8(hex('41C3A4E282ACF09F98BA'))).toBe('A\u00e4\u20ac\ud83d\ude3a');
  expect(toUtf8(hex('C0AFEDA08041FF'))).toBe('\ufffd\ufffd\ufffd\ufffd\ufffdA\ufffd');
});
