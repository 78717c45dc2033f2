import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dialModulus, isAccumulating } from './dial.ts';
import { courseOf } from './register-course.ts';

const MODULUS = 100_000;
const courses = (values: readonly number[], modulus: number | null = MODULUS) =>
  courseOf({ at: values.map((_, i) => i * 1000), value: values }, modulus);
const totals = (values: readonly number[], modulus: number | null = MODULUS) =>
  courses(values, modulus).map((course) => course.sum.at(-1));

describe('dials', () => {
  test('roll over where the last wheel does, in the unit of storage', () => {
    expect(dialModulus(10, 5)).toBe(100_000_000);
    expect(dialModulus(1, 6)).toBe(1_000_000_000);
    expect(isAccumulating(10)).toBe(true);
    expect(isAccumulating(20)).toBe(false);
  });
});

describe('the six ways a register makes a spike', () => {
  test('rollover: the wrapped difference counts', () => {
    expect(totals([99_990, 99_998, 4, 10])).toEqual([20]);
    expect(totals([99_990, 5, 50_000, 99_995, 7])).toEqual([100_017]);
  });

  test('reset: the interval is unknown, both sides count', () => {
    const values = [500, 510, ...Array.from({ length: 60 }, (_, i) => i)];
    expect(totals(values)).toEqual([10, 59]);
    expect(totals([40_000, 40_010, 3, 9, 14])).toEqual([10, 11]);
  });

  test('zero glitch: left out, one or many', () => {
    expect(totals([100, 101, 0, 102])).toEqual([2]);
    expect(totals([100, 101, 0, 0, 0, 103])).toEqual([3]);
    expect(courses([100, 101, 0, 102])[0]!.at).toEqual([0, 1000, 3000]);
  });

  test('one value far too high: left out, the next one counts', () => {
    expect(totals([100, 101, 90_000, 102, 105])).toEqual([5]);
    expect(totals([100, 99_999, 101], null)).toEqual([1]);
  });

  test('a small step back gives no negative part', () => {
    const [course] = courses([1000, 1010, 1009, 1008, 1020]);
    expect(course!.sum.at(-1)).toBe(20);
    expect(course!.sum.every((sum, i, all) => i === 0 || sum >= all[i - 1]!)).toBe(true);
  });

  test('a month without readings is one interval', () => {
    const course = courseOf({ at: [0, 1000, 30_000_000], value: [1, 2, 900] }, MODULUS);
    expect(course[0]!.sum).toEqual([0, 1, 899]);
  });
});

test('whatever comes, no part is negative and a rising register is counted exactly', () => {
  const value = fc.integer({ min: 0, max: MODULUS - 1 });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 80 }), (values) => {
      for (const course of courses(values)) {
        expect(course.at.length).toBe(course.sum.length);
        course.sum.forEach(
          (sum, i) => i > 0 && expect(sum).toBeGreaterThanOrEqual(course.sum[i - 1]!),
        );
      }
      const rising = values.toSorted((a, b) => a - b);
      expect(totals(rising)).toEqual([rising.at(-1)! - rising[0]!]);
    }),
  );
});
