/**
 * Whether a receipt was really signed by the server (X8: receipt, not hope).
 *
 * It knows Ed25519 (RFC 8032) and the signed line; it knows neither where keys come from nor what
 * is done with a false receipt. lib/offline loads it lazily, because the curve is heavier than
 * anything else a round needs; server/sync signs with it.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { fromBase64, fromUtf8, toBase64 } from '#lib/base/bytes.ts';
import { receiptText, type Receipt } from './fieldsync.ts';

/** Base64 of a 64-byte signature over `text`; `seed` is the 32-byte private key. */
export const signText = (text: string, seed: Uint8Array): string =>
  toBase64(ed25519.sign(fromUtf8(text), seed));

/** Base64 of the 32-byte public key of `seed`. */
export const publicKeyOf = (seed: Uint8Array): string => toBase64(ed25519.getPublicKey(seed));

/** False for a wrong signature and for anything that is not one; never throws. */
export function verifyText(text: string, signature: string, publicKey: string): boolean {
  const sig = fromBase64(signature);
  const key = fromBase64(publicKey);
  if (!sig.ok || !key.ok || sig.value.length !== 64 || key.value.length !== 32) return false;
  try {
    return ed25519.verify(sig.value, fromUtf8(text), key.value);
  } catch {
    // A point that is not on the curve is simply not our key.
    return false;
  }
}

/** Checks one receipt given to `device` in `epoch` against the server's public key (base64). */
export const verifyReceipt = (
  at: { readonly device: string; readonly epoch: string },
  receipt: Receipt,
  publicKey: string,
): boolean => verifyText(receiptText(at.device, at.epoch, receipt), receipt.sig, publicKey);
