import { expect, test } from 'vitest';
import { openKey, sealKey } from './keys.ts';

const MASTER = Buffer.alloc(32, 7).toString('base64');
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i * 16 + 1);
const NAME = { meterId: 12, kind: 'aes-mode5', version: 1 };
const code = (sealed: Uint8Array, name = NAME, master = MASTER) => {
  const opened = openKey(master, name, sealed);
  return opened.ok ? Buffer.from(opened.value).toString('hex') : opened.error.code;
};

test('a key comes back only for the meter, kind and version it was sealed for', () => {
  const sealed = sealKey(MASTER, NAME, KEY);
  expect(code(sealed)).toBe(Buffer.from(KEY).toString('hex'));
  expect(code(sealed, { ...NAME, meterId: 13 })).toBe('bad_seal');
  expect(code(sealed, { ...NAME, kind: 'dlms-gak' })).toBe('bad_seal');
  expect(code(sealed, { ...NAME, version: 2 })).toBe('bad_seal');
  expect(code(sealed, NAME, Buffer.alloc(32, 8).toString('base64'))).toBe('bad_seal');
});

test('every changed bit is found, and no seal shows the key', () => {
  const sealed = sealKey(MASTER, NAME, KEY);
  for (let i = 0; i < sealed.length; i++) {
    const changed = Uint8Array.from(sealed);
    changed[i]! ^= 1;
    expect(code(changed)).toBe('bad_seal');
  }
  expect(Buffer.from(sealed).includes(Buffer.from(KEY))).toBe(false);
  expect(sealKey(MASTER, NAME, KEY)).not.toEqual(sealed);
  for (const length of [0, 5, 28]) expect(code(sealed.subarray(0, length))).toBe('bad_seal');
});
