/**
 * Messages out of frames: segments are joined, the LLC bytes removed (IEC 62056-46:2007 clauses
 * 6.4.4.5 and 5.3.2). Knows no services; called by the push reader and the link.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import type { HdlcFrame } from './frame.ts';

/** LLC of a request (E6 E6 00) and of a response or push (E6 E7 00), clause 5.3.2. */
export const LLC_REQUEST = Uint8Array.of(0xe6, 0xe6, 0x00);
export const LLC_RESPONSE = Uint8Array.of(0xe6, 0xe7, 0x00);

export const hasLlc = (b: Uint8Array): boolean =>
  b.length >= 3 && b[0] === 0xe6 && (b[1] === 0xe6 || b[1] === 0xe7) && b[2] === 0x00;

export const withoutLlc = (b: Uint8Array): Uint8Array => (hasLlc(b) ? b.subarray(3) : b);

export type Assembly = {
  readonly messages: readonly Uint8Array[];
  /** Segments of a message that has not ended; null when none is open. */
  readonly open: Uint8Array | null;
  /** Messages that were begun and never ended before the next one. */
  readonly torn: number;
};

export const NO_ASSEMBLY: Assembly = { messages: [], open: null, torn: 0 };

/** Adds one information or UI frame. A frame that begins with LLC bytes starts a new message. */
export function addSegment(assembly: Assembly, frame: HdlcFrame): Assembly {
  const isNew = hasLlc(frame.payload);
  const torn = assembly.torn + (assembly.open && isNew ? 1 : 0);
  const open = isNew ? null : assembly.open;
  const joined = open ? concatBytes(open, frame.payload) : withoutLlc(frame.payload);
  return frame.isSegmented
    ? { ...assembly, open: joined, torn }
    : { messages: [...assembly.messages, joined], open: null, torn };
}
