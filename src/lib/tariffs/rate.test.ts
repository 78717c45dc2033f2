import { describe, expect, test } from 'vitest';
import { addDays } from '#lib/base/civil.ts';
import { rateMonth, type DayUse } from './rate.ts';
import { parseTariffBody, zoneAt, type Tariff, type TariffBody } from './tariff.ts';

const blocks: TariffBody = {
  v: 1,
  unit: 'kWh',
  zones: [
    {
      zone: 1,
      blocks: [
        { upTo: '110', price: '6.15' },
        { upTo: '250', price: '7.90' },
        { upTo: null, price: '10.40' },
      ],
    },
  ],
  week: [],
  standing: [],
};
const nightly: TariffBody = {
  v: 1,
  unit: 'kWh',
  zones: [
    { zone: 1, blocks: [{ upTo: null, price: '8.00' }] },
    { zone: 2, blocks: [{ upTo: null, price: '3.00' }] },
  ],
  week: [
    { days: [0, 1, 2, 3, 4, 5, 6], from: 23, to: 24, zone: 2 },
    { days: [0, 1, 2, 3, 4, 5, 6], from: 0, to: 7, zone: 2 },
  ],
  standing: [{ code: 'base', amount: '30.00', per: 'month' }],
};
const tariff = (body: TariffBody, validFrom = '2026-01-01', validTo: string | null = null) =>
  ({ resource: 'electricity', currency: 'RUB', validFrom, validTo, body }) satisfies Tariff;

const days = (n: number, used: number, hours?: number[]): DayUse[] =>
  Array.from({ length: n }, (_, i) => ({
    date: addDays('2026-11-01', i),
    used,
    ...(hours && { hours }),
  }));

describe('rating', () => {
  test('92 kWh stay in the first block: 565.80', () => {
    expect(rateMonth(days(20, 4600), [tariff(blocks)]).totalMinor).toBe(56_580);
  });

  test('blocks count the month: 110 at 6.15, 140 at 7.90, 50 at 10.40', () => {
    const rated = rateMonth(days(30, 10_000), [tariff(blocks)]);
    expect(rated.lines.map((l) => [l.kind === 'use' && l.units, l.minor])).toEqual([
      [110_000, 67_650],
      [140_000, 110_600],
      [50_000, 52_000],
    ]);
    expect(rated.totalMinor).toBe(230_250);
  });

  test('hours are priced by the week, standing charges by the days', () => {
    const hours = Array.from({ length: 24 }, () => 100);
    const rated = rateMonth(days(15, 2400, hours), [tariff(nightly)]);
    // 16 hours by day, 8 by night: 24 kWh at 8.00, 12 kWh at 3.00, half of 30.00.
    expect(rated.lines.map((l) => l.minor)).toEqual([19_200, 3_600, 1_500]);
  });

  test('a price that changes in the middle of the month splits the bill', () => {
    const before = tariff(nightly, '2026-01-01', '2026-11-11');
    const rated = rateMonth(days(20, 1000), [before, tariff(blocks, '2026-11-11')]);
    expect(rated.lines.map((l) => l.minor)).toEqual([8_000, 6_150, 1_000]);
    expect(rated.unpricedDays).toBe(0);
  });

  test('a gigacalorie is 1 163 000 Wh', () => {
    const body = {
      ...blocks,
      unit: 'Gcal',
      zones: [{ zone: 1, blocks: [{ upTo: null, price: '2824.77' }] }],
    } as const;
    const rated = rateMonth(days(1, 1_163_000), [tariff(body as unknown as TariffBody)]);
    expect(rated.totalMinor).toBe(282_477);
  });

  test('half a kopeck goes up, once a line', () => {
    const body = { ...blocks, zones: [{ zone: 1, blocks: [{ upTo: null, price: '0.5' }] }] };
    expect(rateMonth(days(1, 10), [tariff(body)]).totalMinor).toBe(1);
    expect(rateMonth(days(1, 9), [tariff(body)]).totalMinor).toBe(0);
  });

  test('days without a published tariff are reported, not priced', () => {
    expect(rateMonth(days(3, 1000), [tariff(blocks, '2027-01-01')])).toEqual({
      lines: [],
      totalMinor: 0,
      unpricedDays: 3,
    });
  });
});

describe('the body', () => {
  test('zone of an hour', () => {
    expect([zoneAt(nightly, 0, 6), zoneAt(nightly, 0, 7), zoneAt(nightly, 6, 23)]).toEqual([
      2, 1, 2,
    ]);
  });

  test.each([
    ['no last block', { ...blocks, zones: [{ zone: 1, blocks: [{ upTo: '5', price: '1' }] }] }],
    ['zone twice', { ...blocks, zones: [...blocks.zones, ...blocks.zones] }],
    ['unpriced zone', { ...blocks, week: [{ days: [1], from: 0, to: 7, zone: 2 }] }],
    [
      'seven zones',
      {
        ...blocks,
        zones: [1, 2, 3, 4, 5, 6, 7].map((zone) => ({ zone, blocks: blocks.zones[0]!.blocks })),
      },
    ],
    ['no version', { ...blocks, v: 2 }],
  ])('refuses %s', (_name, body) => {
    const parsed = parseTariffBody(body);
    expect(parsed.ok).toBe(false);
  });

  test('accepts what the demo publishes', () => {
    expect(parseTariffBody(nightly).ok).toBe(true);
    expect(parseTariffBody(blocks).ok).toBe(true);
  });
});
