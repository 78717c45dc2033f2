import { describe, expect, test } from 'vitest';
import { labelEvery, quietest, runsOf, slotWidth, valueScale } from './geometry.ts';
import { PATTERNS, patternsOf } from './pattern.ts';

const frame = { width: 350, height: 232, left: 26, top: 26, bottom: 26, count: 30 };

describe('charts', () => {
  test('start at zero, end above the greatest value, with at most five lines', () => {
    for (const greatest of [0, 0.3, 6.8, 141, 98_000]) {
      const { y, ticks } = valueScale(greatest, frame);
      expect(y(0)).toBe(206);
      expect(y(greatest)).toBeGreaterThanOrEqual(26);
      expect(ticks[0]).toBe(0);
      expect(ticks.length).toBeLessThanOrEqual(6);
    }
  });

  test('a gap in the data is a gap in the line', () => {
    const runs = runsOf([1, 2, null, null, 3], (y, x) => ({ x, y }));
    expect(runs.map((run) => run.length)).toEqual([2, 1]);
  });

  test('labels of the date axis keep apart', () => {
    const every = labelEvery(frame, 24);
    expect(every * slotWidth(frame)).toBeGreaterThanOrEqual(24);
  });

  test('a direct label goes where the drawing is lowest', () => {
    expect(quietest([9, 9, 1, 2, 9, 9], 2).middle).toBe(3);
  });
});

describe('patterns', () => {
  test('a meter keeps its shape whichever others are shown, and none is used twice', () => {
    const home = ['electricity', 'cold-water', 'cold-water', 'hot-water', 'hot-water', 'heat'];
    const patterns = patternsOf(home as Parameters<typeof patternsOf>[0]);
    expect(new Set(patterns).size).toBe(home.length);
    expect(patterns[1]).toBe('stripes');
    expect(patterns[3]).toBe('dots');
  });

  test('more meters than shapes still get one each', () => {
    const many = patternsOf(Array.from({ length: 12 }, () => 'cold-water' as const));
    expect(many).toHaveLength(12);
    many.forEach((pattern) => expect(PATTERNS).toContain(pattern));
  });
});
