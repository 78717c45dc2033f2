import { describe, expect, test } from 'vitest';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { createPrng } from '#lib/base/prng.ts';
import { formatObject, parseObjects, type P1Object } from './object.ts';
import { encodeP1, parseTelegram, type OutgoingTelegram } from './telegram.ts';
import { formatP1Time, instantOf, parseP1Time } from './time.ts';

const TELEGRAM: OutgoingTelegram = {
  manufacturer: 'KLT',
  identification: '5\\2KILTER',
  withCrc: true,
  objects: [
    { obis: '1-3:0.2.8', groups: ['50'] },
    { obis: '0-0:1.0.0', groups: ['261025023000W'] },
    { obis: '1-0:1.8.1', groups: ['004821.500*kWh'] },
    { obis: '1-0:1.7.0', groups: ['00.732*kW'] },
    { obis: '1-0:99.97.0', groups: ['1', '0-0:96.7.19', '260101120000W', '0000000240*s'] },
    { obis: '0-1:24.2.1', groups: ['261025020000S', '00012.345*m3'] },
  ],
};

const only = (line: string): P1Object => {
  const { objects, unreadable } = parseObjects(line);
  expect(unreadable).toEqual([]);
  expect(objects).toHaveLength(1);
  return objects[0]!;
};
const shown = ({ value }: Pick<P1Object, 'value'>): string =>
  value.kind === 'number'
    ? `${formatDecimal(value.value)} ${value.unit}`
    : value.kind === 'text'
      ? `"${value.text}"`
      : 'none';

describe('objects by their shape', () => {
  test.each([
    ['1-0:1.8.1(004821.500*kWh)', '4821.500 kWh', null],
    ['1-1:31.4.0(-063*A)', '-63 A', null],
    ['0-0:96.14.0(0002)', '"0002"', null],
    ['0-0:96.13.0()', '""', null],
    ['0-1:24.2.1(261025020000S)(00012.345*m3)', '12.345 m3', '2026-10-25T02:00:00'],
    ['0-2:24.2.1(632525252525S)(00000.000)', 'none', null],
    ['0-2:24.2.1(632525252525S)(00000.000*m3)', 'none', null],
    [
      '0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(00012.300)',
      '12.300 m3',
      '2009-02-12T16:00:00',
    ],
    ['0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)', 'none', '2009-02-12T16:00:00'],
    ['1-1:31.4.0(100*A)(-063*A)', 'none', null],
  ])('%s', (line, value, time) => {
    const object = only(line);
    expect(shown(object)).toBe(value);
    expect(object.time?.local ?? null).toBe(time);
    expect(parseObjects(formatObject(object)).objects).toEqual([object]);
  });

  test('a log of power failures and one of monthly peaks', () => {
    const failures = only(
      '1-0:99.97.0(2)(0-0:96.7.19)(260101120000W)(0000000240*s)(260201120000W)(0000000301*s)',
    );
    expect(failures.log.map((row) => [row.times[0]?.local, shown(row)])).toEqual([
      ['2026-01-01T12:00:00', '240 s'],
      ['2026-02-01T12:00:00', '301 s'],
    ]);
    const peaks = only(
      '0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(260501000000S)(260423192538S)(03.695*kW)',
    );
    expect(peaks.log).toHaveLength(1);
    expect(peaks.log[0]!.times.map(({ local }) => local)).toEqual([
      '2026-05-01T00:00:00',
      '2026-04-23T19:25:38',
    ]);
    expect(shown(peaks.log[0]!)).toBe('3.695 kW');
    expect(only('1-0:99.97.0(0)(0-0:96.7.19)').log).toEqual([]);
  });

  test('lines that are no object are handed out', () => {
    const { objects, unreadable } = parseObjects('(1)\r\n1-0:1.8.1(5*kWh\r\n1-0:2.8.1(6*kWh)\r\n');
    expect(objects.map(({ obis }) => obis)).toEqual(['1-0:2.8.1']);
    expect(unreadable).toEqual(['(1)', '1-0:1.8.1(5*kWh']);
  });
});

describe('times', () => {
  test('summer and winter time are instants, without a letter nothing is guessed', () => {
    const [summer, winter] = ['261025023000S', '261025023000W'].map((text) => parseP1Time(text)!);
    expect(new Date(instantOf(summer!)!).toISOString()).toBe('2026-10-25T00:30:00.000Z');
    expect(instantOf(winter!)! - instantOf(summer!)!).toBe(3_600_000);
    expect(instantOf(parseP1Time('261025023000')!)).toBeNull();
    expect(formatP1Time(winter!)).toBe('261025023000W');
  });

  test.each(['632525252525S', '260230000000W', '2610250230', '', '261025246000W'])(
    '%j is no time',
    (text) => expect(parseP1Time(text)).toBeNull(),
  );
});

test('a telegram goes and comes, with and without check sum', () => {
  for (const withCrc of [true, false]) {
    const read = parseTelegram(encodeP1({ ...TELEGRAM, withCrc }));
    if (!read.ok) throw new Error(read.error.detail);
    const { objects, crc, isWhole, unreadable } = read.value;
    expect(isWhole).toBe(true);
    expect(unreadable).toEqual([]);
    expect(objects.map(({ obis, groups }) => ({ obis, groups }))).toEqual(TELEGRAM.objects);
    expect(crc?.valid ?? null).toBe(withCrc ? true : null);
  }
});

test('every bit error in front of the check sum is noticed, every cut is told', () => {
  const bytes = encodeP1(TELEGRAM);
  const bang = bytes.lastIndexOf(0x21);
  for (let bit = 0; bit < bang * 8; bit++) {
    const broken = bytes.slice();
    broken[bit >> 3]! ^= 1 << (bit & 7);
    const read = parseTelegram(broken);
    expect(read.ok && read.value.crc?.valid === true, `bit ${bit}`).toBe(false);
  }
  for (let end = 0; end <= bang; end++) {
    const read = parseTelegram(bytes.subarray(0, end));
    expect(read.ok && read.value.isWhole, `cut at ${end}`).toBe(false);
  }
});

test('the parity of an old meter at an eight-bit port is taken off', () => {
  const bytes = encodeP1({ ...TELEGRAM, withCrc: false }).map((byte) => {
    const ones = byte.toString(2).replaceAll('0', '').length;
    return byte | ((ones & 1) << 7);
  });
  expect(bytes[0]).toBe(0xaf);
  expect(parseTelegram(bytes)).toMatchObject({ ok: true, value: { manufacturer: 'KLT' } });
});

test.each([
  ['', 'bad_header'],
  ['hello', 'bad_header'],
  ['/KLT5', 'truncated'],
  ['/K\r\n!', 'bad_header'],
])('%j is %s', (text, code) => {
  expect(parseTelegram(fromLatin1(text))).toMatchObject({ ok: false, error: { code } });
});

test('mutated telegrams never throw', () => {
  const prng = createPrng(1200);
  const good = encodeP1(TELEGRAM);
  for (let i = 0; i < 2000; i++) {
    const bytes = prng.chance(0.1) ? prng.bytes(prng.int(1, 90)) : good.slice();
    for (let n = prng.int(1, 5); n > 0; n--) bytes[prng.int(0, bytes.length)] = prng.int(0, 256);
    const read = parseTelegram(bytes);
    if (read.ok) expect(read.value.manufacturer).toHaveLength(3);
  }
});
