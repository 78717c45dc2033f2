import { afterEach, expect, test } from 'vitest';
import { overwriteGetLocale } from '#lib/i18n/paraglide/runtime.js';
import { distanceWords } from './scale.ts';

afterEach(() => overwriteGetLocale(() => 'ru'));

test.each([
  ['ru', '50 м', '2 км'],
  ['en', '50 m', '2 km'],
  ['de', '50 m', '2 km'],
] as const)('near and far in %s', (locale, near, far) => {
  overwriteGetLocale(() => locale);
  const plain = (metres: number) => distanceWords(metres).replace(/\s/g, ' ');
  expect([plain(50), plain(2000)]).toEqual([near, far]);
});
