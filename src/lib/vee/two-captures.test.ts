import { expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { findPairs, judgePair, type UsualPerDay } from './two-captures.ts';

const AT = Date.parse('2026-11-20T10:00:00Z');
const FLAT: UsualPerDay = [100n, 400n];
const at = (hours: number, value: bigint) => ({ at: AT + hours * HOUR_MS, value });

test.each<[string, bigint, number, UsualPerDay, string | null]>([
  ['the same value an hour later', 410_294n, 1, FLAT, null],
  ['rounded to whole cubic metres', 410_000n, 1, FLAT, null],
  ['a unit and a litre less', 409_293n, 1, FLAT, 'lower'],
  ['a day of ordinary use', 410_694n, 24, FLAT, null],
  ['a unit and three heavy days in one', 412_494n, 24, FLAT, null],
  ['a litre more than that', 412_495n, 24, FLAT, 'too-far'],
  ['sixty more within an hour', 470_294n, 1, FLAT, 'too-far'],
  ['nothing is known, ten a day pass', 420_294n, 24, null, null],
  ['nothing is known, twelve do not', 422_294n, 24, null, 'too-far'],
  ['another value in the same moment', 410_295n, 0, FLAT, 'same-instant'],
  ['the same value in the same moment', 410_294n, 0, FLAT, null],
])('%s', (_, value, hours, usual, kind) => {
  expect(judgePair(at(0, 410_294n), at(hours, value), usual)).toBe(kind);
});

test('pairs are of two mouths, of one period, and concern what is fresh', () => {
  const told = [
    { ...at(0, 410_000n), by: 'first/typed' },
    { ...at(1, 470_000n), by: 'second/typed' },
    { ...at(2, 410_100n), by: 'first/typed' },
    { ...at(24 * 20, 400_000n), by: 'third/typed' },
  ];
  const kinds = (fresh: number) =>
    findPairs(told, (one) => one === told[fresh], FLAT).map(({ a, b, kind }) => [
      told.indexOf(a),
      told.indexOf(b),
      kind,
    ]);
  expect(kinds(1)).toEqual([
    [0, 1, 'too-far'],
    [1, 2, 'lower'],
  ]);
  expect(kinds(0)).toEqual([[0, 1, 'too-far']]);
  // Twenty days later is another period: plausibility compares it with the past, not this.
  expect(kinds(3)).toEqual([]);
  expect(at(24, 0n).at - AT).toBe(DAY_MS);
});
