import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { packDay, packHours, packMonth, unpackProfile } from './load-profile.ts';
import type { ProfilePoint } from './load-profile.ts';

const FEB = Date.UTC(2026, 1, 1);

/** Hourly points with gaps; steps of every size that int4 holds, backwards too. */
const profile = (slots: number, start: number) =>
  fc
    .record({
      base: fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n }),
      steps: fc.array(
        fc.record({
          gap: fc.boolean(),
          step: fc.oneof(
            fc.integer({ min: -3, max: 900 }),
            fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
          ),
          status: fc.constantFrom(0, 0, 0, 8, 128, 255),
        }),
        { minLength: 1, maxLength: slots },
      ),
    })
    .map(({ base, steps }) => {
      let value = base;
      const points: ProfilePoint[] = [];
      steps.forEach(({ gap, step, status }, slot) => {
        if (gap && slot < steps.length - 1) return;
        value += BigInt(points.length ? step : 0);
        points.push({ at: start + slot * HOUR_MS, value, status });
      });
      return points;
    });

describe('packing', () => {
  test('a month comes back bit for bit, in any order of arrival', () => {
    fc.assert(
      fc.property(profile(672, FEB), fc.boolean(), (points, backwards) => {
        const packed = packMonth(FEB, backwards ? points.toReversed() : points);
        if (!packed.ok) throw new Error(packed.error.code);
        expect(unpackProfile(packed.value)).toEqual(points);
        const count = [...packed.value.present].filter((bit) => bit === '1').length;
        expect(count).toBe(points.length);
        expect(packed.value.present).toHaveLength(28 * 24);
        const fits = packed.value.increments.every((d) => d >= -32768 && d <= 32767);
        expect(packed.value.width).toBe(fits ? 2 : 4);
      }),
      { numRuns: 60 },
    );
  });

  test('a day comes back bit for bit', () => {
    const day = FEB + 5 * DAY_MS;
    fc.assert(
      fc.property(profile(24, day), (points) => {
        const packed = packDay(day, points);
        if (!packed.ok) throw new Error(packed.error.code);
        expect(packed.value.increments).toHaveLength(24);
        expect(unpackProfile(packed.value)).toEqual(points);
      }),
    );
  });

  test('gaps hold the value and stay gaps', () => {
    const points = [
      { at: FEB + HOUR_MS, value: 100n, status: 0 },
      { at: FEB + 5 * HOUR_MS, value: 130n, status: 0 },
    ];
    const packed = packDay(FEB, points);
    if (!packed.ok) throw new Error(packed.error.code);
    expect(packed.value.present).toBe('010001'.padEnd(24, '0'));
    expect(packed.value.increments.slice(0, 7)).toEqual([0, 0, 0, 0, 0, 30, 0]);
    expect(packed.value.status).toBeNull();
  });

  test('what does not fit is refused by name, so that the caller keeps rows', () => {
    const at = (hours: number, value = 0n) => ({ at: FEB + hours * HOUR_MS, value, status: 0 });
    const code = (points: ProfilePoint[]) => {
      const packed = packMonth(FEB, points);
      return packed.ok ? 'ok' : packed.error.code;
    };
    expect(code([])).toBe('empty');
    expect(code([at(0.5)])).toBe('off_hour');
    expect(code([at(28 * 24)])).toBe('outside');
    expect(code([at(-1)])).toBe('outside');
    expect(code([at(3), at(3, 1n)])).toBe('twice');
    expect(code([at(0), at(1, 2n ** 31n)])).toBe('overflow');
    expect(code([at(0), at(1, 2n ** 31n - 1n), at(2, -1n)])).toBe('ok');
  });

  test('numbers an hour pack to the same as points', () => {
    const hour = fc.oneof(fc.constant(NaN), fc.integer({ min: 0, max: 2 ** 31 - 1 }));
    fc.assert(
      fc.property(
        fc.array(hour, { minLength: 1, maxLength: 100 }),
        fc.nat(255),
        (values, status) => {
          const points = values.flatMap((value, slot) =>
            Number.isNaN(value) ? [] : [{ at: FEB + slot * HOUR_MS, value: BigInt(value), status }],
          );
          const packed = packHours(FEB, values, status);
          const same = packMonth(FEB, points);
          expect(packed.ok).toBe(same.ok);
          if (packed.ok && same.ok) {
            expect(unpackProfile(packed.value)).toEqual(points);
            expect(packed.value.present).toBe(same.value.present);
            expect(packed.value.width).toBe(same.value.width);
          }
        },
      ),
    );
  });
});
