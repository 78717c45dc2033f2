import { describe, expect, test } from 'vitest';
import { fromHex } from '#lib/base/bytes.ts';
import { decimal } from '#lib/base/decimal.ts';
import { must } from '#lib/base/assert.ts';
import { encodeRecords } from '#lib/meters/mbus/records.ts';
import { makeRecord } from '#lib/meters/mbus/build.ts';
import { encodeFragments, encodeTelegram } from '#lib/meters/wmbus/encode.ts';
import type { DataRecord } from '#lib/meters/telegram.ts';
import { RadioBook, type RadioOutcome } from './radio-book.ts';

const hex = (text: string): Uint8Array => {
  const read = fromHex(text);
  return must(read.ok ? read.value : null, 'hex in a test');
};
const KEY = hex('000102030405060708090A0B0C0D0E0F');
const OTHER = hex('0F0E0D0C0B0A09080706050403020100');
const METER = { meterId: 7, radioId: '48125519', register: 10 } as const;

function total(litres: number): DataRecord {
  const made = makeRecord({ quantity: 'volume', unit: 'm3', value: decimal(litres, -3) });
  return must(made.ok ? made.value : null, 'a record of volume');
}

function telegram(access: number, litres = 1_204_317): Uint8Array {
  return encodeTelegram({
    format: 'A',
    sender: { manufacturer: 'KLT', id: METER.radioId, version: 27, type: 7 },
    ci: 0x7a,
    access,
    mode: 5,
    key: KEY,
    payload: encodeRecords({ records: [total(litres)] }),
  });
}
const book = (key: Uint8Array | null = KEY): RadioBook =>
  new RadioBook([METER], new Map(key ? [[METER.meterId, key]] : []));
const take = (to: RadioBook, bytes: Uint8Array, at = 1000): RadioOutcome =>
  to.take({ bytes, at, rssiDbm: -74 });

describe('a telegram of the round', () => {
  test('becomes a reading in the scale of the register', () => {
    expect(take(book(), telegram(1))).toMatchObject({
      kind: 'reading',
      value: 1_204_317n,
      trace: { meterId: 7, rssiDbm: -74, count: 1, cause: null, mode: 5 },
    });
  });

  test('in two fragments is read when the second has come, and kept whole', () => {
    const round = book();
    const input = {
      format: 'A',
      sender: { manufacturer: 'KLT', id: METER.radioId, version: 27, type: 7 },
      ci: 0x7a,
      access: 1,
      mode: 7,
      key: KEY,
      counter: 5,
      payload: encodeRecords({ records: [total(1_204_317), total(1), total(2)] }),
    } as const;
    const [first, second] = encodeFragments(input, 2);
    expect(take(round, first!)).toMatchObject({ kind: 'trouble', trace: { cause: 'incomplete' } });
    const whole = take(round, second!);
    expect(whole).toMatchObject({ kind: 'reading', value: 1_204_317n, trace: { cause: null } });
    expect(take(book(), whole.kind === 'reading' ? whole.raw : second!).kind).toBe('reading');
  });

  test('teaches formats that the next round can start with', () => {
    const round = book();
    take(round, telegram(1));
    expect(round.formats).toHaveLength(1);
    expect(new RadioBook([METER], new Map(), round.formats).formats).toEqual(round.formats);
  });

  test('is taken once however often the meter repeats it', () => {
    const round = book();
    expect(take(round, telegram(1)).kind).toBe('reading');
    expect(take(round, telegram(1)).kind).toBe('repeat');
    expect(take(round, telegram(2)).kind).toBe('reading');
  });

  test.each([
    [OTHER, 'wrong-key'],
    [null, 'no-key'],
  ])('with key %o is in trouble: %s', (key, cause) => {
    expect(take(book(key), telegram(1))).toMatchObject({ kind: 'trouble', trace: { cause } });
  });

  test('damaged behind its address is corrupt, never a wrong key; its repetition counts', () => {
    const round = book();
    const broken = telegram(1);
    broken[20] = broken[20]! ^ 0x40;
    expect(take(round, broken)).toMatchObject({ kind: 'trouble', trace: { cause: 'corrupt' } });
    expect(take(round, telegram(1)).kind).toBe('reading');
  });

  test('of another meter is counted and not kept', () => {
    const round = new RadioBook([{ ...METER, radioId: '11111111' }], new Map());
    expect(take(round, telegram(1))).toEqual({ kind: 'stranger', radioId: METER.radioId });
    expect(round.strangers.size).toBe(1);
  });

  test('without the register of the round says so', () => {
    const gas = new RadioBook([{ ...METER, register: 1 }], new Map([[7, KEY]]));
    expect(take(gas, telegram(1))).toMatchObject({
      kind: 'trouble',
      trace: { cause: 'no-register' },
    });
  });

  test('any bytes have an outcome', () => {
    const whole = telegram(1);
    for (let length = 0; length < whole.length; length++) {
      expect(take(book(), whole.slice(0, length)).kind, `${length}`).not.toBe('reading');
    }
  });
});
