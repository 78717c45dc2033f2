/**
 * The line between a reader and one meter of IEC 62056-21, with a clock of its own and with faults:
 * each answer of the meter may be disturbed and delayed, and what comes at another speed than the
 * port's is lost. Knows the codec's responder and the shape of sessions, no port. Driven by tests.
 */
import { must } from '#lib/base/assert.ts';
import { idleMeter, respond, type VirtualMeter } from '../../meters/iec62056-21/responder.ts';
import type { PortSettings, ReadEvent } from '../../meters/iec62056-21/session.ts';
import { disturb, type FaultPlace } from './line-faults.ts';

export type ReplyFault = FaultPlace & {
  /** The answer comes so much later. */
  readonly lateMs?: number;
};

export type OpticalLineOptions = {
  readonly meter: VirtualMeter;
  /** What happens to the meter's answer of this number, from 0. */
  faultOf(reply: number): ReplyFault;
  /** Bytes of one piece, as drivers hand them over. */
  readonly pieceBytes?: number;
};

type Said<T> = {
  readonly send: Uint8Array | null;
  readonly open: PortSettings | null;
  readonly waitMs: number | null;
  /** Null while the session goes on. */
  readonly result: T | null;
};

export type Talk<T> = {
  readonly result: T;
  readonly elapsedMs: number;
  readonly bauds: readonly number[];
  /** Written values of the meter when the session had ended. */
  readonly written: Readonly<Record<string, string>>;
};

type Due = { readonly at: number; readonly bytes: Uint8Array; readonly baud: number };

const BITS_PER_CHARACTER = 10;
/** A session that is still running after so many turns has no end. */
const MAX_TURNS = 50_000;

const lineMs = (bytes: number, baud: number): number =>
  Math.ceil((bytes * BITS_PER_CHARACTER * 1000) / Math.max(baud, 300));

function createLine({ meter, faultOf, pieceBytes = 8 }: OpticalLineOptions) {
  let state = idleMeter;
  let replies = 0;
  const due: Due[] = [];
  return {
    written: () => state.written,
    write(bytes: Uint8Array, at: number, baud: number): void {
      const answer = respond(meter, state, bytes);
      state = answer.state;
      let free = at + lineMs(bytes.length, baud);
      for (const [i, reply] of answer.replies.entries()) {
        const isEcho = meter.echo === true && i === 0;
        const fault = isEcho ? null : faultOf(replies++);
        const heard = fault ? disturb(reply.bytes, fault) : reply.bytes;
        if (isEcho) due.push({ at, bytes: heard, baud: reply.baud });
        else free += reply.delayMs + (fault?.lateMs ?? 0);
        for (let from = 0; !isEcho && from < heard.length; from += pieceBytes) {
          const piece = heard.subarray(from, from + pieceBytes);
          free += lineMs(piece.length, reply.baud);
          due.push({ at: free, bytes: piece, baud: reply.baud });
        }
      }
      due.sort((a, b) => a.at - b.at);
    },
    /** The next piece up to `until` that the port understands; what was missed is lost. */
    next(until: number, baud: number): Due | null {
      while (due.length && due[0]!.at <= until) {
        const piece = due.shift()!;
        if (piece.baud === baud) return piece;
      }
      return null;
    },
  };
}

/** Lets a session talk with the meter until it ends. Throws when it does not. */
export function talkOverLine<T>(
  session: (event: ReadEvent) => Said<T>,
  options: OpticalLineOptions,
): Talk<T> {
  const line = createLine(options);
  const bauds: number[] = [];
  let [now, baud] = [0, 0];
  let event: ReadEvent = { kind: 'start' };
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const said = session(event);
    if (said.result !== null) {
      return { result: said.result, elapsedMs: now, bauds, written: line.written() };
    }
    if (said.send) line.write(said.send, now, baud);
    if (said.open) {
      baud = said.open.baud;
      bauds.push(baud);
      event = { kind: 'reopened' };
      continue;
    }
    const until = now + must(said.waitMs, 'only opening waits without limit');
    const piece = line.next(until, baud);
    now = piece ? Math.max(now, piece.at) : until;
    event = piece ? { kind: 'bytes', bytes: piece.bytes } : { kind: 'timeout' };
  }
  throw new Error('the session does not end');
}
