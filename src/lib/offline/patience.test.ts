import { expect, test } from 'vitest';
import { patienceMs } from './patience.ts';

const tries = (stopper: Parameters<typeof patienceMs>[1]) =>
  [0, 1, 2, 3, 7, 500].map((failures) => patienceMs(failures, stopper, 0.5) / 1000);

test('a phone without network asks every quarter minute, however long it was below', () => {
  expect(tries('offline')).toEqual([60, 10, 15, 15, 15, 15]);
  expect(tries('captive-portal')).toEqual(tries('offline'));
});

test('a server in trouble is left alone for longer and longer, up to five minutes', () => {
  expect(tries('server-error')).toEqual([60, 10, 20, 40, 300, 300]);
  expect(tries(null)).toEqual(tries('server-error'));
});

test('phones that failed together do not come back together', () => {
  expect(patienceMs(4, 'server-error', 0)).toBe(40_000);
  expect(patienceMs(4, 'server-error', 0.999)).toBeCloseTo(120_000, -3);
});
