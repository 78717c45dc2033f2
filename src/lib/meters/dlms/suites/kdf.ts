/**
 * Keys from shared secrets: the concatenation KDF (NIST SP 800-56A clause 5.8.1) with the fields of
 * IEC 62056-5-3:2017 clause 5.3.4.6.5. Knows no curve and no APDU; called by this folder.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { ECC_SUITES, type EccSuite } from './ecc.ts';

type Hash = (message: Uint8Array) => Uint8Array;

/** `size` bytes from H(counter, secret, information) for counter 1, 2 … */
export function concatKdf(
  hash: Hash,
  input: { readonly secret: Uint8Array; readonly information: Uint8Array },
  size: number,
): Uint8Array {
  let out: Uint8Array = new Uint8Array(0);
  for (let counter = 1; out.length < size; counter++) {
    const lead = Uint8Array.of(counter >>> 24, counter >>> 16, counter >>> 8, counter);
    out = concatBytes(out, hash(concatBytes(lead, input.secret, input.information)));
  }
  return out.subarray(0, size);
}

/** Arc of the DLMS UA for algorithms, 2.16.756.5.8.3, in BER; the algorithm is the last byte. */
const ALGORITHMS = Uint8Array.of(0x60, 0x85, 0x74, 0x05, 0x08, 0x03);

export type KeyUse = 'gcm' | 'wrap';

/** AES-GCM-128 is 0, AES-GCM-256 1, AES-wrap-128 2, AES-wrap-256 3 (table 19 of that clause). */
const algorithmOf = (suite: EccSuite, use: KeyUse): Uint8Array =>
  concatBytes(ALGORITHMS, Uint8Array.of((use === 'gcm' ? 0 : 2) + suite - 1));

export type AgreedKeyInput = {
  readonly secret: Uint8Array;
  readonly use: KeyUse;
  /** What is known of the side that began, and of the other. */
  readonly partyU: Uint8Array;
  readonly partyV: Uint8Array;
};

/** The key of an agreement, of the suite's size. */
export function deriveKey(suite: EccSuite, input: AgreedKeyInput): Uint8Array {
  const { hash, keySize } = ECC_SUITES[suite];
  const { secret, use, partyU, partyV } = input;
  const information = concatBytes(algorithmOf(suite, use), partyU, partyV);
  return concatKdf(hash, { secret, information }, keySize);
}
