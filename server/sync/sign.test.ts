import { expect, test } from 'vitest';
import { publicKeyOf, signText, verifyText } from '#lib/contract/receipt.ts';
import { textSigner } from './sign.ts';

test('the platform signs as the curve of the phones does, bit for bit', () => {
  const seed = Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + 5) % 256);
  const sign = textSigner(seed);
  for (const text of ['', 'kilter-receipt/1|a|b|1', 'счёт — 5 m³'.repeat(50)]) {
    expect(sign(text)).toBe(signText(text, seed));
    expect(verifyText(text, sign(text), publicKeyOf(seed))).toBe(true);
  }
});
