/**
 * AES-128 in the modes that meters use, synchronous so that one codec serves phone and server.
 * Knows no telegram and no key storage; every caller is a codec of `meters/`. Lengths are the
 * codec's duty, therefore a wrong one is our own mistake and asserts.
 */
import { cbc, cmac, ctr, ecb } from '@noble/ciphers/aes.js';
import { assert } from '#lib/base/assert.ts';

const NO_PADDING = { disablePadding: true } as const;
export const AES_BLOCK = 16;

function check(key: Uint8Array, data: Uint8Array): void {
  assert(key.length === AES_BLOCK, 'an AES-128 key has 16 bytes');
  assert(data.length % AES_BLOCK === 0, 'AES without padding needs whole blocks');
}

/** AES-CBC without padding (NIST SP 800-38A clause 6.2). */
export function aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  check(key, data);
  return data.length ? cbc(key, iv, NO_PADDING).decrypt(data) : new Uint8Array(0);
}

/** Twin of `aesCbcDecrypt`. */
export function aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  check(key, data);
  return data.length ? cbc(key, iv, NO_PADDING).encrypt(data) : new Uint8Array(0);
}

/** AES-CTR with a 16-byte initial counter block; encryption and decryption are the same. */
export function aesCtr(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  assert(key.length === AES_BLOCK && iv.length === AES_BLOCK, 'AES-CTR needs 16-byte key and IV');
  return data.length ? ctr(key, iv).encrypt(data) : new Uint8Array(0);
}

/** AES-ECB without padding, for key wrapping and test vectors only. */
export function aesEcbEncrypt(key: Uint8Array, data: Uint8Array): Uint8Array {
  check(key, data);
  return ecb(key, NO_PADDING).encrypt(data);
}

/** AES-CMAC, 16 bytes (NIST SP 800-38B, RFC 4493). */
export function aesCmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  assert(key.length === AES_BLOCK, 'an AES-128 key has 16 bytes');
  return cmac(message, key);
}
