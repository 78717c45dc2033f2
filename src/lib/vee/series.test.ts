import { describe, expect, test } from 'vitest';
import { estimateGaps, spreadTotal } from './estimate.ts';
import { validateClock, validateSeries } from './validate-series.ts';

/** A register that counts `flow(hour)` an hour. */
const register = (hours: number, flow: (i: number) => number): Float64Array => {
  const values = new Float64Array(hours + 1);
  for (let i = 0; i < hours; i++) values[i + 1] = values[i]! + flow(i);
  return values;
};
const wave = (i: number): number => (i % 24 < 6 ? 0 : 5 + ((i * 7) % 11));

describe('rules over a series', () => {
  test('a clean series has no findings', () => {
    expect(validateSeries(register(2000, wave), { modulus: null })).toEqual([]);
  });

  test('gap, step back, spike, standstill and constant flow are named with their hours', () => {
    const values = register(2000, (i) => {
      if (i >= 1000 && i < 1080) return 0;
      if (i >= 1500 && i < 1510) return 3;
      return i === 700 ? 500 : wave(i);
    });
    values.fill(NaN, 300, 331);
    values[1700] = values[1700]! - 400;
    const found = validateSeries(values, { modulus: null }).map((f) => [
      f.code,
      f.fromSlot,
      f.toSlot,
    ]);
    expect(found).toContainEqual(['gap', 300, 331]);
    expect(found).toContainEqual(['spike', 700, 701]);
    expect(found).toContainEqual(['stuck', 1000, 1086]);
    expect(found).toContainEqual(['constant', 1500, 1510]);
    expect(found).toContainEqual(['negative', 1699, 1700]);
  });

  test('the end of the dial is no step back', () => {
    const values = register(400, wave).map((x) => (x + 99_000) % 100_000);
    const found = validateSeries(values, { modulus: 100_000 });
    expect(found.map((f) => f.code)).toEqual(['rollover']);
  });

  test('drift of a device clock', () => {
    expect(validateClock(30_000, 0).level).toBe('accept');
    expect(validateClock(90_000, 0).level).toBe('note');
    expect(validateClock(-200_000, 0)).toEqual({ level: 'doubt', driftMs: -200_000 });
  });
});

describe('estimation', () => {
  test('parts add up exactly, whatever the weights', () => {
    for (const total of [0, 1, 7, 1000, 12_345]) {
      const parts = spreadTotal(total, [0.1, 3, 0, 2.2, 0.7]);
      expect(parts.reduce((a, b) => a + b, 0)).toBe(total);
      expect(parts.every((p) => p >= 0)).toBe(true);
    }
    expect(spreadTotal(6, [0, 0, 0])).toEqual([2, 2, 2]);
  });

  test('two hours become a line', () => {
    const values = Float64Array.from([10, 20, NaN, NaN, 50, 60]);
    const [estimate] = estimateGaps(values, 0);
    expect(estimate!.method).toBe('linear');
    expect([...estimate!.values]).toEqual([10, 20, 30, 40, 50, 60]);
  });

  test('a day takes the shape of the weeks before and keeps the total', () => {
    const truth = register(24 * 35, wave);
    const values = truth.slice();
    values.fill(NaN, 24 * 30 + 1, 24 * 31);
    const [estimate] = estimateGaps(values, 0);
    expect(estimate!.method).toBe('profile');
    const filled = estimate!.values;
    expect(filled[24 * 31]).toBe(truth[24 * 31]);
    // Nothing is used at night in this home, so nothing is estimated there.
    expect(filled[24 * 30 + 6]! - filled[24 * 30]!).toBe(0);
    const worst = Math.max(...filled.map((x, i) => Math.abs(x - truth[i]!)));
    expect(worst).toBeLessThan(20);
  });

  test('an open end is left open', () => {
    expect(estimateGaps(Float64Array.from([1, 2, NaN, NaN]), 0)).toEqual([]);
  });
});
