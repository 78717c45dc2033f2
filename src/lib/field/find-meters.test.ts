import { expect, test } from 'vitest';
import { findMeters, meterOfCode } from './find-meters.ts';

const METERS = [
  { serial: '4812 5519', flat: 'кв. 43', address: 'Лесная, 14' },
  { serial: '48120043', flat: 'кв. 5', address: 'Лесная, 14' },
  { serial: '55190000', flat: null, address: 'Выселки, 3' },
];
const found = (query: string): string[] => findMeters(METERS, query).map(({ serial }) => serial);

test.each([
  ['5519', ['4812 5519', '55190000']],
  ['43', ['4812 5519', '48120043']],
  ['кв. 5', ['48120043']],
  ['кв 43', ['4812 5519']],
  ['Whg. 5', ['48120043']],
  ['выс', ['55190000']],
  ['', ['4812 5519', '48120043', '55190000']],
  ['999', []],
])('"%s"', (query, expected) => expect(found(query)).toEqual(expected));

test('a scanned code names one meter or none', () => {
  const meters = [
    { serial: '77 000 037', radioId: '12345678' },
    { serial: 'KLT-990074', radioId: null },
    { serial: '1100990074', radioId: null },
    { serial: '42', radioId: null },
  ];
  const named = (code: string) => meterOfCode(meters, code)?.serial ?? null;
  expect(named('77000037')).toBe('77 000 037');
  expect(named('1234 5678')).toBe('77 000 037');
  expect(named('ELS77000037')).toBe('77 000 037');
  expect(named('klt990074')).toBe('KLT-990074');
  // Two numbers end like this: the person must look, the app must not guess.
  expect(named('990074')).toBeNull();
  expect(named('XX42')).toBeNull();
  expect(named('42')).toBe('42');
  expect(named(' ')).toBeNull();
});
