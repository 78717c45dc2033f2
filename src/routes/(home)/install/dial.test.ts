import { expect, test } from 'vitest';
import { agreesWithBarCode, agreesWithSerial, dialText, digitsOf, isSerial } from './dial.ts';

const shape = { digits: 5, decimals: 3 };

test('cells and text are two ways to write one reading', () => {
  expect(dialText('00123456', shape)).toBe('123.456');
  expect(digitsOf('123.456', shape)).toBe('00123456');
  expect(digitsOf('', shape)).toBe('');
  expect(dialText('00000', { digits: 5, decimals: 0 })).toBe('0');
});

test.each([
  ['12345678', 'KL 12345678', true],
  ['00123456', '123456', true],
  ['52017003', '21-52017003', true],
  ['12345679', '12345678', false],
  // Not made of digits, or too short to say anything.
  ['ABCD1234', '99999999', true],
  ['1234', '99999999', true],
  ['12345678', '12', true],
])('radio %s and meter number %s: %s', (deviceId, serial, agrees) => {
  expect(agreesWithSerial({ deviceId, serial })).toBe(agrees);
});

test('a bar code may carry more than the number, never another one', () => {
  expect(agreesWithBarCode('kl-77001', '8KL-77001X')).toBe(true);
  expect(agreesWithBarCode('KL-77001', 'KL-77002')).toBe(false);
});

test('a number is what the server takes', () => {
  expect(isSerial('KL-77001')).toBe(true);
  expect(isSerial('КЛ-77001')).toBe(false);
  expect(isSerial('1')).toBe(false);
});
