import { describe, expect, test } from 'vitest';
import { DAY_MS } from '#lib/base/interval.ts';
import type { ReadingCheck } from './types.ts';
import { validateReading } from './validate.ts';

const NOW = Date.UTC(2026, 10, 21, 9);

/** A cold water meter that showed 1204.300 thirty days ago; usual 130 to 230 l a day. */
const water = (value: number, more: Partial<ReadingCheck> = {}): ReadingCheck => ({
  register: 10,
  value: BigInt(value),
  at: NOW,
  digits: 5,
  history: [[NOW - 30 * DAY_MS, 1_204_300n]],
  usualPerDay: [130n, 230n],
  ...more,
});

const codes = (check: ReadingCheck): string[] => validateReading(check).verdicts.map((v) => v.code);

describe('the four cases and their neighbours', () => {
  test.each([
    ['plausible', water(1_209_700), []],
    ['equal', water(1_204_300), ['equal']],
    ['lower', water(1_204_200), ['lower']],
    ['too high', water(1_265_300), ['too-high']],
    ['too low', water(1_204_700), ['too-low']],
    ['replaced', water(312), ['replaced']],
    ['more digits than the dial has', water(100_000_000), ['beyond-dial']],
    ['negative', water(-1), ['negative']],
    ['a torrent', water(1_204_300 + 30 * 130_000), ['impossible']],
  ] as const)('%s', (_name, check, expected) => expect(codes(check)).toEqual(expected));

  test('a dial that went round is told apart and its use is counted over the end', () => {
    const check = water(2_300, { history: [[NOW - 30 * DAY_MS, 99_998_000n]] });
    const result = validateReading(check);
    expect(result.verdicts).toEqual([{ code: 'rollover', level: 'doubt' }]);
    expect(result.figures.difference).toBe(4_300n);
  });

  test('a register dated into the future doubts the clock and still checks the value', () => {
    expect(codes(water(1_265_300, { receivedAt: NOW - 10 * 60_000 }))).toEqual([
      'clock',
      'too-high',
    ]);
  });

  test('the numbers of the sentence: 61 m³ a month against the usual 4 to 7', () => {
    const { figures } = validateReading(water(1_204_300 + 60_124));
    expect(figures).toMatchObject({
      last: 1_204_300n,
      perDay: 2004n,
      perMonth: 60_999n,
      usualPerMonth: [3956n, 7000n],
    });
  });

  test('two readings of one day are not compared with a month', () => {
    const history = [[NOW - DAY_MS / 24, 1_204_300n]] as const;
    expect(codes(water(1_204_300, { history }))).toEqual([]);
    expect(codes(water(1_204_420, { history }))).toEqual([]);
    expect(codes(water(1_206_300, { history }))).toEqual(['too-high']);
  });

  test('without history nothing is doubted but the dial itself', () => {
    expect(codes(water(5, { history: [], usualPerDay: null }))).toEqual([]);
  });

  test('a room temperature may fall', () => {
    const check = water(2_050, { register: 20, history: [[NOW - DAY_MS, 2_200n]] });
    expect(codes({ ...check, usualPerDay: null })).toEqual([]);
  });

  test('history later than the reading is not held against it', () => {
    const history = [
      [NOW + DAY_MS, 1_300_000n],
      [NOW - 30 * DAY_MS, 1_204_300n],
    ] as const;
    expect(codes(water(1_209_700, { history }))).toEqual([]);
  });
});
