/**
 * Authenticated encryption with shortened tags: AES-GCM (NIST SP 800-38D) and AES-128-CCM
 * (NIST SP 800-38C, RFC 3610). Knows no telegram; called by the codecs of `meters/`. What opens
 * proves the tag before a clear byte leaves; `gcmCrypt` alone does not, and says so.
 */
import { ctr, gcm } from '@noble/ciphers/aes.js';
import { assert } from '#lib/base/assert.ts';
import { concatBytes, equalBytes } from '#lib/base/bytes.ts';
import { AES_BLOCK, aesCbcEncrypt, aesCtr } from './aes.ts';

export type Aead = {
  readonly key: Uint8Array;
  /** 12 bytes for GCM, 7 to 13 for CCM. */
  readonly nonce: Uint8Array;
  /** Authenticated, not encrypted. */
  readonly header: Uint8Array;
  readonly tagSize: number;
};

/** Bytes of the tag in metering (SP 800-38D clause 5.2.1.2 allows 96 bits). */
export const GCM_TAG = 12;
const GCM_NONCE = 12;
/** SP 800-38D clause 7.1: the data are counted from block 2 on; block 1 hides the tag. */
const FIRST_COUNTER = Uint8Array.of(0, 0, 0, 2);
const ZERO_IV = new Uint8Array(AES_BLOCK);

function checkGcm(key: Uint8Array, nonce: Uint8Array): void {
  assert(key.length === 16 || key.length === 32, 'an AES-GCM key has 16 or 32 bytes');
  assert(nonce.length === GCM_NONCE, 'an AES-GCM nonce has 12 bytes');
}

/**
 * Text encrypted or decrypted with GCM's counter mode and no check: a reader without the
 * authentication key may still decrypt.
 */
export function gcmCrypt(key: Uint8Array, nonce: Uint8Array, text: Uint8Array): Uint8Array {
  checkGcm(key, nonce);
  const counter = concatBytes(nonce, FIRST_COUNTER);
  return text.length ? ctr(key, counter).encrypt(text) : new Uint8Array(0);
}

/** Ciphertext and tag. */
export function gcmSeal({ key, nonce, header, tagSize }: Aead, clear: Uint8Array): Uint8Array {
  checkGcm(key, nonce);
  return gcm(key, nonce, header)
    .encrypt(clear)
    .subarray(0, clear.length + tagSize);
}

/** The tag alone, over `header` and the ciphertext of `clear`. */
export const gcmTag = (aead: Aead, clear: Uint8Array): Uint8Array =>
  gcmSeal(aead, clear).slice(clear.length);

/** Twin of `gcmSeal`; null when the tag does not fit. */
export function gcmOpen(aead: Aead, sealed: Uint8Array): Uint8Array | null {
  const size = sealed.length - aead.tagSize;
  if (size < 0) return null;
  const clear = gcmCrypt(aead.key, aead.nonce, sealed.subarray(0, size));
  return equalBytes(gcmSeal(aead, clear), sealed) ? clear : null;
}

const padded = (b: Uint8Array): Uint8Array =>
  concatBytes(b, new Uint8Array((AES_BLOCK - (b.length % AES_BLOCK)) % AES_BLOCK));

/** SP 800-38C clause 6.2: CBC-MAC over flags, nonce, length, header and clear text. */
function ccmMac({ key, nonce, header, tagSize }: Aead, clear: Uint8Array): Uint8Array {
  const lengthSize = AES_BLOCK - 1 - nonce.length;
  const first = new Uint8Array(AES_BLOCK);
  first[0] = (header.length ? 0x40 : 0) | (((tagSize - 2) / 2) << 3) | (lengthSize - 1);
  first.set(nonce, 1);
  first[14]! |= clear.length >> 8;
  first[15] = clear.length;
  const prefix = Uint8Array.of(header.length >> 8, header.length);
  const head = header.length ? padded(concatBytes(prefix, header)) : new Uint8Array(0);
  const sealed = aesCbcEncrypt(key, ZERO_IV, concatBytes(first, head, padded(clear)));
  return sealed.subarray(sealed.length - AES_BLOCK);
}

function ccmCounter(nonce: Uint8Array, block: number): Uint8Array {
  const counter = new Uint8Array(AES_BLOCK);
  counter[0] = AES_BLOCK - 2 - nonce.length;
  counter.set(nonce, 1);
  counter[15] = block;
  return counter;
}

/** Ciphertext and tag. */
export function ccmSeal(aead: Aead, clear: Uint8Array): Uint8Array {
  const { key, nonce, tagSize } = aead;
  assert(nonce.length >= 7 && nonce.length <= 13, 'AES-CCM: a nonce has 7 to 13 bytes');
  const mac = aesCtr(key, ccmCounter(nonce, 0), ccmMac(aead, clear)).subarray(0, tagSize);
  return concatBytes(aesCtr(key, ccmCounter(nonce, 1), clear), mac);
}

/** Twin of `ccmSeal`; null when the tag does not fit. */
export function ccmOpen(aead: Aead, sealed: Uint8Array): Uint8Array | null {
  const size = sealed.length - aead.tagSize;
  if (size < 0) return null;
  const clear = aesCtr(aead.key, ccmCounter(aead.nonce, 1), sealed.subarray(0, size));
  return equalBytes(ccmSeal(aead, clear), sealed) ? clear : null;
}
