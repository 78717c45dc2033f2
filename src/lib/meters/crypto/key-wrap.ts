/**
 * AES key wrap without padding (RFC 3394; NIST SP 800-38F clause 6.2). Knows no telegram; called by
 * the codecs of `meters/`. A key that was changed on its way is told, never handed out.
 */
import { aeskw } from '@noble/ciphers/aes.js';
import { assert } from '#lib/base/assert.ts';

const LEAST = 16;
const HALF_BLOCK = 8;

const isKey = (bytes: Uint8Array): boolean => [16, 24, 32].includes(bytes.length);

/** The wrapped key, eight bytes longer. */
export function wrapKey(kek: Uint8Array, key: Uint8Array): Uint8Array {
  assert(isKey(kek), 'a key that wraps has 16, 24 or 32 bytes');
  assert(key.length >= LEAST && key.length % HALF_BLOCK === 0, 'RFC 3394 wraps whole halves');
  return aeskw(kek).encrypt(key);
}

/** Twin of `wrapKey`; null when it is not a key that `kek` has wrapped. */
export function unwrapKey(kek: Uint8Array, wrapped: Uint8Array): Uint8Array | null {
  const size = wrapped.length;
  if (!isKey(kek) || size < LEAST + HALF_BLOCK || size % HALF_BLOCK !== 0) return null;
  try {
    return aeskw(kek).decrypt(wrapped);
  } catch {
    return null;
  }
}
