import { expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { gcmOpen, gcmSeal } from './gcm.ts';

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
  tagBytes: 16,
};
const PLAIN = hex(
  'D9313225F88406E5A55909C5AFF5269A86A7A9531534F7DA2E4C303D8A318A72' +
    '1C3C0C95956809532FCF0E2449A6B525B16AEDF5AA0DE657BA637B39',
);
const CIPHER =
  '42831EC2217774244B7221B784D0D49CE3AA212F2C02A4E035C17E2329ACA12E' +
  '21D514B25466931C7D8F6A5AAC84AA051BA30B396A0AAC973D58E091';
const TAG = '5BC94FBC3221A5DB94FAE95AE7121A47';

test('the known answer, whole and with the tag of meters', () => {
  expect(toHex(gcmSeal(KEY, PLAIN))).toBe(CIPHER + TAG);
  const short = { ...KEY, tagBytes: 12 };
  expect(toHex(gcmSeal(short, PLAIN))).toBe(CIPHER + TAG.slice(0, 24));
  expect(gcmOpen(short, hex(CIPHER + TAG.slice(0, 24)))).toEqual({ ok: true, value: PLAIN });
});

test('every bit error, a wrong key, a wrong header and a cut are refused', () => {
  const use = { ...KEY, tagBytes: 12 };
  const sealed = gcmSeal(use, PLAIN.subarray(0, 10));
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const broken = sealed.slice();
    broken[bit >> 3]! ^= 1 << (bit & 7);
    expect(gcmOpen(use, broken)).toMatchObject({ ok: false, error: { code: 'bad_tag' } });
  }
  expect(gcmOpen({ ...use, key: use.key.map((b) => b ^ 1) }, sealed).ok).toBe(false);
  expect(gcmOpen({ ...use, aad: use.aad.slice(1) }, sealed).ok).toBe(false);
  expect(gcmOpen(use, sealed.subarray(0, 11))).toMatchObject({ error: { code: 'truncated' } });
  expect(gcmOpen(use, gcmSeal(use, new Uint8Array(0)))).toMatchObject({ ok: true });
});
