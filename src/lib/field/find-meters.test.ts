import { expect, test } from 'vitest';
import { findMeters } from './find-meters.ts';

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
