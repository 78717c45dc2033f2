import { describe, expect, test } from 'vitest';
import { createTown } from './town.ts';

const NOW = Date.UTC(2026, 10, 21, 9, 30);
const town = createTown({ seed: 14, nowAt: NOW });

describe('the town', () => {
  test('is as large as promised and ends at the last full hour', () => {
    expect(town.homes.filter((h) => h.kind === 'flat')).toHaveLength(120);
    expect(town.homes.filter((h) => h.house === 'Лесная, 14')).toHaveLength(60);
    expect(town.homes.filter((h) => h.kind === 'cottage')).toHaveLength(20);
    expect(town.toAt).toBe(Date.UTC(2026, 10, 21, 9));
    expect(town.fromAt).toBe(Date.UTC(2025, 8, 30, 21));
    expect(new Set(town.meters.map((m) => m.serial)).size).toBe(town.meters.length);
  });

  test('one seed, one town; another seed, another', () => {
    const again = createTown({ seed: 14, nowAt: NOW, months: 1 });
    const twice = createTown({ seed: 14, nowAt: NOW, months: 1 });
    expect(twice.series[200]).toEqual(again.series[200]);
    const other = createTown({ seed: 15, nowAt: NOW, months: 1 });
    expect(other.series[200]!.values).not.toEqual(again.series[200]!.values);
  });

  test('registers are whole numbers that never fall, temperatures are lived in', () => {
    for (const { values, register } of town.series) {
      let before = -Infinity;
      let low = Infinity;
      let high = -Infinity;
      for (const value of values) {
        if (Number.isNaN(value)) continue;
        if (!Number.isSafeInteger(value) || (register !== 20 && value < before)) {
          expect.unreachable(`register ${register} goes from ${before} to ${value}`);
        }
        before = value;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      if (register === 20) expect([low > 1400, high < 3300]).toEqual([true, true]);
    }
  });

  test('a house meter shows its homes and a little more', () => {
    for (const point of town.points.filter((p) => p.role === 'house')) {
      const used = (index: number): number => {
        const { values } = town.series.find(
          (s) => town.meters[s.meter]!.point === index && s.register !== 20,
        )!;
        return values[town.slots - 1]! - values[0]!;
      };
      const children = town.points.filter((p) => p.parent === point.index);
      const faulty = new Set(town.faults.flatMap((f) => f.meters));
      const touched = town.meters.some((m) => faulty.has(m.index) && isIn(m.point, children));
      if (touched) continue;
      const sum = children.reduce((total, p) => total + used(p.index), 0);
      const more = used(point.index) / sum - 1;
      expect(more).toBeGreaterThan(0);
      expect(more).toBeLessThan(0.2);
    }
  });

  test('winter is colder than summer and heat follows it', () => {
    const mean = (from: number, n: number): number =>
      town.weatherCdeg.slice(from, from + n).reduce((a, b) => a + b, 0) / n / 100;
    expect(mean(24 * 92, 24 * 59)).toBeLessThan(-1);
    expect(mean(24 * 262, 24 * 59)).toBeGreaterThan(13);
  });
});

const isIn = (point: number, list: readonly { index: number }[]): boolean =>
  list.some((p) => p.index === point);
