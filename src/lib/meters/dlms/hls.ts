/**
 * Proofs of high level security: f(challenge) of mechanisms 2 to 6 (IEC 62056-5-3:2017 clause
 * 5.7.4.2, table 34). Knows no APDU; called by the client and by simulated meters.
 */
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes } from '#lib/base/bytes.ts';
import { AES_BLOCK, aesEcbEncrypt } from '../crypto/aes.ts';
import { gmacReply, isGmacReply } from './security.ts';

/** Who proves to whom; titles are needed by mechanisms 5 and 6 only. */
export type ProofInput = {
  readonly mechanism: number;
  /** Security suite, 0 to 2; mechanism 5 names it. */
  readonly suite?: number;
  /** Shared secret of mechanisms 2, 3, 4 and 6. */
  readonly secret: Uint8Array;
  readonly key: Uint8Array;
  readonly authKey: Uint8Array;
  /** Of the side that proves, and of the side that asked. */
  readonly ownTitle: Uint8Array;
  readonly peerTitle: Uint8Array;
  /** What the other side sent, and what this side sent. */
  readonly challenge: Uint8Array;
  readonly ownChallenge: Uint8Array;
};

export const GMAC = 5;
export const HLS_MECHANISMS: readonly number[] = [2, 3, 4, 5, 6];

const padded = (b: Uint8Array): Uint8Array => {
  const out = new Uint8Array(Math.max(1, Math.ceil(b.length / AES_BLOCK)) * AES_BLOCK);
  out.set(b);
  return out;
};

/** Mechanism 2 is the manufacturer's; in the field it is AES-128 of the challenge. */
const aesProof = ({ secret, challenge }: ProofInput): Uint8Array =>
  aesEcbEncrypt(padded(secret).subarray(0, AES_BLOCK), padded(challenge));

const shaProof = (p: ProofInput): Uint8Array =>
  sha256(concatBytes(p.secret, p.ownTitle, p.peerTitle, p.challenge, p.ownChallenge));

const gmacInput = ({ key, authKey, ownTitle: systemTitle, suite = 0 }: ProofInput) => ({
  ...{ key, authKey, systemTitle, suite },
});

/** The proof; null for a mechanism that is none of these. `counter` goes into mechanism 5 only. */
export function proofOf(p: ProofInput, counter: number): Uint8Array | null {
  switch (p.mechanism) {
    case 2:
      return aesProof(p);
    case 3:
      return md5(concatBytes(p.challenge, p.secret));
    case 4:
      return sha1(concatBytes(p.challenge, p.secret));
    case GMAC: {
      return gmacReply(p.challenge, { ...gmacInput(p), invocationCounter: counter });
    }
    case 6:
      return shaProof(p);
    default:
      return null;
  }
}

/** True when `proof` is that of the side described by `p`. */
export function isProof(proof: Uint8Array, p: ProofInput): boolean {
  if (p.mechanism === GMAC) {
    return isGmacReply(proof, p.challenge, gmacInput(p));
  }
  const expected = proofOf(p, 0);
  return expected !== null && equalBytes(expected, proof);
}
