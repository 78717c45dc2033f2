/**
 * DLMS over TCP and UDP: eight bytes in front of an APDU (IEC 62056-47:2006 clause 5.3.3).
 *
 * | version 0001 | source wPort | destination wPort | length |
 */
import { ByteWriter } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';

export type Wrapped = {
  readonly source: number;
  readonly destination: number;
  readonly apdu: Uint8Array;
};

const VERSION = 1;
const HEAD = 8;
const CLAUSE = { clause: 'IEC 62056-47:2006 5.3.3' };

const u16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;

/**
 * Reads the wrapper at the start of `b`; `size` is what it took. Errors: `truncated`,
 * `bad_version`.
 */
export function readWrapped(b: Uint8Array): Result<Wrapped & { readonly size: number }> {
  if (b.length < HEAD) return fault('truncated', 'A wrapper has eight bytes.', CLAUSE);
  if (u16(b, 0) !== VERSION) return fault('bad_version', 'The wrapper has version 1.', CLAUSE);
  const size = HEAD + u16(b, 6);
  if (b.length < size) return fault('truncated', `${size} bytes were announced.`, CLAUSE);
  return ok({ source: u16(b, 2), destination: u16(b, 4), apdu: b.subarray(HEAD, size), size });
}

/** Twin of `readWrapped`. */
export function encodeWrapped({ source, destination, apdu }: Wrapped): Uint8Array {
  const w = new ByteWriter().uintBe(VERSION, 2).uintBe(source, 2).uintBe(destination, 2);
  return w.uintBe(apdu.length, 2).put(apdu).done();
}
