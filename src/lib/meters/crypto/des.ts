/**
 * DES in CBC mode (FIPS 46-3, FIPS 81), for meters older than AES: security modes 2 and 3. It hides
 * nothing from anybody who wants to know; it is here to read, not to protect. Called by
 * `mbus/security-des.ts`.
 *
 * Bits are counted as the standard counts them: 1 is the most significant one.
 */
import { assert } from '#lib/base/assert.ts';

export const DES_BLOCK = 8;

/** FIPS 46-3 appendix 1, S1 to S8: four rows of sixteen digits each. */
const S_BOXES = [
  'e4d12fb83a6c5907 0f74e2d1a6cb9538 41e8d62bfc973a50 fc8249175b3ea06d',
  'f18e6b34972dc05a 3d47f28ec01a69b5 0e7ba4d158c6932f d8a13f42b67c05e9',
  'a09e63f51dc7b428 d709346a285ecbf1 d6498f30b12c5ae7 1ad069874fe3b52c',
  '7de3069a1285bc4f d8b56f03472c1ae9 a690cb7df13e5284 3f06a1d8945bc72e',
  '2c417ab6853fd0e9 eb2c47d150fa3986 421bad78f9c5630e b8c71e2d6f09a453',
  'c1af92680d34e75b af427c9561de0b38 9ef528c3704a1db6 432c95fabe17608d',
  '4b2ef08d3c975a61 d0b7491ae35c2f86 14bdc37eaf680592 6bd814a7950fe23c',
  'd2846fb1a93e50c7 1fd8a374c56b0e92 7b419ce206adf358 21e74a8dfc90356b',
].map((row) => [...row.replaceAll(' ', '')].map((digit) => parseInt(digit, 16)));

const PC1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60,
  52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21,
  13, 5, 28, 20, 12, 4,
];
const PC2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52,
  31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const P = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13,
  30, 6, 22, 11, 4, 25,
];
/** Left rotations of the key halves before each round. */
const SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

/** The initial permutation: even columns, then odd ones, each from the bottom row up. */
const IP = [58, 60, 62, 64, 57, 59, 61, 63].flatMap((top) =>
  Array.from({ length: 8 }, (_, row) => top - 8 * row),
);
const FINAL = Array.from({ length: 64 }, (_, i) => IP.indexOf(i + 1) + 1);
/** Each half of 32 bits grows to eight groups of six that overlap. */
const E = Array.from({ length: 48 }, (_, i) => {
  const bit = 4 * Math.floor(i / 6) + (i % 6);
  return ((bit + 31) % 32) + 1;
});

type Bits = readonly number[];
const permute = (bits: Bits, table: Bits): Bits => table.map((at) => bits[at - 1]!);
const toBits = (bytes: Uint8Array): Bits =>
  [...bytes].flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1));

function roundKeys(key: Uint8Array): readonly Bits[] {
  const chosen = permute(toBits(key), PC1);
  let at = 0;
  const turned = (half: Bits): Bits => [...half.slice(at), ...half.slice(0, at)];
  return SHIFTS.map((shift) => {
    at = (at + shift) % 28;
    return permute([...turned(chosen.slice(0, 28)), ...turned(chosen.slice(28))], PC2);
  });
}

function feistel(half: Bits, key: Bits): Bits {
  const mixed = permute(half, E).map((bit, i) => bit ^ key[i]!);
  const out = S_BOXES.flatMap((box, i) => {
    const [a, b, c, d, e, f] = mixed.slice(6 * i, 6 * i + 6) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const row = 2 * a + f;
    const value = box[16 * row + 8 * b + 4 * c + 2 * d + e]!;
    return [value >> 3, (value >> 2) & 1, (value >> 1) & 1, value & 1];
  });
  return permute(out, P);
}

function block(input: Uint8Array, keys: readonly Bits[]): Uint8Array {
  const start = permute(toBits(input), IP);
  let [left, right] = [start.slice(0, 32), start.slice(32)] as [Bits, Bits];
  for (const key of keys) {
    const mixed = feistel(right, key);
    [left, right] = [right, left.map((bit, i) => bit ^ mixed[i]!)];
  }
  const bits = permute([...right, ...left], FINAL);
  return Uint8Array.from({ length: DES_BLOCK }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((byte, bit) => 2 * byte + bit, 0),
  );
}

function checked(key: Uint8Array, iv: Uint8Array, data: Uint8Array): void {
  assert(key.length === DES_BLOCK && iv.length === DES_BLOCK, 'DES needs 8-byte key and vector');
  assert(data.length % DES_BLOCK === 0, 'DES needs whole blocks');
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ b[i]!);

export function desCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  checked(key, iv, data);
  const keys = roundKeys(key).toReversed();
  const out = new Uint8Array(data.length);
  let before = iv;
  for (let at = 0; at < data.length; at += DES_BLOCK) {
    const sealed = data.subarray(at, at + DES_BLOCK);
    out.set(xor(block(sealed, keys), before), at);
    before = sealed;
  }
  return out;
}

/** Twin of `desCbcDecrypt`. */
export function desCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  checked(key, iv, data);
  const keys = roundKeys(key);
  const out = new Uint8Array(data.length);
  let before = iv;
  for (let at = 0; at < data.length; at += DES_BLOCK) {
    before = block(xor(data.subarray(at, at + DES_BLOCK), before), keys);
    out.set(before, at);
  }
  return out;
}
