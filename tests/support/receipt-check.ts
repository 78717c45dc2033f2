/**
 * Whether a receipt is the server's, asked of the platform's own Ed25519: the curve that the phones
 * use is not asked whether the phones are right.
 */
import { createPublicKey, verify } from 'node:crypto';
import { receiptText, type Receipt } from '#lib/contract/fieldsync.ts';

/** `keys`: base64 of 32 bytes each; any of them will do. */
export const verifyWith =
  (keys: readonly string[]) =>
  ({ device, epoch }: { device: string; epoch: string }, receipt: Receipt): boolean => {
    const text = Buffer.from(receiptText(device, epoch, receipt));
    const signature = Buffer.from(receipt.sig, 'base64');
    return keys.some((key) => {
      const x = Buffer.from(key, 'base64').toString('base64url');
      const jwk = { kty: 'OKP', crv: 'Ed25519', x };
      return verify(null, text, createPublicKey({ key: jwk, format: 'jwk' }), signature);
    });
  };
