import { beforeAll, describe, expect, test } from 'vitest';
import { overwriteGetLocale, type Locale } from './paraglide/runtime.js';
import { placeWords } from './place.ts';

let locale: Locale = 'ru';
beforeAll(() => overwriteGetLocale(() => locale));

const LOCALES = ['ru', 'en', 'de'] as const;
const flat = { flat: '43', entrance: '2', address: 'Лесная, 14, кв. 43' };
const cottage = { flat: null, entrance: null, address: 'Выселки, 5а' };
const stairs = { flat: null, entrance: '2', address: 'Лесная, 14, подъезд 2' };

describe('words of a place', () => {
  test.each([
    ['a flat', flat, ['кв.\u00a043', 'flat\u00a043', 'Whg.\u00a043']],
    ['a cottage', cottage, ['дом\u00a05а', 'house\u00a05а', 'Haus\u00a05а']],
    ['an entrance', stairs, ['подъезд\u00a02', 'entrance\u00a02', 'Eingang\u00a02']],
  ] as const)('%s', (_, place, words) => {
    const said = LOCALES.map((one) => {
      locale = one;
      return placeWords(place);
    });
    expect(said).toEqual(words);
  });

  test('a word that the register brings along is not said twice', () => {
    locale = 'ru';
    expect(placeWords({ ...flat, flat: 'кв. 43' })).toBe('кв. 43');
    expect(placeWords({ ...flat, flat: 'Общежитие' })).toBe('Общежитие');
  });

  test('an address without a number stays as it is', () => {
    expect(placeWords({ ...cottage, address: 'Насосная станция' })).toBe('Насосная станция');
    expect(placeWords({ ...cottage, address: 'Садовая, 3' })).toBe('дом\u00a03');
  });
});
