/**
 * New global keys by the ephemeral unified model C(2e, 0s): what the method key_agreement of the
 * security setup carries, and the keys that follow (IEC 62056-5-3:2017 clause 5.3.4.6.2;
 * IEC 62056-6-2:2021 clause 4.4.7). Client and meter do the same; the client is party U. Knows no
 * association; `rekeyPlan` runs inside one.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { DlmsData } from '../axdr.ts';
import type { ClientContext } from '../client/context.ts';
import { failure, type Dialog } from '../client/dialog.ts';
import { action } from '../client/writing.ts';
import { array, enumeration, octets, structure } from '../cosem/build.ts';
import { integerOf } from '../values.ts';
import type { Signer } from '../signing.ts';
import { ECC_SUITES, newPrivateKey, publicKeyOf, sharedSecret, type EccSuite } from './ecc.ts';
import { deriveKey } from './kdf.ts';

/** Key-id: 0 unicast, 1 broadcast, 2 authentication, 3 master. */
export type KeyId = 0 | 1 | 2 | 3;
const MASTER: KeyId = 3;

export type AgreedKey = { readonly keyId: KeyId; readonly key: Uint8Array };

export type RekeyOptions = {
  readonly suite: EccSuite;
  readonly signer: Signer;
  readonly client: Uint8Array;
  readonly meter: Uint8Array;
  readonly random: (size: number) => Uint8Array;
};

/** One side's ephemeral keys, by the key that they are for. */
type Offer = { readonly keyId: KeyId; readonly privateKey: Uint8Array };
type Received = { readonly keyId: KeyId; readonly publicKey: Uint8Array };

const bad = (code: string, detail: string) =>
  fault(code, detail, { clause: 'IEC 62056-6-2:2021 4.4.7' });

const offerOf = (keyId: KeyId, { suite, random }: RekeyOptions): Offer => ({
  keyId,
  privateKey: newPrivateKey(suite, random),
});

/** The signature covers the key's number too: keys cannot be exchanged for each other. */
const signedPart = (keyId: KeyId, publicKey: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(keyId), publicKey);

const encodeOffers = (offers: readonly Offer[], { suite, signer }: RekeyOptions): DlmsData =>
  array(
    offers.map(({ keyId, privateKey }) => {
      const publicKey = publicKeyOf(suite, privateKey);
      const signature = signer.sign(signedPart(keyId, publicKey));
      return structure([enumeration(keyId), octets(concatBytes(publicKey, signature))]);
    }),
  );

function readOffer(data: DlmsData, { suite, signer }: RekeyOptions): Result<Received> {
  const size = 2 * ECC_SUITES[suite].coordinate;
  const [id, bytes] = data.type === 'structure' ? data.value : [];
  const number = id && Number(integerOf(id));
  const keyId = ([0, 1, 2, 3] as const).find((one) => one === number);
  if (keyId === undefined || bytes?.type !== 'octet-string' || bytes.value.length !== 2 * size) {
    return bad('bad_key_info', 'A key’s number, key and signature are expected.');
  }
  const publicKey = bytes.value.subarray(0, size);
  return signer.verify(signedPart(keyId, publicKey), bytes.value.subarray(size))
    ? ok({ keyId, publicKey })
    : bad('bad_signature', 'The ephemeral key is not signed by the peer.');
}

function readOffers(data: DlmsData | null, options: RekeyOptions): Result<readonly Received[]> {
  if (data?.type !== 'array') return bad('bad_key_info', 'A list of keys is expected.');
  const offers: Received[] = [];
  for (const one of data.value) {
    const offer = readOffer(one, options);
    if (!offer.ok) return offer;
    if (offers.some(({ keyId }) => keyId === offer.value.keyId)) {
      return bad('bad_key_info', 'A key is named twice.');
    }
    offers.push(offer.value);
  }
  return ok(offers);
}

function agree(own: Offer, theirs: Received, o: RekeyOptions): Result<AgreedKey> {
  const secret = sharedSecret(o.suite, own.privateKey, theirs.publicKey);
  if (!secret.ok) return secret;
  const use = own.keyId === MASTER ? 'wrap' : 'gcm';
  const input = { secret: secret.value, use, partyU: o.client, partyV: o.meter } as const;
  return ok({ keyId: own.keyId, key: deriveKey(o.suite, input) });
}

function agreeAll(
  offers: readonly Offer[],
  received: readonly Received[],
  options: RekeyOptions,
): Result<readonly AgreedKey[]> {
  if (offers.length !== received.length) return bad('bad_key_info', 'Other keys were answered.');
  const keys: AgreedKey[] = [];
  for (const offer of offers) {
    const theirs = received.find(({ keyId }) => keyId === offer.keyId);
    const key = theirs ? agree(offer, theirs, options) : bad('bad_key_info', 'A key is missing.');
    if (!key.ok) return key;
    keys.push(key.value);
  }
  return ok(keys);
}

export type RekeyAnswer = { readonly answer: DlmsData; readonly keys: readonly AgreedKey[] };

/** The meter's side. Errors: `bad_key_info`, `bad_signature`, `bad_point`. */
export function answerRekey(data: DlmsData | null, options: RekeyOptions): Result<RekeyAnswer> {
  const received = readOffers(data, options);
  if (!received.ok) return received;
  const offers = received.value.map(({ keyId }) => offerOf(keyId, options));
  const keys = agreeAll(offers, received.value, options);
  return keys.ok ? ok({ answer: encodeOffers(offers, options), keys: keys.value }) : keys;
}

/** Security setup, method 3 (IEC 62056-6-2:2021 clause 4.4.7). */
const KEY_AGREEMENT = { classId: 64, obis: '0-0:43.0.0*255', method: 3 };

/**
 * The client's side, inside an association. The keys are the meter's from the next association on;
 * the caller has to store them before it releases this one.
 */
export function* rekeyPlan(
  context: ClientContext,
  keyIds: readonly KeyId[],
  options: RekeyOptions,
): Dialog<readonly AgreedKey[]> {
  const offers = keyIds.map((keyId) => offerOf(keyId, options));
  const reply = yield* action(context, KEY_AGREEMENT, encodeOffers(offers, options));
  if (!reply.ok) return reply;
  const { status, data } = reply.value;
  if (status !== 0) return failure('service_error', `The meter agrees to no keys: ${status}.`);
  const received = readOffers(data, options);
  const keys = received.ok ? agreeAll(offers, received.value, options) : received;
  if (keys.ok) return keys;
  const code = keys.error.code === 'bad_signature' ? 'authentication_failed' : 'bad_answer';
  return failure(code, keys.error.detail);
}
