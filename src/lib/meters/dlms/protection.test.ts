import { expect, test } from 'vitest';
import { fromHex, fromLatin1, toHex } from '#lib/base/bytes.ts';
import { decodeApdu, encodeApdu } from './apdu.ts';
import { HLS_MECHANISMS, isProof, proofOf, type ProofInput } from './hls.ts';
import { openApdu } from './push.ts';
import { protect, unprotect, type Protection, type ProtectionForm } from './protection.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

const CLIENT = fromLatin1('KLTREAD1');
const METER = fromLatin1('KLT00001');
const KEY = hex('000102030405060708090A0B0C0D0E0F');
const AUTH_KEY = hex('D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF');
const GET = hex('C001C100030100010800FF0200');

const sender = (more: Partial<Protection> = {}): Protection => ({
  form: 'service',
  control: 0x30,
  isDedicated: false,
  key: KEY,
  authKey: AUTH_KEY,
  ownTitle: CLIENT,
  peerTitle: METER,
  ...more,
});
const receiver = (more: Partial<Protection> = {}): Protection => ({
  ...sender(more),
  ownTitle: METER,
  peerTitle: CLIENT,
});

const FORMS: readonly (readonly [ProtectionForm, boolean, string])[] = [
  ['service', false, 'glo-get-request'],
  ['service', true, 'ded-get-request'],
  ['general', false, 'general-glo-ciphering'],
  ['general', true, 'general-ded-ciphering'],
  ['general-ciphering', false, 'general-ciphering'],
];

test.each(FORMS)('%s, dedicated %s: %s', (form, isDedicated, type) => {
  for (const control of [0x10, 0x20, 0x30]) {
    const more = { form, isDedicated, control };
    const sealed = protect(GET, sender(more), 77);
    const read = decodeApdu(sealed);
    expect(read.ok && read.value.apdu.type).toBe(type);
    expect(unprotect(sealed, receiver(more))).toEqual({
      ok: true,
      value: { plain: GET, counter: 77 },
    });
    // The telegram explainer opens the same, with the title of the association where needed.
    if (read.ok) {
      const opened = openApdu(read.value, { key: KEY, authKey: AUTH_KEY }, CLIENT);
      expect(opened.fault).toBeNull();
      expect(opened.plain).toEqual(GET);
    }
  }
});

const code = (bytes: Uint8Array, p: Protection): string => {
  const opened = unprotect(bytes, p);
  return opened.ok ? 'ok' : opened.error.code;
};

test.each(FORMS)('%s, dedicated %s: any changed bit is refused', (form, isDedicated) => {
  const sealed = protect(GET, sender({ form, isDedicated }), 77);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = sealed.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(code(changed, receiver({ form, isDedicated })), `bit ${bit}`).not.toBe('ok');
  }
});

test('less than agreed is refused, also what is under another key or from another sender', () => {
  expect(code(GET, receiver())).toBe('not_ciphered');
  expect(code(protect(GET, sender({ control: 0x20 }), 1), receiver())).toBe('not_ciphered');
  expect(code(protect(GET, sender({ control: 0x10 }), 1), receiver())).toBe('not_ciphered');
  expect(code(protect(GET, sender({ isDedicated: true }), 1), receiver())).toBe('not_ciphered');
  expect(code(protect(GET, sender({ authKey: KEY }), 1), receiver())).toBe('bad_tag');
  for (const form of ['general', 'general-ciphering'] as const) {
    const foreign = protect(GET, sender({ form, ownTitle: fromLatin1('OTHER001') }), 1);
    expect(code(foreign, receiver())).toBe('wrong_title');
  }
});

test('a get answer inside the tag of a set answer is refused', () => {
  const sealed = protect(GET, sender(), 1).slice();
  // glo-get-request becomes glo-set-request; the ciphered octets stay valid.
  sealed[0] = 0xc9;
  expect(code(sealed, receiver())).toBe('bad_tag');
});

test('services without a ciphered tag of their own go as general-glo-ciphering', () => {
  const notification = encodeApdu({
    type: 'data-notification',
    longInvoke: 1,
    dateTime: { bytes: new Uint8Array(0), isTagged: false },
    data: Uint8Array.of(0),
  });
  const sealed = protect(notification, sender(), 5);
  expect(sealed[0]).toBe(0xdb);
  expect(unprotect(sealed, receiver())).toMatchObject({ ok: true, value: { counter: 5 } });
});

const proofInput = (mechanism: number): ProofInput => ({
  mechanism,
  secret: fromLatin1('a secret'),
  key: KEY,
  authKey: AUTH_KEY,
  ownTitle: CLIENT,
  peerTitle: METER,
  challenge: fromLatin1('challenge of the meter'),
  ownChallenge: fromLatin1('challenge of the client'),
});

test.each(HLS_MECHANISMS)('HLS %d proves the secret and the challenge', (mechanism) => {
  const p = proofInput(mechanism);
  const proof = proofOf(p, 9)!;
  expect(isProof(proof, p)).toBe(true);
  expect(isProof(proof, { ...p, challenge: fromLatin1('another challenge') })).toBe(false);
  const stranger = mechanism === 5 ? { ...p, authKey: KEY } : { ...p, secret: KEY };
  expect(isProof(proof, stranger)).toBe(false);
  expect(isProof(proof.subarray(1), p)).toBe(false);
});

// RFC 1321 A.5 and RFC 3174 7.3: MD5 and SHA-1 of "abc", here split into challenge and secret.
test.each([
  [3, '900150983CD24FB0D6963F7D28E17F72'],
  [4, 'A9993E364706816ABA3E25717850C26C9CD0D89D'],
])('HLS %d is the digest of challenge and secret', (mechanism, digest) => {
  const p = { ...proofInput(mechanism), challenge: fromLatin1('a'), secret: fromLatin1('bc') };
  expect(toHex(proofOf(p, 0)!)).toBe(digest);
});

test('an unknown mechanism proves nothing', () => {
  expect(proofOf(proofInput(7), 1)).toBeNull();
  expect(isProof(new Uint8Array(0), proofInput(7))).toBe(false);
});
