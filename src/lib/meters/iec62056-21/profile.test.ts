import { describe, expect, test } from 'vitest';
import { formatDecimal } from '#lib/base/decimal.ts';
import { createPrng } from '#lib/base/prng.ts';
import { parseDataSets } from './data-set.ts';
import {
  formatProfile,
  formatProfileTime,
  parseProfiles,
  parseProfileTime,
  profileEntries,
  profileInstant,
  type ProfileBlock,
} from './profile.ts';

function read(text: string) {
  const sets = parseDataSets(text);
  return sets.ok ? parseProfiles(sets.value) : sets;
}

function blocks(text: string): readonly ProfileBlock[] {
  const got = read(text);
  if (!got.ok) throw new Error(got.error.detail);
  return got.value;
}

const P01 =
  'P.01(0260301001500)(00000000)(15)(2)(1-1:1.5.0)(kW)(1-1:2.5.0)(kW)\r\n' +
  '(0.41200)(0.00000)\r\n(0.39900)(-.-----)\r\n';

test('a series over lines: columns, rows, and the end of each period', () => {
  const [block] = blocks(`0.0.0(12345678)\r\n${P01}1.8.0(5*kWh)\r\n`);
  expect(block).toMatchObject({
    address: 'P.01',
    status: '00000000',
    periodMinutes: 15,
    columns: [
      { code: '1-1:1.5.0', unit: 'kW' },
      { code: '1-1:2.5.0', unit: 'kW' },
    ],
  });
  const rows = profileEntries(block!).map(({ code, local, value }) => [
    code,
    local,
    formatDecimal(value),
  ]);
  expect(rows).toEqual([
    ['1-1:1.5.0', '2026-03-01T00:15:00', '0.41200'],
    ['1-1:2.5.0', '2026-03-01T00:15:00', '0.00000'],
    ['1-1:1.5.0', '2026-03-01T00:30:00', '0.39900'],
  ]);
  expect(formatProfile(block!)).toBe(P01);
});

test('a second header in the same profile begins a new block, P.02 is another profile', () => {
  const second = P01.replace('P.01(0260301001500)', 'P.01(1260329031500)');
  const [a, b, c] = blocks(`${P01}${second}${P01.replace('P.01', 'P.02')}`);
  expect([a, b, c].map((block) => [block?.address, block?.time.season])).toEqual([
    ['P.01', 'standard'],
    ['P.01', 'summer'],
    ['P.02', 'standard'],
  ]);
});

test('a log has no period, and columns only where an event has values', () => {
  const text =
    'P.98(1260826235646)(00008020)()(2)(0.9.1)()(0.9.2)()(1235703)(1260826)\r\n' +
    'P.98(1260901000000)(00000010)()(0)\r\n';
  const log = blocks(text);
  expect(log.map(({ time, status, rows }) => [time.local, status, rows.length])).toEqual([
    ['2026-08-26T23:56:46', '00008020', 1],
    ['2026-09-01T00:00:00', '00000010', 0],
  ]);
  expect(log.flatMap(profileEntries)).toEqual([]);
  expect(log.map(formatProfile).join('')).toBe(text);
});

describe('times', () => {
  test.each([
    ['1261025021500', 'summer', '2026-10-25T00:15:00.000Z'],
    ['0261025021500', 'standard', '2026-10-25T01:15:00.000Z'],
    ['2261025021500', 'utc', '2026-10-25T02:15:00.000Z'],
    ['02610250215', 'standard', '2026-10-25T01:15:00.000Z'],
  ])('%s', (text, season, instant) => {
    const time = parseProfileTime(text);
    expect(time?.season).toBe(season);
    expect(new Date(profileInstant(time!)!).toISOString()).toBe(instant);
    expect(parseProfileTime(formatProfileTime(time!))).toEqual(time);
  });

  test('without the season nothing is guessed', () => {
    expect(profileInstant(parseProfileTime('2610250215')!)).toBeNull();
  });

  test.each(['', '3261025021500', '0261325021500', '0261025021560', '0261025241500', '026'])(
    '%j is no time',
    (text) => expect(parseProfileTime(text)).toBeNull(),
  );
});

test.each([
  ['P.01(0260301001500)(00)(15)', 'header'],
  ['P.01(yesterday)(00)(15)(1)(1.5.0)(kW)(1)', 'time'],
  ['P.01(0260301001500)(00)(x)(1)(1.5.0)(kW)(1)', 'minutes'],
  ['P.01(0260301001500)(00)(15)(x)', 'number'],
  ['P.01(0260301001500)(00)(15)(2)(1.5.0)(kW)', 'columns'],
  ['P.01(0260301001500)(00)(15)(2)(1.5.0)(kW)(2.5.0)(kW)(1)(2)(3)', 'complete'],
  ['P.98(0260301001500)(00)()(0)(1)', 'complete'],
])('%s is refused', (text, word) => {
  const got = read(text);
  expect(got).toMatchObject({ ok: false, error: { code: 'bad_profile' } });
  expect(got.ok ? '' : got.error.detail).toContain(word);
});

test('cut and mutated profiles never throw, and a lost value shifts no column', () => {
  const prng = createPrng(98);
  for (let end = 0; end < P01.length; end++) {
    const got = read(P01.slice(0, end));
    for (const block of got.ok ? got.value : []) {
      expect(block.rows.every((row) => row.length === block.columns.length)).toBe(true);
    }
  }
  for (let i = 0; i < 2000; i++) {
    const at = prng.int(0, P01.length);
    const text = P01.slice(0, at) + String.fromCharCode(prng.int(0, 256)) + P01.slice(at + 1);
    const got = read(text);
    for (const block of got.ok ? got.value : []) {
      expect(block.rows.every((row) => row.length === block.columns.length)).toBe(true);
    }
  }
});
