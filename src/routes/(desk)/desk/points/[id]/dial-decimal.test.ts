import { expect, test } from 'vitest';
import { fromDial, toDial } from './dial-decimal.ts';

test('kilowatt-hours are typed, watt-hours are kept, cubic metres are the same', () => {
  expect(toDial('5240000', true)).toBe('5240.000');
  expect(fromDial('5240,7', true)).toBe('5240700');
  expect(fromDial('5240', true)).toBe('5240000');
  expect(toDial('1000.900', false)).toBe('1000.900');
  expect(fromDial('1000,9', false)).toBe('1000.9');
  expect(fromDial('about 5', true)).toBe('about 5');
});
