/**
 * HDLC addresses of one, two or four bytes (IEC 62056-46:2007 clause 6.4.2). The lowest bit of the
 * last byte is one. Knows no frame; called by `frame.ts`.
 */
import { fault, ok, type Result } from '#lib/base/result.ts';

/** `lower` is null in one-byte addresses: clients, and servers without physical address. */
export type HdlcAddress = { readonly upper: number; readonly lower: number | null };

/** A lower address of nought and none at all name the same device. */
export const isSameAddress = (a: HdlcAddress, b: HdlcAddress): boolean =>
  a.upper === b.upper && (a.lower ?? 0) === (b.lower ?? 0);

const CLAUSE = { clause: 'IEC 62056-46:2007 6.4.2' };
const MAX_SIZE = 4;

/**
 * Reads the address at `at`; `size` says how many bytes it took. Errors: `truncated`,
 * `bad_address`.
 */
export function readAddress(
  b: Uint8Array,
  at = 0,
): Result<{ readonly address: HdlcAddress; readonly size: number }> {
  let size = 1;
  while (size <= MAX_SIZE && ((b[at + size - 1] ?? 1) & 1) === 0) size++;
  if (at + size > b.length) return fault('truncated', 'The address is cut off.', CLAUSE);
  if (size > MAX_SIZE || size === 3) {
    return fault('bad_address', 'An address has one, two or four bytes.', {
      ...CLAUSE,
      offset: at,
    });
  }
  const seven = (i: number): number => b[at + i]! >> 1;
  if (size === 1) return ok({ address: { upper: seven(0), lower: null }, size });
  if (size === 2) return ok({ address: { upper: seven(0), lower: seven(1) }, size });
  const upper = (seven(0) << 7) | seven(1);
  return ok({ address: { upper, lower: (seven(2) << 7) | seven(3) }, size });
}

/** Twin of `readAddress`: the shortest form, or four bytes where `size` asks for it. */
export function writeAddress({ upper, lower }: HdlcAddress, size?: number): Uint8Array {
  if (lower === null) return Uint8Array.of((upper << 1) | 1);
  if (size !== 4 && upper < 128 && lower < 128) return Uint8Array.of(upper << 1, (lower << 1) | 1);
  const low = (v: number): number => (v & 127) << 1;
  return Uint8Array.of(low(upper >> 7), low(upper), low(lower >> 7), low(lower) | 1);
}
