import { expect, test } from 'vitest';
import { fromHex } from '#lib/base/bytes.ts';
import { must } from '#lib/base/assert.ts';
import { decodeTelegram } from './decode.ts';
import { isReadable } from './readable.ts';

// Cold water 11111111, one complete volume record, then the DIF of a record that never comes.
const WHOLE = '1044931511111111010778041300010000';
const bytes = (hex: string) => {
  const read = fromHex(hex);
  return must(read.ok ? read.value : null, 'hex');
};
const framed = (body: string) => bytes((body.length / 2).toString(16).padStart(2, '0') + body);

test('a whole telegram is readable', () => {
  expect(isReadable(decodeTelegram(bytes(WHOLE), {}))).toBe(true);
});

test('an intact frame whose last record is cut off gives the records before it', () => {
  const telegram = decodeTelegram(framed(`${WHOLE.slice(2)}0C`), {});
  expect(telegram.status).not.toBe('decoded');
  expect(isReadable(telegram)).toBe(true);
  expect(telegram.records).toHaveLength(1);
});

test('a frame shorter than its length field is not readable, wherever it was cut', () => {
  const whole = bytes(WHOLE);
  for (let cut = 1; cut < whole.length; cut++) {
    expect(isReadable(decodeTelegram(whole.subarray(0, cut), {})), `cut at ${cut}`).toBe(false);
  }
});
