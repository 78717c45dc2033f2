import { describe, expect, test } from 'vitest';
import type { MeterView } from '#lib/offline/types.ts';
import { Typing } from './field-typing.svelte.ts';

const DAY_MS = 864e5;
const meter = {
  meterId: 1,
  roundId: 1,
  register: 10,
  digits: 5,
  decimals: 3,
  history: [[Date.now() - 30 * DAY_MS, '1204317']],
  usualPerDay: ['133', '233'],
} as unknown as MeterView;

const typed = (digits: string): Typing => {
  const typing = new Typing(meter);
  for (const digit of digits) typing.digit(digit);
  return typing;
};

describe('a reading being typed', () => {
  test('is complete with the whole cells, decimals count as nought', () => {
    expect(typed('0120').complete).toBe(false);
    expect(typed('01209')).toMatchObject({ complete: true, value: 1_209_000n, doubt: null });
  });

  test('never grows past the dial, and is emptied cell by cell or at once', () => {
    const typing = typed('012098765432');
    expect(typing.typed).toBe('01209876');
    typing.delete();
    expect(typing.typed).toBe('0120987');
    typing.clear();
    expect(typing.typed).toBe('');
  });

  test.each([
    ['01265', 'too-high', [3]],
    ['01199000', 'lower', [2]],
    ['01204317', 'equal', []],
    ['01204400', 'too-low', [5]],
  ] as const)('%s is %s at %j', (digits, code, cells) => {
    const typing = typed(digits);
    expect(typing.doubt?.code).toBe(code);
    expect(typing.doubtful).toEqual(cells);
  });

  test('the digits of the last reading so far are no doubt until the decimals are there', () => {
    expect(typed('01204').doubt).toBeNull();
    expect(typed('0120431').doubt).toBeNull();
  });
});
