import { expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import type { DeviceAddress } from '../telegram.ts';
import { decodeJoined, decodeTelegram } from './decode.ts';
import { encodeFragments, encodeTelegram, type TelegramInput } from './encode.ts';
import { collectFragment, NO_FRAGMENTS, type FragmentBook } from './fragments.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};
const KEY = hex('000102030405060708090A0B0C0D0E0F');
const METER = { manufacturer: 'KLT', id: '12345678', version: 3, type: 7 };
const PAYLOAD = hex('0C1427048502'.repeat(30));
const inputOf = (mode: 7 | 8, sender: DeviceAddress = METER): TelegramInput => ({
  format: 'A',
  sender,
  ci: 0x7a,
  access: 42,
  payload: PAYLOAD,
  mode,
  key: KEY,
  counter: 77,
});

function collectAll(telegrams: readonly Uint8Array[]): Uint8Array | null {
  let book: FragmentBook = NO_FRAGMENTS;
  let frame: Uint8Array | null = null;
  for (const [i, telegram] of telegrams.entries()) {
    const taken = collectFragment(book, telegram, i * 1000);
    if (!taken.ok) continue;
    book = taken.value.book;
    frame = taken.value.frame ?? frame;
  }
  if (frame) expect(book.size).toBe(0);
  return frame;
}

test.each([
  [7, 2],
  [8, 2],
  [8, 5],
] as const)('mode %i in %i fragments gives all records and a proved MAC', (mode, count) => {
  const telegrams = encodeFragments(inputOf(mode), count);
  for (const telegram of telegrams) {
    const t = decodeTelegram(telegram, { keyFor: () => KEY });
    expect([t.status, t.fault?.code]).toEqual(['incomplete', 'fragment']);
  }
  const t = decodeJoined(collectAll(telegrams)!, 'A', { keyFor: () => KEY });
  expect([t.status, t.verified, t.records.length, t.device]).toEqual(['decoded', true, 30, METER]);
  expect(toHex(t.payload!)).toContain(toHex(PAYLOAD));
});

test('a forged fragment fails the MAC over all', () => {
  const telegrams = encodeFragments({ ...inputOf(8), format: 'stripped' }, 3);
  telegrams[1]![40]! ^= 1;
  const t = decodeJoined(collectAll(telegrams)!, 'A', { keyFor: () => KEY });
  expect([t.status, t.fault?.code, t.records]).toEqual(['error', 'bad_mac', []]);
});

test('doubled fragments are one, lost and swapped ones give nothing', () => {
  const [a, b, c] = encodeFragments(inputOf(8), 3);
  expect(collectAll([a!, a!, b!, b!, c!])).not.toBeNull();
  expect(collectAll([a!, c!])).toBeNull();
  expect(collectAll([b!, c!])).toBeNull();
  expect(collectAll([a!, c!, b!])).toBeNull();
  const taken = collectFragment(NO_FRAGMENTS, b!, 0);
  expect(taken.ok ? null : taken.error.code).toBe('missing_fragment');
});

test('fragments of two meters do not mix', () => {
  const other = { ...METER, id: '00000001' };
  const mine = encodeFragments(inputOf(8), 2);
  const theirs = encodeFragments(inputOf(8, other), 2);
  let book: FragmentBook = NO_FRAGMENTS;
  const frames: Uint8Array[] = [];
  for (const telegram of [mine[0]!, theirs[0]!, mine[1]!, theirs[1]!]) {
    const taken = collectFragment(book, telegram, 0);
    if (!taken.ok) throw new Error(taken.error.detail);
    book = taken.value.book;
    if (taken.value.frame) frames.push(taken.value.frame);
  }
  const read = frames.map((frame) => decodeJoined(frame, 'A', { keyFor: () => KEY }));
  expect(read.map((t) => [t.status, t.device?.id])).toEqual([
    ['decoded', '12345678'],
    ['decoded', '00000001'],
  ]);
});

test('an old fragment is forgotten, a whole telegram is none', () => {
  const [a, b] = encodeFragments(inputOf(8), 2);
  const first = collectFragment(NO_FRAGMENTS, a!, 0);
  const late = first.ok && collectFragment(first.value.book, b!, 60_000);
  expect(late && !late.ok && late.error.code).toBe('missing_fragment');
  for (const whole of [encodeTelegram(inputOf(7)), encodeTelegram({ ...inputOf(7), mode: 0 })]) {
    const taken = collectFragment(NO_FRAGMENTS, whole, 0);
    expect(taken.ok ? null : taken.error.code).toBe('no_fragment');
  }
});

test('cut and damaged fragments never throw and never give a wrong record', () => {
  const prng = createPrng(11);
  const telegrams = encodeFragments({ ...inputOf(8), format: 'stripped' }, 3);
  for (let i = 0; i < 300; i++) {
    const spoilt = telegrams.map((telegram) => telegram.slice());
    const victim = prng.pick(spoilt);
    if (prng.chance(0.5)) victim[prng.int(1, victim.length)]! ^= 1 << prng.int(0, 8);
    else spoilt[spoilt.indexOf(victim)] = victim.subarray(0, prng.int(0, victim.length));
    const frame = collectAll(spoilt);
    const t = frame ? decodeJoined(frame, 'stripped', { keyFor: () => KEY }) : null;
    for (const { value } of t?.records ?? []) {
      expect(value).toEqual({ kind: 'number', value: { units: 2850427n, scale: -2 } });
    }
  }
});
