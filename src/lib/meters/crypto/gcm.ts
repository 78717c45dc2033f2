/**
 * AES-GCM with the truncated tag of metering (NIST SP 800-38D clause 7; 96 bits, clause 5.2.1.2).
 * The counter mode and the tag are separate steps, because a reader without the authentication
 * key may still decrypt. Knows no telegram; called by codecs of `meters/`.
 */
import { ctr, gcm } from '@noble/ciphers/aes.js';
import { assert } from '#lib/base/assert.ts';
import { concatBytes } from '#lib/base/bytes.ts';

export const GCM_TAG = 12;
export const GCM_IV = 12;
const FULL_TAG = 16;
/** Counter block 1 makes the tag, 2 is the first of the text (SP 800-38D clause 7.1). */
const FIRST_COUNTER = Uint8Array.of(0, 0, 0, 2);

/** Text encrypted or decrypted with GCM's counter mode, without any check. */
export function gcmCrypt(key: Uint8Array, iv: Uint8Array, text: Uint8Array): Uint8Array {
  assert(key.length === 16 || key.length === 32, 'an AES-GCM key has 16 or 32 bytes');
  assert(iv.length === GCM_IV, 'the initial vector has 12 bytes');
  return text.length ? ctr(key, concatBytes(iv, FIRST_COUNTER)).encrypt(text) : new Uint8Array(0);
}

/** Tag over `aad` and the ciphertext of `plain`. */
export function gcmTag(
  key: Uint8Array,
  iv: Uint8Array,
  { aad, plain }: { readonly aad: Uint8Array; readonly plain: Uint8Array },
): Uint8Array {
  assert(iv.length === GCM_IV, 'the initial vector has 12 bytes');
  return gcm(key, iv, aad).encrypt(plain).slice(-FULL_TAG).slice(0, GCM_TAG);
}
