/**
 * Agreed keys of general-ciphering (IEC 62056-5-3:2017 clauses 5.3.4.6.3, 5.3.4.6.4 and 8,
 * `agreed-key`): one-pass Diffie-Hellman C(1e, 1s) and static unified model C(0e, 2s). Whoever
 * sends an APDU is party U. Knows curves; the APDU is `protection.ts`'s.
 *
 * | scheme   | key-parameters | key-ciphered-data                         | party U              |
 * | one-pass | 01             | ephemeral public key, signature of it     | title                |
 * | static   | 02             | empty                                     | title, transaction id |
 */
import { assert } from '#lib/base/assert.ts';
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { FormWriter } from '../cursor.ts';
import { badKeyInfo, type KeyInfo, type KeySource, type Parties } from '../key-source.ts';
import type { Signer } from '../signing.ts';
import { ECC_SUITES, newPrivateKey, publicKeyOf, sharedSecret, type EccSuite } from './ecc.ts';
import { deriveKey } from './kdf.ts';

export type AgreedKeyOptions = {
  readonly suite: EccSuite;
  readonly scheme: 'one-pass' | 'static';
  /** Our private and the peer's public key agreement key. */
  readonly own: Uint8Array;
  readonly peer: Uint8Array;
  /** Signs ephemeral keys, checks those of the peer. */
  readonly signer: Signer;
  /** Fresh random bytes. */
  readonly random: (size: number) => Uint8Array;
};

const PARAMETERS = { 'one-pass': 1, static: 2 } as const;
const NOTHING = new Uint8Array(0);

const keyInfoOf = (scheme: keyof typeof PARAMETERS, key: Uint8Array): KeyInfo => ({
  agreedKey: { parameters: Uint8Array.of(PARAMETERS[scheme]), key },
});

/** The transaction id is the nonce of the static scheme: without it every key were the same. */
const partyU = ({ originator, transactionId }: Parties, isStatic: boolean): Uint8Array =>
  isStatic ? new FormWriter().put(originator).octets(transactionId).done() : originator;

class AgreedKeys implements KeySource {
  constructor(
    readonly options: AgreedKeyOptions,
    /** Z of both static keys. */
    readonly common: Uint8Array,
  ) {}

  seal(parties: Parties): { readonly keyInfo: KeyInfo; readonly key: Uint8Array } {
    const { suite, scheme, peer, signer, random } = this.options;
    if (scheme === 'static') {
      return { key: this.#derive(this.common, parties), keyInfo: keyInfoOf(scheme, NOTHING) };
    }
    const privateKey = newPrivateKey(suite, random);
    const secret = sharedSecret(suite, privateKey, peer);
    assert(secret.ok, 'the peer’s key was checked when this source was made');
    const key = this.#derive(secret.value, parties);
    const ephemeral = publicKeyOf(suite, privateKey);
    const data = concatBytes(ephemeral, signer.sign(ephemeral));
    return { key, keyInfo: keyInfoOf(scheme, data) };
  }

  open(keyInfo: KeyInfo | null, parties: Parties): Result<Uint8Array> {
    if (!keyInfo || !('agreedKey' in keyInfo)) return badKeyInfo('The key is not agreed.');
    const { scheme, suite, own } = this.options;
    const { parameters, key: data } = keyInfo.agreedKey;
    if (parameters.length !== 1 || parameters[0] !== PARAMETERS[scheme]) {
      return badKeyInfo('The key is agreed in another way.');
    }
    if (scheme === 'static') {
      if (data.length > 0) return badKeyInfo('The static scheme carries no key.');
      return ok(this.#derive(this.common, parties));
    }
    const theirs = this.#ephemeral(data);
    if (!theirs.ok) return theirs;
    const secret = sharedSecret(suite, own, theirs.value);
    return secret.ok ? ok(this.#derive(secret.value, parties)) : secret;
  }

  #ephemeral(data: Uint8Array): Result<Uint8Array> {
    const { suite, signer } = this.options;
    const size = 2 * ECC_SUITES[suite].coordinate;
    if (data.length !== 2 * size) return badKeyInfo('A key and its signature are expected.');
    const key = data.subarray(0, size);
    return signer.verify(key, data.subarray(size))
      ? ok(key)
      : fault('bad_signature', 'The ephemeral key is not signed by the peer.');
  }

  #derive(secret: Uint8Array, parties: Parties): Uint8Array {
    const { suite, scheme } = this.options;
    const u = partyU(parties, scheme === 'static');
    return deriveKey(suite, { secret, use: 'gcm', partyU: u, partyV: parties.recipient });
  }
}

/** Errors: `bad_point` when what the peer's certificate holds is no point of the curve. */
export function agreedKeys(options: AgreedKeyOptions): Result<KeySource> {
  const common = sharedSecret(options.suite, options.own, options.peer);
  return common.ok ? ok(new AgreedKeys(options, common.value)) : common;
}
