import { beforeAll, describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { judgeReading } from '#lib/field/plausibility.ts';
import { overwriteGetLocale, type Locale } from '#lib/i18n/paraglide/runtime.js';
import type { MeterView } from '#lib/offline/types.ts';
import { aboutMinutes, batteryWords, doubtWords, placeLine, resourceInLine } from './words.ts';

let locale: Locale = 'ru';
beforeAll(() => overwriteGetLocale(() => locale));
const inEach = (write: () => string | null): (string | null)[] =>
  (['ru', 'en', 'de'] as const).map((one) => {
    locale = one;
    return write();
  });

const NOW = Date.UTC(2026, 10, 25, 18);
const meter = (lastAt: number): MeterView =>
  ({
    ...{ register: 10, digits: 5, decimals: 3, usualPerDay: ['133', '233'] },
    history: [[lastAt, '1204317']],
  }) as unknown as MeterView;

describe('words of the round', () => {
  test.each([
    [1, ['около минуты', 'about a minute', 'etwa eine Minute']],
    [21, ['около 21 минуты', 'about 21 minutes', 'etwa 21 Minuten']],
    [25, ['около 25 минут', 'about 25 minutes', 'etwa 25 Minuten']],
    [64, ['около часа', 'about an hour', 'etwa eine Stunde']],
    [130, ['около 2 часов', 'about 2 hours', 'etwa 2 Stunden']],
  ] as const)('%s minutes are an estimate in plain words', (minutes, words) => {
    expect(inEach(() => aboutMinutes(minutes))).toEqual(words);
  });

  test('a resource in the middle of a line is small where the language writes it small', () => {
    const words = ['холодная вода', 'cold water', 'Kaltwasser'];
    expect(inEach(() => resourceInLine('cold-water'))).toEqual(words);
  });

  test('a place has its stairs, and its address where there are none', () => {
    locale = 'ru';
    const flat = { flat: '43', entrance: '2', floor: 5, address: 'Лесная, 14, кв. 43' };
    expect(placeLine(flat)).toBe('2‑й подъезд, 5‑й этаж');
    const cottage = { flat: null, entrance: null, floor: null, address: 'Выселки, 5' };
    expect(placeLine(cottage)).toBe('Выселки, 5');
  });
});

describe('a reading far too high', () => {
  const say = (lastAt: number) => {
    const past = meter(lastAt);
    const { doubt } = judgeReading(past, 1_504_300n, NOW);
    return doubt && doubtWords(past, doubt, 'Europe/Moscow');
  };

  test('over a month is a use in a month', () => {
    locale = 'ru';
    const words = say(NOW - 30 * DAY_MS);
    expect(words?.what).toMatch(/^Получится 30\d\u00a0м³ за месяц\.$/);
    expect(words?.usual).toBe('Обычно 4–7.');
  });

  test('over hours is the difference itself: nobody uses half a million in a month', () => {
    locale = 'ru';
    const words = say(NOW - 3 * HOUR_MS);
    expect(words?.what).toBe('На 300\u00a0м³ больше, чем было 25 ноября.');
    expect(words?.usual).toBe('Обычно 4–7 за месяц.');
  });
});

test('what the battery still lasts, in words and beside the work ahead', () => {
  locale = 'en';
  expect(batteryWords(null, 41)).toBeNull();
  expect(batteryWords(3.2, 41)).toBe('You have about 3 h left, meters ahead: 41');
  expect(batteryWords(0.4, 12)).toContain('about 25 min left, meters ahead: 12');
});
