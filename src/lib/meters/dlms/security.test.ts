import { expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { decodeApdu } from './apdu.ts';
import { openApdu } from './push.ts';
import {
  gmacReply,
  isGmacReply,
  openCiphered,
  readCiphered,
  readControl,
  sealApdu,
  writeControl,
} from './security.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};

/** DLMS UA 1000-2, example of ciphered APDUs: global key, authentication key, system title. */
const KEY = hex('000102030405060708090A0B0C0D0E0F');
const AUTH_KEY = hex('D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF');
const TITLE = hex('4D4D4D0000BC614E');
const GET = hex('C0010000080000010000FF0200');
const SEALED = '3001234567411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B';
const BOTH = readControl(0x30);

test('the Green Book example of an authenticated and encrypted request', () => {
  const input = { control: BOTH, systemTitle: TITLE, invocationCounter: 0x01234567 };
  expect(toHex(sealApdu(GET, { ...input, key: KEY, authKey: AUTH_KEY }))).toBe(SEALED);
  const decoded = decodeApdu(hex(`C81E${SEALED}`));
  if (!decoded.ok) throw new Error(decoded.error.detail);
  const opened = openApdu(decoded.value, { key: KEY, authKey: AUTH_KEY }, TITLE);
  expect(opened.fault).toBeNull();
  expect(opened.inner?.type).toBe('get-request-normal');
  expect(opened.security?.isAuthenticated).toBe(true);
  const nameless = openApdu(decoded.value, { key: KEY, authKey: AUTH_KEY });
  expect(nameless.fault?.code).toBe('no_system_title');
});

test('the Green Book example of the HLS 5 reply', () => {
  const from = { systemTitle: hex('4D4D4D0000000001'), key: KEY, authKey: AUTH_KEY };
  const challenge = hex('503677524A323146');
  const reply = gmacReply(challenge, { ...from, invocationCounter: 1 });
  expect(toHex(reply)).toBe('10000000011A52FE7DD3E72748973C1E28');
  expect(isGmacReply(reply, challenge, from)).toBe(true);
  expect(isGmacReply(reply, hex('503677524A323147'), from)).toBe(false);
  expect(isGmacReply(reply.subarray(1), challenge, from)).toBe(false);
});

function open(sealed: Uint8Array, keys: { key: Uint8Array | null; authKey: Uint8Array | null }) {
  const fields = readCiphered(sealed);
  if (!fields.ok) return fields.error.code;
  const opened = openCiphered(fields.value, TITLE, keys);
  return opened.ok ? opened.value : opened.error.code;
}

test('each kind of protection opens with its keys only', () => {
  for (const byte of [0x10, 0x20, 0x30]) {
    const control = readControl(byte);
    expect(writeControl(control)).toBe(byte);
    const sealed = sealApdu(GET, {
      control,
      systemTitle: TITLE,
      invocationCounter: 7,
      key: KEY,
      authKey: AUTH_KEY,
    });
    const { authenticated, encrypted } = control;
    const both = open(sealed, { key: KEY, authKey: AUTH_KEY });
    expect(both).toEqual({ plain: GET, isAuthenticated: authenticated });
    expect(open(sealed, { key: KEY, authKey: null })).toEqual({
      plain: GET,
      isAuthenticated: false,
    });
    const wrongAuth = open(sealed, { key: KEY, authKey: KEY });
    expect(wrongAuth).toEqual(authenticated ? 'bad_tag' : { plain: GET, isAuthenticated: false });
    const without = open(sealed, { key: null, authKey: null });
    expect(without).toEqual(encrypted ? 'no_key' : { plain: GET, isAuthenticated: false });
    expect(open(sealed, { key: KEY.subarray(1), authKey: null })).toBe('bad_key');
  }
});

test('a changed bit anywhere fails, a wrong key without authentication key is told', () => {
  const sealed = hex(SEALED);
  for (let i = 0; i < sealed.length * 8; i++) {
    const changed = sealed.slice();
    changed[i >> 3]! ^= 1 << (i & 7);
    const opened = open(changed, { key: KEY, authKey: AUTH_KEY });
    const isProof = typeof opened === 'object' && opened.isAuthenticated;
    expect(isProof, `bit ${i}`).toBe(false);
  }
  const decoded = decodeApdu(hex(`DB08${toHex(TITLE)}1E${SEALED}`));
  if (!decoded.ok) throw new Error(decoded.error.detail);
  const wrong = openApdu(decoded.value, { key: AUTH_KEY, authKey: null });
  expect(wrong.fault?.code).toBe('wrong_key');
  expect(wrong.inner).toBeNull();
});

test('suites, compression and short texts are told apart', () => {
  const from = (byte: number) => Uint8Array.of(byte, 0, 0, 0, 1, ...new Uint8Array(20));
  const keys = { key: KEY, authKey: AUTH_KEY };
  expect(open(from(0x33), keys)).toBe('unsupported_suite');
  expect(open(from(0xb0), keys)).toBe('unsupported_compression');
  expect(open(from(0x32), keys)).toBe('bad_key');
  expect(open(hex('30000000'), keys)).toBe('truncated');
  expect(open(hex('300000000100'), keys)).toBe('truncated');
});

test('random octets are never authenticated', () => {
  const prng = createPrng(95);
  for (let i = 0; i < 500; i++) {
    const opened = open(prng.bytes(prng.int(0, 60)), { key: KEY, authKey: AUTH_KEY });
    expect(typeof opened === 'object' && opened.isAuthenticated).toBe(false);
  }
});
