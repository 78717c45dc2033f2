import { beforeAll, describe, expect, test } from 'vitest';
import { decimal } from '#lib/base/decimal.ts';
import {
  formatAge,
  formatDate,
  formatDateTime,
  formatMoney,
  formatNumber,
  formatQuantity,
  formatRange,
} from './format.ts';
import { overwriteGetLocale, type Locale } from './paraglide/runtime.js';

let locale: Locale = 'ru';
beforeAll(() => overwriteGetLocale(() => locale));
const inEach = (write: () => string): string[] =>
  (['ru', 'en', 'de'] as const).map((one) => {
    locale = one;
    return write();
  });

const ZONE = 'Europe/Moscow';
const AT = Date.UTC(2026, 10, 20, 20, 40);
const rub = (minor: number) => ({ minor, currency: 'RUB' });

describe('numbers and money of the writing guide', () => {
  test('thousands are parted by U+00A0, comma and point', () => {
    const write = () => formatNumber({ units: 18405, scale: -1 }, { decimals: 1 });
    expect(inEach(write)).toEqual(['1\u00a0840,5', '1,840.5', '1.840,5']);
  });

  test('money is whole until it is a bill, and its sign stands where the language puts it', () => {
    expect(inEach(() => formatMoney(rub(183996)))).toEqual([
      '1\u00a0840\u00a0₽',
      '₽1,840',
      '1.840\u00a0₽',
    ]);
    expect(inEach(() => formatMoney(rub(276418), { bill: true }))).toEqual([
      '2\u00a0764,18\u00a0₽',
      '₽2,764.18',
      '2.764,18\u00a0₽',
    ]);
    expect(inEach(() => formatMoney({ minor: 1840, currency: 'EUR' }, { bill: true }))).toEqual([
      '18,40\u00a0€',
      '€18.40',
      '18,40\u00a0€',
    ]);
  });

  test('less is U+2212 before the sign of the currency, more is a plus where asked', () => {
    expect(inEach(() => formatMoney(rub(-12000), { signed: true }))).toEqual([
      '−120\u00a0₽',
      '−₽120',
      '−120\u00a0₽',
    ]);
    locale = 'ru';
    expect(formatMoney(rub(12000), { signed: true })).toBe('+120\u00a0₽');
    expect(formatMoney(rub(0), { signed: true })).toBe('0\u00a0₽');
  });

  test('the lira is written in letters that the font has', () => {
    locale = 'en';
    expect(formatMoney({ minor: 500000, currency: 'TRY' })).toBe('TL\u00a05,000');
  });

  test('a range has an en dash without spaces', () => {
    const write = () => formatRange(decimal(2700), decimal(3150));
    expect(inEach(write)).toEqual(['2\u00a0700–3\u00a0150', '2,700–3,150', '2.700–3.150']);
  });
});

describe('quantities', () => {
  test.each([
    [{ units: 92_000, scale: 0 }, 'Wh', '92\u00a0кВт·ч'],
    [{ units: 6_800, scale: 0 }, 'Wh', '6,8\u00a0кВт·ч'],
    [{ units: 220, scale: 0 }, 'Wh', '0,22\u00a0кВт·ч'],
    [{ units: 0, scale: 0 }, 'Wh', '0\u00a0кВт·ч'],
    [{ units: 2900, scale: -3 }, 'm3', '2,90\u00a0м³'],
    [{ units: 12, scale: -3 }, 'm3/h', '12\u00a0л/ч'],
    [{ units: 244_000, scale: 0 }, 'Gcal', '0,21\u00a0Гкал'],
    [{ units: 2240, scale: -2 }, 'degC', '22,4\u00a0°C'],
  ] as const)('%o %s is %s', (value, unit, text) => {
    locale = 'ru';
    expect(formatQuantity(value, unit)).toBe(text);
  });

  test('a register of twenty digits keeps every one of them', () => {
    locale = 'en';
    expect(formatNumber(decimal(12345678901234567890n))).toBe('12,345,678,901,234,567,890');
  });

  test('halves are rounded away from zero, as on an invoice', () => {
    locale = 'en';
    expect(formatNumber({ units: 25, scale: -1 })).toBe('3');
    expect(formatNumber({ units: -25, scale: -1 })).toBe('−3');
  });
});

describe('dates', () => {
  test('day and time in the zone of the point', () => {
    expect(inEach(() => formatDateTime(AT, ZONE))).toEqual([
      '20 ноября, 23:40',
      '20 November, 23:40',
      '20. November, 23:40\u00a0Uhr',
    ]);
  });

  test('a civil date needs no zone and never moves', () => {
    expect(inEach(() => formatDate('2026-11-01', 'numeric'))).toEqual([
      '01.11.2026',
      '01/11/2026',
      '01.11.2026',
    ]);
    locale = 'ru';
    expect(formatDate('2026-11', 'monthYear')).toBe('ноябрь 2026');
    expect(formatDate(AT, 'iso', 'Asia/Vladivostok')).toBe('2026-11-21');
  });

  test('ages count down to seconds and never go below now', () => {
    locale = 'ru';
    expect(formatAge(AT - 3_600_000 * 3, AT)).toBe('3 часа назад');
    expect(formatAge(AT + 5000, AT)).toBe('только что');
  });
});
