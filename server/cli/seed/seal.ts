/** Seals meter keys the way meter_key.sealed wants them (schema: nonce, AES-256-GCM, AAD). */
import { createCipheriv, randomBytes } from 'node:crypto';
import type { SealKey } from './registry.ts';

/** `masterKey` is 32 bytes in base64; throws when it is not. */
export function createKeySealer(masterKey: string): SealKey {
  const master = Buffer.from(masterKey, 'base64');
  if (master.length !== 32) throw new Error('KILTER_MASTER_KEY is not 32 bytes in base64.');
  return ({ meterId, kind, version }, key) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', master, nonce);
    cipher.setAAD(Buffer.from(`${meterId}|${kind}|${version}`));
    return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  };
}
