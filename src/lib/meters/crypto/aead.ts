/**
 * Authenticated encryption with shortened tags: AES-128-GCM (NIST SP 800-38D) and AES-128-CCM
 * (NIST SP 800-38C, RFC 3610). Knows no telegram; called by `mbus/security.ts`. The tag is proved
 * before a clear byte leaves these functions.
 */
import { gcm } from '@noble/ciphers/aes.js';
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

const GCM_NONCE = 12;
const ZERO_IV = new Uint8Array(AES_BLOCK);

/** Ciphertext and tag. */
export function gcmSeal({ key, nonce, header, tagSize }: Aead, clear: Uint8Array): Uint8Array {
  assert(key.length === AES_BLOCK && nonce.length === GCM_NONCE, 'AES-GCM: 16-byte key, 12 nonce');
  return gcm(key, nonce, header)
    .encrypt(clear)
    .subarray(0, clear.length + tagSize);
}

/** Twin of `gcmSeal`; null when the tag does not fit. */
export function gcmOpen(aead: Aead, sealed: Uint8Array): Uint8Array | null {
  const size = sealed.length - aead.tagSize;
  if (size < 0) return null;
  // SP 800-38D clause 7.1: the data are counted from block 2 on; block 1 hides the tag.
  const counter = concatBytes(aead.nonce, Uint8Array.of(0, 0, 0, 2));
  const clear = aesCtr(aead.key, counter, sealed.subarray(0, size));
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
