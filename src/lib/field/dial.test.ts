import { describe, expect, test } from 'vitest';
import { dialSpan, dialUnit, digitsOfValue, doubtfulCell } from './dial.ts';
import { registerText, valueOfDigits } from './dial.ts';

const WATER = { digits: 5, decimals: 3, register: 10 } as const;
const POWER = { digits: 6, decimals: 1, register: 1 } as const;

describe('dial', () => {
  test.each([
    [WATER, '01204317', 1_204_317n],
    [WATER, '01204', 1_204_000n],
    [POWER, '0012345', 1_234_500n],
    [POWER, '', 0n],
    [{ digits: 5, decimals: 2, register: 10 }, '0120431', 1_204_310n],
  ] as const)('%o %s', (dial, typed, value) => {
    expect(valueOfDigits(dial, typed)).toBe(value);
  });

  test.each([
    [WATER, 1_204_317n, '01204317'],
    [POWER, 1_234_567n, '0012345'],
    [WATER, 100_000_001n, '00000001'],
  ] as const)('%o shows %s as %s', (dial, value, digits) => {
    expect(digitsOfValue(dial, value)).toBe(digits);
  });

  test('one turn, units and texts', () => {
    expect(dialSpan(WATER)).toBe(100_000_000n);
    expect(dialSpan(POWER)).toBe(1_000_000_000n);
    expect([1, 10, 13, 20].map(dialUnit)).toEqual(['kWh', 'm3', 'kWh', 'degC']);
    expect(registerText(10, 1_204_317n)).toBe('1204.317');
    expect(registerText(10, 5n)).toBe('0.005');
    expect(registerText(1, 1_234_500n)).toBe('1234500');
  });

  test('the first differing cell is named', () => {
    expect(doubtfulCell('01204317', '012653')).toBe(3);
    expect(doubtfulCell('01204317', '0120')).toBe(-1);
  });
});
