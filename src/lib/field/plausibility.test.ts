import { describe, expect, test } from 'vitest';
import { DAY_MS } from '#lib/base/interval.ts';
import { judgeReading, type MeterPast } from './plausibility.ts';

const THEN = Date.UTC(2026, 9, 21);
const NOW = THEN + 30 * DAY_MS;
const WATER: MeterPast = {
  digits: 5,
  decimals: 3,
  register: 10,
  history: [[THEN, '1204317']],
  usualPerDay: ['133', '233'],
};
const code = (value: bigint, meter = WATER) => judgeReading(meter, value, NOW).doubt?.code ?? null;

describe('plausibility of a row of the round', () => {
  test.each([
    [1_209_800n, null],
    [1_204_317n, 'equal'],
    [1_204_500n, 'too-low'],
    [1_265_300n, 'too-high'],
    [1_199_000n, 'lower'],
  ])('%s is %s', (value, expected) => expect(code(value)).toBe(expected));

  test('names the figures of the sentence', () => {
    const { figures } = judgeReading(WATER, 1_265_317n, NOW);
    expect(figures).toMatchObject({ difference: 61_000n, last: 1_204_317n, lastAt: THEN });
    expect(Number(figures.perMonth)).toBeCloseTo(61_889, -2);
  });

  test('a dial that turned over is recognised, and its use is right', () => {
    const full = { ...WATER, history: [[THEN, '99998000']] as const };
    expect(judgeReading(full, 3_000n, NOW)).toMatchObject({
      doubt: { code: 'rollover' },
      figures: { difference: 5_000n },
    });
  });

  test('is silent without any past', () => {
    expect(code(5n, { ...WATER, history: [], usualPerDay: null })).toBeNull();
  });
});
