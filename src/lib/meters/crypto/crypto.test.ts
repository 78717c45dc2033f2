import { expect, test } from 'vitest';
import { fromHex, fromLatin1, toHex } from '#lib/base/bytes.ts';
import { aesCbcDecrypt, aesCbcEncrypt, aesCmac, aesCtr, aesEcbEncrypt } from './aes.ts';
import { crcArc, crcEn13757, crcKermit, crcModbus, crcX25 } from './crc.ts';
import { desCbcDecrypt, desCbcEncrypt } from './des.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

// NIST SP 800-38A appendix F: one key and one plain text for all modes.
const KEY = hex('2B7E151628AED2A6ABF7158809CF4F3C');
const PLAIN = hex('6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51');

test('AES-ECB, SP 800-38A F.1.1', () => {
  expect(toHex(aesEcbEncrypt(KEY, PLAIN))).toBe(
    '3AD77BB40D7A3660A89ECAF32466EF97F5D3D58503B9699DE785895A96FDBAAF',
  );
});

test('AES-CBC, SP 800-38A F.2.1 and F.2.2', () => {
  const iv = hex('000102030405060708090A0B0C0D0E0F');
  const cipher = aesCbcEncrypt(KEY, iv, PLAIN);
  expect(toHex(cipher)).toBe('7649ABAC8119B246CEE98E9B12E9197D5086CB9B507219EE95DB113A917678B2');
  expect(aesCbcDecrypt(KEY, iv, cipher)).toEqual(PLAIN);
});

test('AES-CTR, SP 800-38A F.5.1, also for a broken last block', () => {
  const iv = hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF');
  const cipher = aesCtr(KEY, iv, PLAIN);
  expect(toHex(cipher)).toBe('874D6191B620E3261BEF6864990DB6CE9806F66B7970FDFF8617187BB9FFFDFF');
  expect(aesCtr(KEY, iv, cipher.subarray(0, 21))).toEqual(PLAIN.subarray(0, 21));
});

test.each([
  ['', 'BB1D6929E95937287FA37D129B756746'],
  ['6BC1BEE22E409F96E93D7E117393172A', '070A16B46B4D4144F79BDD9DD04A287C'],
  [toHex(PLAIN) + '30C81C46A35CE411', 'DFA66747DE9AE63030CA32611497C827'],
])('AES-CMAC of %s, RFC 4493 clause 4', (message, mac) => {
  expect(toHex(aesCmac(KEY, hex(message)))).toBe(mac);
});

test('check values of the CRCs for "123456789"', () => {
  const check = fromLatin1('123456789');
  expect([crcEn13757(check), crcX25(check), crcArc(check)]).toEqual([0xc2b7, 0x906e, 0xbb3d]);
  expect([crcModbus(check), crcKermit(check)]).toEqual([0x4b37, 0x2189]);
});

test('DES-CBC: the worked example of FIPS 46, and three blocks of a vector of OpenSSL', () => {
  const zero = new Uint8Array(8);
  const sealed = desCbcEncrypt(hex('133457799BBCDFF1'), zero, hex('0123456789ABCDEF'));
  expect(toHex(sealed)).toBe('85E813540F0AB405');
  const iv = hex('0001020304050607');
  const chained = desCbcEncrypt(KEY.subarray(0, 8), iv, PLAIN.subarray(0, 24));
  expect(toHex(chained)).toBe('39721ED4246D188FF8BAA61A8E381C3BF7312B53C854C0C6');
  expect(desCbcDecrypt(KEY.subarray(0, 8), iv, chained)).toEqual(PLAIN.subarray(0, 24));
});
