/**
 * UUID version 7 (RFC 9562 clause 5.7): sortable by creation time, made offline without asking
 * anyone. Randomness is passed in, so simulations stay reproducible.
 */
import { toHex } from './bytes.ts';
import { assert } from './assert.ts';
import type { Instant } from './interval.ts';

export type Uuid = string;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const isUuid = (text: string): boolean => UUID.test(text);

/** `random` gives `n` random bytes (crypto.getRandomValues outside simulations). */
export function uuidv7(at: Instant, random: (n: number) => Uint8Array): Uuid {
  assert(Number.isInteger(at) && at >= 0 && at < 2 ** 48, 'uuidv7 needs a millisecond instant');
  const b = new Uint8Array(16);
  b.set(random(10), 6);
  for (let i = 5, t = at; i >= 0; i--, t = Math.floor(t / 256)) b[i] = t % 256;
  b[6] = 0x70 | (b[6]! & 0x0f);
  b[8] = 0x80 | (b[8]! & 0x3f);
  const h = toHex(b).toLowerCase();
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}
