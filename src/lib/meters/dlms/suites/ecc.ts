/**
 * Elliptic curves of security suites 1 and 2: ECDH and ECDSA over P-256 with SHA-256 and P-384 with
 * SHA-384 (IEC 62056-5-3:2017 clause 5.3.4; FIPS 186-4; NIST SP 800-56A). Knows points as meters
 * write them, x and y without a lead byte; no APDU. What a peer sends is checked, not trusted.
 *
 * The curves weigh more than all other codecs together: only what needs these suites imports this
 * folder, and the app loads it on demand.
 */
import { p256, p384 } from '@noble/curves/nist.js';
import { sha256, sha384 } from '@noble/hashes/sha2.js';
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { Signer } from '../signing.ts';

export type EccSuite = 1 | 2;

/** IEC 62056-5-3:2017 table 27: curve, hash and AES key of the suites. */
export const ECC_SUITES = {
  1: { curve: p256, hash: sha256, coordinate: 32, keySize: 16, seedSize: 48 },
  2: { curve: p384, hash: sha384, coordinate: 48, keySize: 32, seedSize: 72 },
} as const;

const UNCOMPRESSED = Uint8Array.of(4);
/** Meters sign as FIPS 186-4 says, without the restriction to small s. */
const FORM = { lowS: false, prehash: true } as const;

const pointOf = (publicKey: Uint8Array): Uint8Array => concatBytes(UNCOMPRESSED, publicKey);

/** A private key from fresh random bytes, without bias (FIPS 186-4 B.4.1). */
export function newPrivateKey(suite: EccSuite, random: (size: number) => Uint8Array): Uint8Array {
  const { curve, seedSize } = ECC_SUITES[suite];
  return curve.utils.randomSecretKey(random(seedSize));
}

/** x and y. Throws for what is no private key of the curve, which is our own mistake. */
export const publicKeyOf = (suite: EccSuite, privateKey: Uint8Array): Uint8Array =>
  ECC_SUITES[suite].curve.getPublicKey(privateKey, false).subarray(1);

/** Z: the x coordinate of the common point. Errors: `bad_point`. */
export function sharedSecret(
  suite: EccSuite,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): Result<Uint8Array> {
  try {
    const point = ECC_SUITES[suite].curve.getSharedSecret(privateKey, pointOf(publicKey), true);
    return ok(point.subarray(1));
  } catch {
    return fault('bad_point', 'The public key is no point of the curve.', {
      clause: 'NIST SP 800-56A 5.6.2.3',
    });
  }
}

/** r and s, 64 or 96 bytes. The same message is signed alike each time (RFC 6979). */
export const signMessage = (
  suite: EccSuite,
  message: Uint8Array,
  privateKey: Uint8Array,
): Uint8Array => ECC_SUITES[suite].curve.sign(message, privateKey, FORM);

export type Signed = { readonly message: Uint8Array; readonly signature: Uint8Array };

export function isSignedBy(
  suite: EccSuite,
  { message, signature }: Signed,
  publicKey: Uint8Array,
): boolean {
  try {
    return ECC_SUITES[suite].curve.verify(signature, message, pointOf(publicKey), FORM);
  } catch {
    return false;
  }
}

/** Signs with our private key, checks with the peer's public one. */
export const eccSigner = (
  suite: EccSuite,
  keys: { readonly own: Uint8Array; readonly peer: Uint8Array },
): Signer => ({
  sign: (message) => signMessage(suite, message, keys.own),
  verify: (message, signature) => isSignedBy(suite, { message, signature }, keys.peer),
});
