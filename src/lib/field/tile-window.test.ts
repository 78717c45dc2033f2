import { describe, expect, test } from 'vitest';
import { tileWindow } from './tile-window.ts';

describe('the picture of a round', () => {
  test('shows a house whole, with smaller tiles the larger it is', () => {
    expect(tileWindow(60, 3)).toEqual({ perRow: 12, from: 0, to: 60 });
    expect(tileWindow(150, 149)).toEqual({ perRow: 18, from: 0, to: 150 });
    expect(tileWindow(480, 0)).toEqual({ perRow: 24, from: 0, to: 480 });
  });

  test('of ten thousand shows whole rows around the next meter', () => {
    for (const next of [-1, 0, 200, 5000, 9990, 9999]) {
      const { from, to, perRow } = tileWindow(10_000, next);
      expect(from % perRow).toBe(0);
      expect(to - from).toBeLessThanOrEqual(480);
      expect(to - from).toBeGreaterThan(450);
      expect(to).toBeLessThanOrEqual(10_000);
      if (next >= 0) expect(from <= next && next < to).toBe(true);
    }
  });
});
