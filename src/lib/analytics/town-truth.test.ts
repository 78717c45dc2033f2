/** Analytics against a town whose faults are known: what is wrong is found, the rest is quiet. */
import { expect, test } from 'vitest';
import { createTown } from '#lib/sim/town.ts';
import { findLeak } from './leaks/never-stops.ts';
import { backTest, forecastMonth } from './forecast/month-end.ts';
import { hourlyUse, validateSeries } from '../vee/validate-series.ts';

const NOW = Date.UTC(2026, 10, 21, 9, 30);
const town = createTown({ seed: 14, nowAt: NOW });
const isWater = (resource: string): boolean => resource.endsWith('water');
const consumers = town.series.filter((s) => {
  const meter = town.meters[s.meter]!;
  return town.points[meter.point]!.role === 'consumer' && isWater(meter.resource);
});

test('the leak of flat 37 is found with its start, and every clean home is quiet', () => {
  const hours = 24 * 12;
  const alarms = consumers.flatMap((s) => {
    const finding = findLeak(hourlyUse(s.values.slice(-hours - 1)));
    return finding ? [{ meter: s.meter, ...finding }] : [];
  });
  const leak = town.faults.find((f) => f.kind === 'leak' && f.toAt === null)!;
  expect(alarms.map((a) => a.meter)).toEqual(leak.meters);
  const [alarm] = alarms;
  const startSlot = hours - (town.toAt - leak.fromAt) / 3_600_000;
  // Use that ran into the leak can only make the run longer, by a few hours of a waking home.
  expect(alarm!.sinceSlot).toBeLessThanOrEqual(startSlot);
  expect(alarm!.sinceSlot).toBeGreaterThan(startSlot - 12);
  expect(alarm!.perHour).toBe(12);
  expect(alarm!.kind).toBe('water-never-stops');
});

test('the repaired leak was loud while it lasted', () => {
  const past = town.faults.find((f) => f.kind === 'leak' && f.toAt !== null)!;
  const series = town.series.find((s) => s.meter === past.meters[0])!;
  const end = (past.toAt! - town.fromAt) / 3_600_000;
  const during = findLeak(hourlyUse(series.values.slice(end - 24 * 12, end)));
  expect(during).toMatchObject({ kind: 'water-never-stops', perHour: 7 });
  expect(findLeak(hourlyUse(series.values.slice(end - 24 * 4, end + 24 * 3)))).toBeNull();
});

test('false alarms over a year of clean homes stay below one in a hundred meter-months', () => {
  let alarms = 0;
  let windows = 0;
  const leaky = new Set(town.faults.filter((f) => f.kind === 'leak').flatMap((f) => f.meters));
  for (const s of consumers) {
    if (leaky.has(s.meter)) continue;
    const use = hourlyUse(s.values);
    for (let end = 24 * 12; end < use.length; end += 24 * 10) {
      windows++;
      if (findLeak(use.slice(end - 24 * 12, end))) alarms++;
    }
  }
  expect(windows).toBeGreaterThan(5000);
  expect(alarms / (windows / 3)).toBeLessThan(0.01);
});

test('the stuck meter, the gap and the exchange are seen by the rules', () => {
  const found = (kind: string) => {
    const fault = town.faults.find((f) => f.kind === kind)!;
    const series = town.series.find((s) => s.meter === fault.meters[0])!;
    return { fault, codes: validateSeries(series.values, { modulus: null }) };
  };
  const stuck = found('stuck');
  const slot = (at: number): number => (at - town.fromAt) / 3_600_000;
  const run = stuck.codes.filter((c) => c.code === 'stuck').at(-1)!;
  expect(run.toSlot).toBe(town.slots - 1);
  expect(Math.abs(run.fromSlot - slot(stuck.fault.fromAt))).toBeLessThan(24);
  const gap = found('gap');
  expect(gap.codes).toContainEqual({
    code: 'gap',
    fromSlot: slot(gap.fault.fromAt),
    toSlot: slot(gap.fault.toAt!),
    amount: 31,
  });
  const { meters } = town.faults.find((f) => f.kind === 'exchange')!;
  expect(meters.map((m) => town.meters[m]!.toAt !== null)).toEqual([true, false]);
  expect(found('exchange').codes.filter((c) => c.code === 'negative')).toEqual([]);
});

/** Daily use from Moscow midnights, null where a midnight was not delivered. */
const dailyOf = (values: Float64Array): (number | null)[] =>
  Array.from({ length: Math.floor((values.length - 1) / 24) }, (_, d) => {
    const used = values[(d + 1) * 24]! - values[d * 24]!;
    return Number.isNaN(used) ? null : used;
  });

test('the band of the month end holds what it promises', () => {
  const months = [212, 243, 273, 304, 334, 365].map((start, i) => ({
    start,
    end: [243, 273, 304, 334, 365, 395][i]!,
  }));
  let hits = 0;
  let tries = 0;
  for (const s of town.series) {
    const meter = town.meters[s.meter]!;
    const home = town.points[meter.point]!.home;
    if (home === null || meter.resource !== 'electricity' || home % 3 !== 0) continue;
    const series = { daily: dailyOf(s.values), firstWeekday: 2 };
    for (const day of [5, 10, 20]) {
      const score = backTest(series, months, day);
      hits += score.hits;
      tries += score.tries;
    }
  }
  expect(tries).toBeGreaterThan(400);
  expect(hits / tries).toBeGreaterThan(0.7);
  expect(hits / tries).toBeLessThan(0.9);
});

test('a forecast never falls below what is used already and ends exactly', () => {
  const series = {
    daily: dailyOf(town.series.find((s) => s.meter === 199)!.values),
    firstWeekday: 2,
  };
  const start = 365;
  const end = 395;
  const full = forecastMonth({ series, monthStart: start, from: end, monthEnd: end })!;
  expect(full.low).toBe(full.total);
  expect(full.high).toBe(full.total);
  const early = forecastMonth({ series, monthStart: start, from: start + 4, monthEnd: end })!;
  expect(early.low).toBeLessThan(early.total);
  expect(early.high).toBeGreaterThan(early.total);
  expect(early.days).toHaveLength(26);
});
