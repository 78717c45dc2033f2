import { expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#lib/base/interval.ts';
import { hoursLeft } from './battery.ts';

const unknown = { charging: false, dischargingS: Infinity };
const sample = (minutes: number, level: number) => ({ at: minutes * MINUTE_MS, level });

test('the browser knows best', () => {
  expect(hoursLeft([], { charging: false, dischargingS: 10_800 })).toBe(3);
  expect(hoursLeft([], { charging: true, dischargingS: 10_800 })).toBeNull();
});

test('otherwise the fall since the start tells', () => {
  // A tenth in an hour: six tenths last six hours.
  expect(hoursLeft([sample(0, 0.7), sample(60, 0.6)], unknown)).toBeCloseTo(6);
  expect(hoursLeft([sample(0, 0.5), sample(30, 0.25)], unknown)).toBeCloseTo(0.5);
});

test('too little fall, too little time and more than a day say nothing', () => {
  expect(hoursLeft([], unknown)).toBeNull();
  expect(hoursLeft([sample(0, 0.7), sample(60, 0.69)], unknown)).toBeNull();
  expect(hoursLeft([sample(0, 0.7), sample(5, 0.6)], unknown)).toBeNull();
  expect(hoursLeft([sample(0, 1), { at: 2 * HOUR_MS, level: 0.95 }], unknown)).toBeNull();
});
