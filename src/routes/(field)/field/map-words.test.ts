import { expect, test } from 'vitest';
import { overwriteGetLocale } from '#lib/i18n/paraglide/runtime.js';
import { distanceText, wayWords } from './map-words.ts';

overwriteGetLocale(() => 'en');
const house = (distanceM: number | null, bearingDeg: number | null) =>
  ({ distanceM, bearingDeg }) as Parameters<typeof wayWords>[0];

test('distances have as many digits as a phone knows', () => {
  expect(distanceText(3)).toBe('10 m');
  expect(distanceText(347)).toBe('350 m');
  expect(distanceText(1240)).toBe('1.2 km');
  expect(distanceText(14_700)).toBe('15 km');
});

test('the way in words', () => {
  expect(wayWords(house(347, 44))).toBe('350 m to the north-east');
  expect(wayWords(house(12, 200))).toBe('You are at the house');
  expect(wayWords(house(null, null))).toBeNull();
});
