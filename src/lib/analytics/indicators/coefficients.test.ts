import { describe, expect, test } from 'vitest';
import { averageLine } from '../object-average.ts';
import { usualMonth, usualPerDay } from '../usual-range.ts';
import {
  consumptionPerDay,
  efficiency,
  meanTemperature,
  ratioToPeers,
  specificLoss,
} from './coefficients.ts';

describe('the three coefficients', () => {
  test('K_c is own over the trimmed mean', () => {
    const peers = [80, 90, 100, 100, 100, 100, 100, 110, 120, 900];
    expect(ratioToPeers(80, peers).value).toBeCloseTo(0.78, 2);
    expect(ratioToPeers(80, peers.slice(0, 4))).toMatchObject({
      value: null,
      reason: 'too-few-peers',
    });
    expect(ratioToPeers(null, peers).reason).toBe('no-data');
  });

  test('use per person needs four fifths of the days', () => {
    const days = Array.from({ length: 30 }, () => 300);
    expect(consumptionPerDay(days, 2)).toBe(150);
    expect(consumptionPerDay([...days.slice(0, 20), ...Array(10).fill(null)], 2)).toBeNull();
    expect(consumptionPerDay(days, null)).toBeNull();
  });

  test('K_t compares degrees', () => {
    const own = meanTemperature(Array(30).fill(2240));
    expect(own).toBe(22.4);
    expect(ratioToPeers(own, [21, 21.5, 21.5, 22, 21.5]).value).toBeCloseTo(1.042, 3);
  });

  test('K_e rises when a home needs less heat for the same warmth', () => {
    const base = { roomCdeg: Array(30).fill(2100), outdoorC: Array(30).fill(-4), areaM2: 50 };
    const frugal = specificLoss({ ...base, heatWh: Array(30).fill(24 * 50 * 25 * 0.6) });
    expect(frugal).toBeCloseTo(0.6, 6);
    const k = efficiency(frugal, [0.6, 0.7, 0.75, 0.75, 0.8]);
    expect(k.value).toBeCloseTo(1.2, 6);
    expect(specificLoss({ ...base, heatWh: Array(19).fill(1000) })).toBeNull();
  });
});

describe('averages and ranges', () => {
  test('a bucket with fewer than five values has no average', () => {
    const members = [1, 2, 3, 4, 5].map((n) => [n * 10, n === 5 ? null : n]);
    expect(averageLine(members)).toEqual([30, null]);
  });

  test('usual use a day is taken from whole weeks', () => {
    const daily = Array.from({ length: 70 }, (_, i) => (i % 7 === 0 ? 0 : 140));
    expect(usualPerDay(daily)).toEqual([120, 120]);
    expect(usualPerDay(daily.slice(0, 10))).toBeNull();
  });

  test('a seasonal month is compared with itself a year ago', () => {
    const months = [100, 200, 300];
    expect(usualMonth(months, { seasonal: true, sameLastYear: 1000 })).toEqual([850, 1150]);
    expect(usualMonth(months, { seasonal: true, sameLastYear: null })).toBeNull();
    expect(usualMonth(months, { seasonal: false, sameLastYear: null })).toEqual([120, 280]);
  });
});
