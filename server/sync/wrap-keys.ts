/**
 * Wraps a round's meter keys for one phone; the phone's half is lib/offline/keyring.ts and the
 * scheme is described in contract/round-keys.ts. It knows keys only as bytes passing through: none
 * is logged, kept or put into an error.
 */
import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { keyContextText, NONCE_BYTES, wrappedKeyText } from '#lib/contract/round-keys.ts';
import type { KeyContext } from '#lib/contract/round-keys.ts';

export type WrappedKeys = {
  /** The server's one-time point, base64. */
  readonly senderKey: string;
  /** Base64 of nonce ‖ ciphertext ‖ tag, by meter id. */
  readonly wrapped: ReadonlyMap<number, string>;
};

/** Throws when `devicePublicKey` is not a point of P-256. */
export function wrapKeys(
  keys: ReadonlyMap<number, Uint8Array>,
  devicePublicKey: string,
  context: KeyContext,
): WrappedKeys {
  const ours = createECDH('prime256v1');
  const senderPoint = ours.generateKeys();
  const shared = ours.computeSecret(Buffer.from(devicePublicKey, 'base64'));
  const wrapping = Buffer.from(
    hkdfSync('sha256', shared, senderPoint, keyContextText(context), 32),
  );
  const wrapped = new Map<number, string>();
  for (const [meterId, key] of keys) {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', wrapping, nonce);
    cipher.setAAD(Buffer.from(wrappedKeyText(meterId)));
    const sealed = [nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()];
    wrapped.set(meterId, Buffer.concat(sealed).toString('base64'));
  }
  shared.fill(0);
  wrapping.fill(0);
  return { senderKey: senderPoint.toString('base64'), wrapped };
}
