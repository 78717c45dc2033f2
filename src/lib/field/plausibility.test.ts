import { describe, expect, test } from 'vitest';
import { DAY_MS } from '#lib/base/interval.ts';
import { doubtOf, type MeterPast } from './plausibility.ts';

const THEN = Date.UTC(2026, 9, 21);
const NOW = THEN + 30 * DAY_MS;
const WATER: MeterPast = {
  digits: 5,
  decimals: 3,
  register: 10,
  history: [[THEN, '1204317']],
  usualPerDay: ['133', '233'],
};
const code = (value: bigint, meter = WATER, at = NOW) => doubtOf(meter, value, at)?.code ?? null;

describe('plausibility', () => {
  test.each([
    [1_209_800n, null],
    [1_204_317n, 'equal'],
    [1_204_500n, 'too-low'],
    [1_265_300n, 'too-high'],
    [1_199_000n, 'lower'],
    // A wet month: above the usual, yet below three times of it.
    [1_218_000n, null],
  ])('%s is %s', (value, expected) => expect(code(value)).toBe(expected));

  test('names the figures of the sentence', () => {
    expect(doubtOf(WATER, 1_265_317n, NOW)).toMatchObject({
      used: 61_000n,
      usedPerMonth: 61_000n,
      usualPerMonth: [3_990n, 6_990n],
      before: { at: THEN, value: 1_204_317n },
    });
  });

  test('a dial that turned over is recognised, and its use is right', () => {
    const full = { ...WATER, history: [[THEN, '99998000']] as const };
    expect(doubtOf(full, 3_000n, NOW)).toMatchObject({ code: 'rollover', used: 5_000n });
    expect(code(90_000_000n, full)).toBe('lower');
  });

  test('knows a meter by its own past when the server says nothing', () => {
    const own = {
      ...WATER,
      usualPerDay: null,
      history: [0, 1, 2, 3].map(
        (n) => [THEN - n * 30 * DAY_MS, `${1_204_317 - n * 5000}`] as const,
      ),
    };
    expect(code(1_209_300n, own)).toBeNull();
    expect(code(1_265_000n, own)).toBe('too-high');
  });

  test('is silent without any past, and about a second look on the same day', () => {
    expect(code(5n, { ...WATER, history: [] })).toBeNull();
    expect(code(1_204_317n, WATER, THEN + DAY_MS / 2)).toBeNull();
  });
});
