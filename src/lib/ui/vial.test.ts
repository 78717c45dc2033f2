import { describe, expect, test } from 'vitest';
import { scaleOf, ticksOf } from './vial.ts';

describe('the ruler of the vial', () => {
  test('its window holds every point with room on both sides', () => {
    for (const points of [
      [2600, 3250, 2712, 2893, 3144],
      [0.2, 0.9],
      [5, 5],
      [18.4, 22.1, 40],
    ]) {
      const { from, to, minor, major } = scaleOf(points);
      expect(from).toBeLessThanOrEqual(Math.min(...points));
      expect(to).toBeGreaterThan(Math.max(...points));
      expect(major / minor).toBeCloseTo(5);
    }
  });

  test('labels neither touch nor stand over the edge', () => {
    const width = 320;
    const scale = scaleOf([2600, 3250]);
    const labelled = ticksOf(scale, width, false).filter((tick) => tick.labelled);
    const x = labelled.map(({ value }) => ((value - scale.from) / (scale.to - scale.from)) * width);
    expect(labelled.length).toBeGreaterThan(1);
    x.slice(1).forEach((at, i) => expect(at - (x[i] ?? 0)).toBeGreaterThanOrEqual(63));
    x.forEach((at) => expect(Math.min(at, width - at)).toBeGreaterThanOrEqual(20));
  });

  test('where the ends may speak, they lean inwards', () => {
    const ticks = ticksOf({ from: 0.5, to: 1.5, minor: 0.1, major: 0.5 }, 350, true);
    const words = ticks.filter((tick) => tick.labelled);
    expect(words.map(({ side }) => side)).toEqual(['start', 'middle', 'end']);
  });
});
