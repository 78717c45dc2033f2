/**
 * Numbered segments and windows, the same for both sides of a link (IEC 62056-46:2007 clauses
 * 6.4.4.5 and 6.4.4.6). Knows sequence numbers, no roles; called by `link.ts` and `secondary.ts`.
 */
import type { HdlcFrame } from './frame.ts';

/** A frame of 2047 bytes minus addresses, control and check sequences. */
const MAX_INFORMATION = 2030;

/** What a sender remembers: V(S) of the oldest segment that is not acknowledged, and the rest. */
export type Outbound = {
  readonly send: number;
  readonly receive: number;
  readonly queue: readonly Uint8Array[];
};

/** Segments of at most `size` bytes. */
export function cutMessage(whole: Uint8Array, size: number): readonly Uint8Array[] {
  const step = Math.min(Math.max(size, 1), MAX_INFORMATION);
  const out: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += step) out.push(whole.subarray(at, at + step));
  return out;
}

/** The information frames of one window; the last of them gives the word to the other side. */
export function burstOf(
  { send, receive, queue }: Outbound,
  window: number,
): readonly (Partial<HdlcFrame> & Pick<HdlcFrame, 'type'>)[] {
  const burst = queue.slice(0, window);
  return burst.map((payload, i) => ({
    type: 'I',
    isSegmented: i + 1 < queue.length,
    isFinal: i + 1 === burst.length,
    send: (send + i) & 7,
    receive,
    payload,
  }));
}

/** How many segments of the window N(R) acknowledges. */
export function acknowledged(
  { send, queue }: Outbound,
  receive: number | null,
  window: number,
): number {
  if (receive === null) return 0;
  const count = (receive - send) & 7;
  return count <= Math.min(queue.length, window) ? count : 0;
}
