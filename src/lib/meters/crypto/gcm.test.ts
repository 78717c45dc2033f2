import { expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { gcmCrypt, gcmTag } from './gcm.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

// Test case 4 of "The Galois/Counter Mode of Operation" (McGrew and Viega), with NIST's key.
const KEY = {
  key: hex('FEFFE9928665731C6D6A8F9467308308'),
  nonce: hex('CAFEBABEFACEDBADDECAF888'),
  aad: hex('FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2'),
};
const PLAIN = hex(
  'D9313225F88406E5A55909C5AFF5269A86A7A9531534F7DA2E4C303D8A318A72' +
    '1C3C0C95956809532FCF0E2449A6B525B16AEDF5AA0DE657BA637B39',
);
const CIPHER =
  '42831EC2217774244B7221B784D0D49CE3AA212F2C02A4E035C17E2329ACA12E' +
  '21D514B25466931C7D8F6A5AAC84AA051BA30B396A0AAC973D58E091';
const TAG = '5BC94FBC3221A5DB94FAE95A';

test('the known answer, with the tag of meters', () => {
  const { key, nonce, aad } = KEY;
  expect(toHex(gcmCrypt(key, nonce, PLAIN))).toBe(CIPHER);
  expect(gcmCrypt(key, nonce, hex(CIPHER))).toEqual(PLAIN);
  expect(toHex(gcmTag(key, nonce, { aad, plain: PLAIN }))).toBe(TAG);
});

test('the tag changes with every bit of text, key and header', () => {
  const { key, nonce, aad } = KEY;
  const text = PLAIN.subarray(0, 10);
  const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
    bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
  const good = gcmTag(key, nonce, { aad, plain: text });
  const tags = [
    ...Array.from({ length: 80 }, (_, n) => gcmTag(key, nonce, { aad, plain: flipped(text, n) })),
    ...Array.from({ length: 128 }, (_, n) => gcmTag(flipped(key, n), nonce, { aad, plain: text })),
    gcmTag(key, nonce, { aad: aad.slice(1), plain: text }),
  ];
  expect(tags.filter((tag) => toHex(tag) === toHex(good))).toEqual([]);
  expect(gcmCrypt(key, nonce, new Uint8Array(0))).toEqual(new Uint8Array(0));
});
