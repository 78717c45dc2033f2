import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { dailyUsage } from './daily-usage.ts';
import { courseOf } from './register-course.ts';
import { dayBounds, hourBounds, usageBetween } from './usage.ts';

const MOSCOW = 'Europe/Moscow';
const BERLIN = 'Europe/Berlin';

const hourly = (from: number, values: readonly number[]) => ({
  at: values.map((_, i) => from + i * HOUR_MS),
  value: values,
});

describe('usage by day', () => {
  test('a civil day begins at its own midnight', () => {
    const from = Date.parse('2026-02-01T00:00:00+03:00');
    const series = hourly(
      from,
      Array.from({ length: 73 }, (_, i) => i * 10),
    );
    const [month] = dailyUsage(series, { zone: MOSCOW, modulus: null });
    expect(month!.month).toBe('2026-02');
    expect(month!.daily.slice(0, 4)).toEqual([240, 240, 240, null]);
    expect(month!.coverage.slice(0, 4)).toEqual([100, 100, 100, 0]);
    expect(month!.daily).toHaveLength(28);
    expect(month!.total).toBe(720);
  });

  test('days of changed clocks have 23 and 25 hours', () => {
    for (const [date, hours] of [
      ['2026-03-29', 23],
      ['2026-10-25', 25],
    ] as const) {
      const from = Date.parse(`${date}T00:00:00Z`) - DAY_MS;
      const series = hourly(
        from,
        Array.from({ length: 97 }, (_, i) => i),
      );
      const month = dailyUsage(series, { zone: BERLIN, modulus: null })[0]!;
      expect(month.daily[Number(date.slice(8)) - 1]).toBe(hours);
      const [start, end] = dayBounds(
        Date.parse(`${date}T10:00:00Z`),
        Date.parse(`${date}T11:00:00Z`),
        BERLIN,
      );
      expect(hourBounds(start!, end!)).toHaveLength(hours + 1);
    }
  });

  test('readings weeks apart are spread evenly and say that nothing was measured', () => {
    const from = Date.parse('2026-04-30T12:00:00Z');
    const series = { at: [from, from + 31 * DAY_MS], value: [1000, 1310] };
    const months = dailyUsage(series, { zone: 'UTC', modulus: null });
    expect(months.map((m) => m.month)).toEqual(['2026-04', '2026-05']);
    expect(months[0]!.daily.at(-1)).toBe(5);
    expect(new Set(months[1]!.daily.slice(0, 30))).toEqual(new Set([10]));
    expect(months[1]!.coverage.every((share) => share === 0)).toBe(true);
    expect(months[0]!.total + months[1]!.total).toBe(310);
  });

  test('an outage inside one day is measured by its ends, across midnight it is not', () => {
    const at = (text: string) => Date.parse(`2026-05-${text}:00Z`);
    const series = {
      at: [
        at('01T00:00'),
        at('01T08:00'),
        at('02T00:00'),
        at('02T20:00'),
        at('03T04:00'),
        at('04T00:00'),
      ],
      value: [0, 8, 24, 44, 52, 72],
    };
    const [month] = dailyUsage(series, { zone: 'UTC', modulus: null });
    expect(month!.daily.slice(0, 3)).toEqual([24, 24, 24]);
    expect(month!.coverage.slice(0, 3)).toEqual([100, 83, 83]);
  });

  test('the multiplier of current transformers is part of consumption', () => {
    const from = Date.parse('2026-02-01T00:00:00Z');
    const series = hourly(from, [0, 1, 2, 3]);
    expect(dailyUsage(series, { zone: 'UTC', modulus: null, multiplier: 30 })[0]!.total).toBe(90);
  });

  test('a year of hours takes milliseconds', () => {
    const from = Date.parse('2025-01-01T00:00:00Z');
    const series = hourly(
      from,
      Array.from({ length: 9500 }, (_, i) => i * 7),
    );
    dailyUsage(series, { zone: MOSCOW, modulus: 1e9 });
    const started = performance.now();
    for (let i = 0; i < 10; i++) dailyUsage(series, { zone: MOSCOW, modulus: 1e9 });
    expect((performance.now() - started) / 10).toBeLessThan(20);
  });
});

test('buckets of any division add up to what the register counted', () => {
  const readings = fc.array(
    fc.record({ wait: fc.integer({ min: 1, max: 5 * HOUR_MS }), step: fc.nat(5000) }),
    {
      minLength: 2,
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(
      readings,
      fc.array(fc.integer({ min: 1, max: 9 * HOUR_MS }), { maxLength: 30 }),
      (steps, cuts) => {
        let at = 1_000_000;
        let value = 0;
        const points = steps.map(({ wait, step }) => ({
          at: (at += wait),
          value: (value += step),
        }));
        const series = { at: points.map((p) => p.at), value: points.map((p) => p.value) };
        let edge = series.at[0]! - HOUR_MS;
        const bounds = [edge, ...cuts.map((cut) => (edge += cut)), Math.max(edge, at) + 1];
        const parts = usageBetween(courseOf(series, null), bounds);
        const total = parts.reduce((sum, part) => sum + (part.units ?? 0), 0);
        expect(total).toBe(value - series.value[0]!);
        for (const part of parts) {
          expect(part.coverage).toBeGreaterThanOrEqual(0);
          expect(part.coverage).toBeLessThanOrEqual(100);
          if (part.units === null) expect(part.coverage).toBe(0);
        }
      },
    ),
  );
});
