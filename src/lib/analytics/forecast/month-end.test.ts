/** Days ahead carry an honest band: it holds about four of five, and the guess lies inside. */
import { expect, test } from 'vitest';
import { createPrng } from '#lib/base/prng.ts';
import { forecastMonth } from './month-end.ts';

/** A home whose days scatter around a weekly rhythm, 13 months of them. */
function homeOf(seed: number): number[] {
  const random = createPrng(seed);
  return Array.from({ length: 400 }, (_, i) => {
    const usual = i % 7 >= 5 ? 6000 : 4000;
    return Math.max(0, Math.round(usual * (1 + 0.25 * random.normal())));
  });
}

const ask = { monthStart: 370, from: 385, monthEnd: 400 };
const forecast = (daily: readonly (number | null)[], todaySoFar = 0) =>
  forecastMonth({ series: { daily: daily.slice(0, 385), firstWeekday: 0 }, ...ask, todaySoFar })!;

test('four of five days fall into the band of their day', () => {
  let inside = 0;
  let all = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const daily = homeOf(seed);
    const { days, dayLows, dayHighs } = forecast(daily);
    days.forEach((guess, k) => {
      expect(dayLows[k]).toBeLessThanOrEqual(guess);
      expect(dayHighs[k]).toBeGreaterThanOrEqual(guess);
      const actual = daily[385 + k]!;
      all++;
      if (actual >= dayLows[k]! && actual <= dayHighs[k]!) inside++;
    });
  }
  expect(inside / all).toBeGreaterThan(0.72);
  expect(inside / all).toBeLessThan(0.88);
});

test('what the running day has used already is its floor', () => {
  const { days, dayLows } = forecast(homeOf(7), 9000);
  expect(days[0]).toBe(9000);
  expect(dayLows[0]).toBe(9000);
  expect(dayLows[1]).toBeLessThan(9000);
});

test('a short past is answered with a wide band, none with nothing', () => {
  const daily = homeOf(3).map((x, i) => (i < 365 ? null : x));
  const { days, dayLows, dayHighs } = forecast(daily);
  expect(dayHighs[3]! / days[3]!).toBeCloseTo(1.9, 1);
  expect(dayLows[3]! / days[3]!).toBeCloseTo(0.4, 1);
  const nothing = daily.map(() => null);
  expect(forecast(nothing)).toBeNull();
});
