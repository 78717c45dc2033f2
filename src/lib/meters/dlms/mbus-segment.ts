/**
 * DLMS over wired M-Bus: long frames whose CI bytes 00h..1Fh number the segments of an APDU
 * (IEC 62056-7-3:2017 clause 7; EN 13757-3:2018, CI fields). Austrian customer ports push so.
 *
 * | 68 L L 68 | C | A | CI: bits 0..3 number, bit 4 last | STSAP | DTSAP | bytes | check sum | 16 |
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';

const [START, STOP] = [0x68, 0x16];
const LAST = 0x10;
const MAX_CI = 0x1f;
/** Behind the length: C, A, CI and the two access points. */
const HEAD = 5;
const CLAUSE = { clause: 'IEC 62056-7-3:2017 7' };

export const isMbusStart = (b: Uint8Array, at = 0): boolean =>
  b[at] === START && b[at + 3] === START && b[at + 1] === b[at + 2];

type Segment = {
  readonly number: number;
  readonly isLast: boolean;
  readonly bytes: Uint8Array;
  readonly next: number;
};

function readSegment(b: Uint8Array, at: number): Result<Segment> {
  const length = b[at + 1]!;
  const end = at + 4 + length;
  if (b.length < end + 2) return fault('truncated', 'The M-Bus frame is cut off.', CLAUSE);
  if (b[end + 1] !== STOP) return fault('bad_stop', 'The stop byte is missing.', CLAUSE);
  const sum = b.subarray(at + 4, end).reduce((s, byte) => (s + byte) & 255, 0);
  if (sum !== b[end]) return fault('bad_checksum', 'The check sum is wrong.', CLAUSE);
  const ci = b[at + 6];
  if (length < HEAD || ci === undefined || ci > MAX_CI) {
    return fault('unsupported_ci', 'The M-Bus frame carries no DLMS segment.', CLAUSE);
  }
  const bytes = b.subarray(at + 4 + HEAD, end);
  return ok({ number: ci & 15, isLast: (ci & LAST) !== 0, bytes, next: end + 2 });
}

export type MbusMessages = {
  readonly messages: readonly Uint8Array[];
  /** First fault of a frame; the messages before it are whole. */
  readonly fault: ReturnType<typeof fault>['error'] | null;
};

/** Joins the segments of all frames of `b`; bytes that begin no frame are passed over. */
export function readMbusMessages(b: Uint8Array): MbusMessages {
  const messages: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  for (let at = 0; at < b.length;) {
    if (!isMbusStart(b, at)) {
      at++;
      continue;
    }
    const segment = readSegment(b, at);
    if (!segment.ok) return { messages, fault: segment.error };
    const { number, isLast, bytes, next } = segment.value;
    if (number === 0) parts = [];
    if (number !== (parts.length & 15)) {
      const lost = fault('lost_segment', `Segment ${parts.length} should follow.`, CLAUSE);
      return { messages, fault: lost.error };
    }
    parts.push(bytes);
    if (isLast) {
      messages.push(concatBytes(...parts));
      parts = [];
    }
    at = next;
  }
  const cut = fault('truncated', 'The last segment is missing.', CLAUSE);
  return { messages, fault: parts.length > 0 ? cut.error : null };
}

/** Twin of `readMbusMessages`: one APDU in frames of at most `size` bytes of content. */
export function encodeMbusMessage(apdu: Uint8Array, size = 245): Uint8Array {
  const frames: Uint8Array[] = [];
  const count = Math.max(1, Math.ceil(apdu.length / size));
  for (let i = 0; i < count; i++) {
    const part = apdu.subarray(i * size, (i + 1) * size);
    const ci = (i & 15) | (i === count - 1 ? LAST : 0);
    const inner = concatBytes(Uint8Array.of(0x53, 0xff, ci, 0x01, 0x67), part);
    const sum = inner.reduce((s, byte) => (s + byte) & 255, 0);
    const head = Uint8Array.of(START, inner.length, inner.length, START);
    frames.push(concatBytes(head, inner, Uint8Array.of(sum, STOP)));
  }
  return concatBytes(...frames);
}
