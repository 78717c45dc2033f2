/**
 * The organisation's P-256 key, for which phones wrap their data keys (contract/sealed.ts). It is
 * derived from the master key and never stored, so it lives where that one lives and dies with it.
 * It knows keys only as bytes passing through: none is logged, kept or put into an error.
 */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  hkdfSync,
  randomBytes,
  type ECDH,
} from 'node:crypto';
import { assert } from '#lib/base/assert.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { POINT_BYTES, SEAL_NONCE_BYTES, SEAL_TAG_BYTES, sealedText } from '#lib/contract/sealed.ts';

const CURVE = 'prime256v1';

/** Base64 of the uncompressed point. */
export const orgPublicKey = (masterKey: string, orgId: number): string =>
  pairOf(masterKey, orgId).getPublicKey('base64');

/** Opens what was sealed to the organisation. Errors: `bad_seal`. */
export const openForOrg = (
  { masterKey, orgId }: { masterKey: string; orgId: number },
  text: string,
  sealed: string,
): Result<Uint8Array> => openFrom(pairOf(masterKey, orgId), text, sealed);

/** Twin of lib/offline/ecies.ts. Throws when `point` is not one of P-256. Base64. */
export function sealTo(point: string, text: string, plain: Uint8Array): string {
  const ours = createECDH(CURVE);
  const sender = ours.generateKeys();
  const key = agreed(ours, Buffer.from(point, 'base64'), { sender, text });
  const nonce = randomBytes(SEAL_NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const body = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  key.fill(0);
  return Buffer.concat([sender, nonce, body]).toString('base64');
}

function openFrom(pair: ECDH, text: string, sealed: string): Result<Uint8Array> {
  const bytes = Buffer.from(sealed, 'base64');
  const sender = bytes.subarray(0, POINT_BYTES);
  try {
    const key = agreed(pair, sender, { sender, text });
    return openGcm(key, bytes.subarray(POINT_BYTES), null);
  } catch {
    return fault('bad_seal', 'The key was not sealed for this organisation.');
  }
}

/** Opens a row that a phone sealed under its data key. Errors: `bad_seal`. */
export const openSealed = (
  dataKey: Uint8Array,
  { table, key }: { table: string; key: string },
  sealed: Uint8Array,
): Result<Uint8Array> => openGcm(dataKey, sealed, Buffer.from(sealedText(table, key)));

function openGcm(key: Uint8Array, sealed: Uint8Array, aad: Buffer | null): Result<Uint8Array> {
  if (sealed.length < SEAL_NONCE_BYTES + SEAL_TAG_BYTES) return fault('bad_seal', 'Too short.');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, SEAL_NONCE_BYTES));
  if (aad) decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-SEAL_TAG_BYTES));
  try {
    const body = sealed.subarray(SEAL_NONCE_BYTES, -SEAL_TAG_BYTES);
    return ok(new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()])));
  } catch {
    return fault('bad_seal', 'Changed, moved, or sealed under another key.');
  }
}

function agreed(
  pair: ECDH,
  peer: Buffer,
  { sender, text }: { sender: Buffer; text: string },
): Buffer {
  const shared = pair.computeSecret(peer);
  const key = Buffer.from(hkdfSync('sha256', shared, sender, text, 32));
  shared.fill(0);
  return key;
}

/** The derived number is a private key of the curve but for one case in 2^32; then the next one. */
function pairOf(masterKey: string, orgId: number): ECDH {
  const master = Buffer.from(masterKey, 'base64');
  assert(master.length === 32, 'KILTER_MASTER_KEY is 32 bytes in base64');
  const pair = createECDH(CURVE);
  for (let turn = 0; turn < 8; turn++) {
    const text = `kilter-org-key/1|${orgId}|${turn}`;
    try {
      pair.setPrivateKey(Buffer.from(hkdfSync('sha256', master, '', text, 32)));
      return pair;
    } catch {
      continue;
    }
  }
  throw new Error('No key of the organisation can be derived.');
}
