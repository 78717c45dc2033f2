/**
 * AES-GCM with the short tags of meters (NIST SP 800-38D; 12 bytes in DLMS security suites 0 to 2).
 * Knows no envelope and no key storage; every caller is a codec of `meters/`. Lengths of key and
 * nonce are the codec's duty, therefore a wrong one is our own mistake and asserts.
 */
import { gcm, ctr } from '@noble/ciphers/aes.js';
import { assert } from '#lib/base/assert.ts';
import { concatBytes, equalBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';

export type GcmKey = {
  readonly key: Uint8Array;
  /** 96 bits: system title and invocation counter in metering. */
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  /** Bytes of the tag that are sent. */
  readonly tagBytes: number;
};

const NONCE_BYTES = 12;
const FULL_TAG = 16;

function check({ key, nonce, tagBytes }: GcmKey): void {
  assert([16, 24, 32].includes(key.length), 'an AES key has 16, 24 or 32 bytes');
  assert(nonce.length === NONCE_BYTES, 'a GCM nonce of metering has 12 bytes');
  assert(tagBytes >= 4 && tagBytes <= FULL_TAG, 'a GCM tag has 4 to 16 bytes');
}

/** `plain` encrypted, with the truncated tag behind it (SP 800-38D clause 7.1). */
export function gcmSeal(use: GcmKey, plain: Uint8Array): Uint8Array {
  check(use);
  const sealed = gcm(use.key, use.nonce, use.aad).encrypt(plain);
  return sealed.slice(0, plain.length + use.tagBytes);
}

/** Twin of `gcmSeal`. Errors: `truncated`, `bad_tag`; nothing is given out before the tag fits. */
export function gcmOpen(use: GcmKey, sealed: Uint8Array): Result<Uint8Array> {
  check(use);
  const length = sealed.length - use.tagBytes;
  if (length < 0) return fault('truncated', 'There is less than a tag.');
  // SP 800-38D clause 6.5: encryption counts on from the block behind the one of the tag.
  const counter = concatBytes(use.nonce, Uint8Array.of(0, 0, 0, 2));
  const plain = length
    ? ctr(use.key, counter).decrypt(sealed.subarray(0, length))
    : sealed.slice(0, 0);
  const own = gcmSeal(use, plain);
  return equalBytes(own, sealed) ? ok(plain) : fault('bad_tag', 'The tag does not fit.');
}
