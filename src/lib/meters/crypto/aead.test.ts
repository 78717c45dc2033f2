import { expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '#lib/base/bytes.ts';
import { ccmOpen, ccmSeal, gcmCrypt, gcmOpen, gcmSeal, gcmTag } from './aead.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

// NIST SP 800-38C appendix C, examples 1 and 2.
const CCM = [
  ['10111213141516', '0001020304050607', '20212223', '7162015B4DAC255D', 4],
  [
    '1011121314151617',
    '000102030405060708090A0B0C0D0E0F',
    '202122232425262728292A2B2C2D2E2F',
    'D2A1F0E051EA5F62081A7792073D593D1FC64FBFACCD',
    6,
  ],
] as const;

test.each(CCM)('AES-CCM with nonce %s, SP 800-38C', (nonce, header, clear, sealed, tagSize) => {
  const aead = {
    key: hex('404142434445464748494A4B4C4D4E4F'),
    nonce: hex(nonce),
    header: hex(header),
    tagSize,
  };
  expect(toHex(ccmSeal(aead, hex(clear)))).toBe(sealed);
  expect(ccmOpen(aead, hex(sealed))).toEqual(hex(clear));
});

// The GCM specification of McGrew and Viega, test case 4, as SP 800-38D was validated with.
const GCM = {
  key: hex('FEFFE9928665731C6D6A8F9467308308'),
  nonce: hex('CAFEBABEFACEDBADDECAF888'),
  header: hex('FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2'),
};
const GCM_CLEAR = hex(
  'D9313225F88406E5A55909C5AFF5269A86A7A9531534F7DA2E4C303D8A318A72' +
    '1C3C0C95956809532FCF0E2449A6B525B16AEDF5AA0DE657BA637B39',
);
const GCM_CIPHER =
  '42831EC2217774244B7221B784D0D49CE3AA212F2C02A4E035C17E2329ACA12E' +
  '21D514B25466931C7D8F6A5AAC84AA051BA30B396A0AAC973D58E091';
const GCM_TAG = '5BC94FBC3221A5DB94FAE95AE7121A47';

test.each([16, 12, 8])('AES-GCM with a tag of %i bytes, test case 4', (tagSize) => {
  const sealed = GCM_CIPHER + GCM_TAG.slice(0, 2 * tagSize);
  expect(toHex(gcmSeal({ ...GCM, tagSize }, GCM_CLEAR))).toBe(sealed);
  expect(gcmOpen({ ...GCM, tagSize }, hex(sealed))).toEqual(GCM_CLEAR);
});

test('AES-256-GCM, test case 16', () => {
  const key = concatBytes(GCM.key, GCM.key);
  const sealed = hex(
    '522DC1F099567D07F47F37A32A84427D643A8CDCBFE5C0C97598A2BD2555D1AA' +
      '8CB08E48590DBB3DA7B08B1056828838C5F61E6393BA7A0ABCC9F66276FC6ECE0F4E1768CDDF8853',
  );
  expect(gcmSeal({ ...GCM, key, tagSize: 12 }, GCM_CLEAR)).toEqual(sealed);
  expect(gcmOpen({ ...GCM, key, tagSize: 12 }, sealed)).toEqual(GCM_CLEAR);
});

test('the text alone is read without a check, the tag alone is made without the text', () => {
  expect(gcmCrypt(GCM.key, GCM.nonce, hex(GCM_CIPHER))).toEqual(GCM_CLEAR);
  expect(gcmCrypt(GCM.key, GCM.nonce, new Uint8Array(0))).toHaveLength(0);
  expect(toHex(gcmTag({ ...GCM, tagSize: 12 }, GCM_CLEAR))).toBe(GCM_TAG.slice(0, 24));
});

// The same specification, test case 16: AES-256.
test('a key of 32 bytes, as DLMS suite 2 has it', () => {
  const key = hex(toHex(GCM.key).repeat(2));
  const sealed = gcmSeal({ ...GCM, key, tagSize: 16 }, GCM_CLEAR);
  expect(toHex(sealed.slice(-16))).toBe('76FC6ECE0F4E1768CDDF8853BB2D551B');
  expect(gcmOpen({ ...GCM, key, tagSize: 16 }, sealed)).toEqual(GCM_CLEAR);
});

test('one changed bit anywhere and nothing is opened', () => {
  const aead = { ...GCM, tagSize: 12 };
  for (const seal of [gcmSeal, ccmSeal]) {
    const open = seal === gcmSeal ? gcmOpen : ccmOpen;
    const sealed = seal(aead, GCM_CLEAR);
    for (let i = 0; i < sealed.length; i++) {
      const forged = sealed.slice();
      forged[i]! ^= 1;
      expect(open(aead, forged)).toBeNull();
    }
    expect(open({ ...aead, header: hex('00') }, sealed)).toBeNull();
    expect(open(aead, sealed.subarray(0, 5))).toBeNull();
  }
});
