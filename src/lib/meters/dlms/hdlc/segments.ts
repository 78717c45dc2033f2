/**
 * Numbered segments and windows, the same for both sides of a link (IEC 62056-46:2007 clauses
 * 6.4.4.5 and 6.4.4.6). Knows sequence numbers, no roles; called by `link.ts` and `secondary.ts`.
 */
import { NO_ASSEMBLY, type Assembly } from './assemble.ts';
import type { HdlcFrame } from './frame.ts';
import { DEFAULT_PARAMETERS } from './parameters.ts';

/** A frame of 2047 bytes minus addresses, control and check sequences. */
const MAX_INFORMATION = 2030;

/** What either side of a link remembers. */
export type LinkSide = {
  /** V(S) and V(R): the number of the oldest segment not acknowledged, the next expected. */
  readonly send: number;
  readonly receive: number;
  /** Most bytes of information that the other side takes in one frame, and frames at once. */
  readonly maxSent: number;
  readonly windowSent: number;
  /** Segments that have not been acknowledged, the first window of them on its way. */
  readonly queue: readonly Uint8Array[];
  readonly assembly: Assembly;
  /** Bytes of a frame that has not come whole. */
  readonly rest: Uint8Array;
};

export const freshSide = (): LinkSide => ({
  send: 0,
  receive: 0,
  maxSent: DEFAULT_PARAMETERS.maxSent,
  windowSent: DEFAULT_PARAMETERS.windowSent,
  queue: [],
  assembly: NO_ASSEMBLY,
  rest: new Uint8Array(0),
});

/** Segments of at most `size` bytes. */
export function cutMessage(whole: Uint8Array, size: number): readonly Uint8Array[] {
  const step = Math.min(Math.max(size, 1), MAX_INFORMATION);
  const out: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += step) out.push(whole.subarray(at, at + step));
  return out;
}

/** The information frames of one window; the last of them gives the word to the other side. */
export function burstOf({
  send,
  receive,
  queue,
  windowSent,
}: LinkSide): readonly (Partial<HdlcFrame> & Pick<HdlcFrame, 'type'>)[] {
  const burst = queue.slice(0, windowSent);
  return burst.map((payload, i) => ({
    type: 'I',
    isSegmented: i + 1 < queue.length,
    isFinal: i + 1 === burst.length,
    send: (send + i) & 7,
    receive,
    payload,
  }));
}

/** The side without the segments that N(R) acknowledges; itself when there are none. */
export function acknowledge<S extends LinkSide>(side: S, receive: number | null): S {
  const { send, queue, windowSent } = side;
  const count = receive === null ? 0 : (receive - send) & 7;
  if (count === 0 || count > Math.min(queue.length, windowSent)) return side;
  return { ...side, queue: queue.slice(count), send: (send + count) & 7 };
}
