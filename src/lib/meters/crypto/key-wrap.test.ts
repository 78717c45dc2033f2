import { expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { unwrapKey, wrapKey } from './key-wrap.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

// RFC 3394 clauses 4.1, 4.3 and 4.6.
test.each([
  [
    '000102030405060708090A0B0C0D0E0F',
    '00112233445566778899AABBCCDDEEFF',
    '1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5',
  ],
  [
    '000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F',
    '00112233445566778899AABBCCDDEEFF',
    '64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7',
  ],
  [
    '000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F',
    '00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F',
    '28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21',
  ],
])('RFC 3394, key %s', (kek, key, wrapped) => {
  expect(toHex(wrapKey(hex(kek), hex(key)))).toBe(wrapped);
  expect(unwrapKey(hex(kek), hex(wrapped))).toEqual(hex(key));
});

test('any changed bit, another key and other lengths unwrap nothing', () => {
  const [kek, key] = [new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)];
  const wrapped = wrapKey(kek, key);
  for (let bit = 0; bit < wrapped.length * 8; bit++) {
    const changed = wrapped.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(unwrapKey(kek, changed)).toBeNull();
  }
  expect(unwrapKey(new Uint8Array(16), wrapped)).toBeNull();
  expect(unwrapKey(new Uint8Array(5), wrapped)).toBeNull();
  const prng = createPrng(3394);
  for (let size = 0; size < 70; size++) expect(unwrapKey(kek, prng.bytes(size))).toBeNull();
});
