import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { pointUsage, stayCourses, type MeterStay, type PointValue } from './point-usage.ts';

const MODULUS = 100_000_000;
const day = (n: number): number => n * DAY_MS;
const at = (n: number, value: number): PointValue => ({ at: day(n), value });
const days = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => day(from + i));

/** A meter from its start register to its end register, read in between. */
function stay(written: PointValue[], readings: PointValue[] = [], hangs = false): MeterStay {
  const [first, last] = [written[0]!, written.at(-1)!];
  const toAt = hangs ? null : last.at;
  return { fromAt: first.at, toAt, modulus: MODULUS, multiplier: 1, written, readings };
}

const total = (stays: readonly MeterStay[], bounds: readonly number[]): number =>
  pointUsage(stays, bounds).reduce((sum, { units }) => sum + (units ?? 0), 0);

function expectNoSpike(stays: readonly MeterStay[], bounds: number[], most: number): void {
  for (const { units } of pointUsage(stays, bounds)) {
    expect(units ?? 0).toBeGreaterThanOrEqual(0);
    expect(units ?? 0).toBeLessThanOrEqual(most);
  }
}

describe('the six ways a point makes a spike (X18)', () => {
  test('replacement: 12 345 m³ end, 0,017 m³ begin, and the day holds both halves', () => {
    const old = stay([at(0, 12_340_000), at(10.5, 12_345_000)], [at(10, 12_344_800)]);
    const fresh = stay([at(10.5, 17)], [at(11, 217), at(20, 4_217)], true);
    const bounds = days(0, 20);
    expect(total([old, fresh], bounds)).toBe(5_000 + 4_200);
    expect(pointUsage([old, fresh], bounds)[10]!.units).toBe(200 + 200);
    expectNoSpike([old, fresh], bounds, 600);
  });

  test('a used meter with a high start register adds nothing of its former life', () => {
    const old = stay([at(0, 1_000), at(5, 1_500)]);
    const used = stay([at(5, 87_654_321)], [at(2, 87_000_000), at(10, 87_654_821)], true);
    expect(total([old, used], days(0, 10))).toBe(1_000);
    expectNoSpike([old, used], days(0, 10), 100);
  });

  test('reset in the middle of a stay: both sides count, the step does not', () => {
    const low = Array.from({ length: 60 }, (_, i) => at(6 + i / 24, i));
    const one = stay([at(0, 500_000), at(9, 80)], [at(5, 500_050), ...low]);
    expect(total([one], days(0, 9))).toBe(50 + 80);
    expectNoSpike([one], days(0, 9), 80);
  });

  test('an offline month is one interval with nothing measured, spread evenly and exact', () => {
    const one = stay([at(0, 0)], [at(1, 10), at(32, 320)], true);
    const bounds = days(0, 32);
    expect(total([one], bounds)).toBe(320);
    expect(pointUsage([one], bounds)[15]).toEqual({ units: 10, coverage: 0 });
  });

  test('zero glitch, also right before and after an exchange', () => {
    const old = stay([at(0, 1_000), at(5, 1_500)], [at(2, 1_200), at(3, 0), at(4, 1_400)]);
    const fresh = stay([at(5, 400)], [at(6, 0), at(7, 600), at(8, 700)], true);
    expect(total([old, fresh], days(0, 8))).toBe(500 + 300);
    expectNoSpike([old, fresh], days(0, 8), 150);
  });

  test('rollover between start and end register', () => {
    const one = stay([at(0, MODULUS - 300), at(6, 300)], [at(2, MODULUS - 100), at(4, 100)]);
    const next = stay([at(6, 0)], [at(8, 200)], true);
    expect(total([one, next], days(0, 8))).toBe(600 + 200);
    expectNoSpike([one, next], days(0, 8), 100);
  });

  test('a bad value does not block the next one', () => {
    const old = stay([at(0, 100), at(4, 500)], [at(1, 200), at(2, 99_000_000), at(3, 400)]);
    const fresh = stay([at(4, 7)], [at(5, 90_000_000), at(6, 207), at(7, 307)], true);
    expect(total([old, fresh], days(0, 7))).toBe(400 + 300);
    expectNoSpike([old, fresh], days(0, 7), 101);
  });
});

test('a corrected end register moves use from the old meter to the new one, nothing else', () => {
  const readings = [at(1, 100), at(5, 900)];
  const wrong = stay([at(0, 0), at(5, 500)], [at(1, 100)]);
  expect(total([wrong], days(0, 5))).toBe(500);
  expect(total([{ ...wrong, readings }], days(0, 5))).toBe(900);
});

test('an end nobody could read is unknown, not nought', () => {
  const old = { ...stay([at(0, 0)], [at(3, 300)]), toAt: day(5) };
  const fresh = stay([at(5, 0)], [at(6, 80)], true);
  const usage = pointUsage([old, fresh], days(0, 6));
  expect(usage.map(({ units }) => units)).toEqual([100, 100, 100, null, null, 80]);
});

type Life = { readonly start: number; readonly steps: readonly number[]; readonly gap: number };
const lives = fc.array(
  fc.record({
    start: fc.integer({ min: 0, max: 40_000_000 }),
    steps: fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 2, maxLength: 20 }),
    gap: fc.integer({ min: 1, max: 3 * DAY_MS }),
  }),
  { minLength: 1, maxLength: 5 },
);

/** Meters one after the other; `spoil` adds wrong values between true ones. */
function hang(plan: readonly Life[], spoil: (value: number, i: number) => number | null) {
  let now = 1_000_000_007;
  let used = 0;
  const stays = plan.map(({ start, steps, gap }): MeterStay => {
    const fromAt = now;
    let value = start;
    const readings: PointValue[] = [];
    steps.forEach((step, i) => {
      now += gap;
      const wrong = i > 0 && i < steps.length - 1 ? spoil(value, i) : null;
      if (wrong !== null) readings.push({ at: now, value: wrong });
      now += gap;
      readings.push({ at: now, value: (value += step) });
    });
    used += value - start;
    const written = [
      { at: fromAt, value: start },
      { at: now, value },
    ];
    return { fromAt, toAt: now, modulus: MODULUS, multiplier: 1, written, readings };
  });
  return { stays, used, from: 1_000_000_007, to: now };
}

describe('any number of exchanges', () => {
  test('the parts of any division are the sum of ends minus starts, and none is negative', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9 * HOUR_MS }), { maxLength: 40 });
    fc.assert(
      fc.property(lives, cuts, (plan, steps) => {
        const { stays, used, from, to } = hang(plan, () => null);
        let edge = from - HOUR_MS;
        const bounds = [edge, ...steps.map((step) => (edge += step)), Math.max(edge, to) + 1];
        const parts = pointUsage(stays, bounds);
        for (const { units } of parts) expect(units ?? 0).toBeGreaterThanOrEqual(0);
        expect(parts.reduce((sum, { units }) => sum + (units ?? 0), 0)).toBe(used);
      }),
    );
  });

  test('single noughts and single wild values among true ones change nothing', () => {
    const wrongs = fc.array(fc.constantFrom('none', 'nought', 'wild'), {
      minLength: 20,
      maxLength: 20,
    });
    fc.assert(
      fc.property(lives, wrongs, (plan, kinds) => {
        const spoil = (value: number, i: number): number | null =>
          ({ none: null, nought: value > 0 ? 0 : null, wild: value + 30_000_000 })[kinds[i]!];
        // A dial near nought cannot tell a zero glitch from a standstill: both count nothing.
        const { stays, used, from, to } = hang(plan, spoil);
        const [all] = pointUsage(stays, [from, to + 1]);
        expect(all!.units).toBe(used);
        for (const course of stays.flatMap(stayCourses)) {
          course.sum.forEach((sum, i, sums) => expect(i === 0 || sum >= sums[i - 1]!).toBe(true));
        }
      }),
    );
  });
});
