/**
 * Frames in a stream of bytes (IEC 62056-46:2007 clause 6.4.1; ISO/IEC 13239 clause 4.3).
 *
 * DLMS meters do not stuff: the length says where the closing flag is, and a flag byte may stand
 * inside. Some home ports stuff octets with 7Dh; then flags divide. One flag may close a frame and
 * open the next. Knows no frame content; called by the link, the push reader and the command line.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { announcedLength, readHdlc, type ReadHdlc } from './frame.ts';

export const FLAG = 0x7e;
const ESCAPE = 0x7d;
/** ISO/IEC 13239 clause 4.3.2.2: the escaped octet has bit 5 inverted. */
const FLIP = 0x20;

/** One frame between flags, whole or damaged; `bytes` are without flags and stuffing. */
export type StreamFrame = { readonly bytes: Uint8Array; readonly read: Result<ReadHdlc> };

export type StreamScan = {
  readonly frames: readonly StreamFrame[];
  /** Bytes that may become a frame when more arrive. */
  readonly rest: Uint8Array;
  /** How many bytes belonged to no frame; flags do not count. */
  readonly skipped: number;
};

/** Shortest frame: format, two addresses, control, check sequence. */
const MIN_FRAME = 7;
const MAX_FRAME = 2047;

/** Removes the stuffing between two flags; null for an aborted frame (7D 7E). */
function unstuff(b: Uint8Array): Uint8Array | null {
  const out: number[] = [];
  for (let i = 0; i < b.length; i++) {
    if (b[i] !== ESCAPE) out.push(b[i]!);
    else if (++i < b.length) out.push(b[i]! ^ FLIP);
    else return null;
  }
  return Uint8Array.from(out);
}

/** Twin of the unstuffing: for ports that stuff. */
export function stuff(b: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const byte of b) {
    if (byte === FLAG || byte === ESCAPE) out.push(ESCAPE, byte ^ FLIP);
    else out.push(byte);
  }
  return Uint8Array.from(out);
}

export const withFlags = (frame: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(FLAG), frame, Uint8Array.of(FLAG));

const isFrameStart = (b: Uint8Array): boolean => {
  const length = announcedLength(b);
  return length !== null && length >= MIN_FRAME;
};

function scanStuffed(b: Uint8Array): StreamScan {
  const frames: StreamFrame[] = [];
  let skipped = 0;
  let at = b.indexOf(FLAG);
  if (at < 0) return { frames, rest: b.subarray(0, 0), skipped: b.length };
  skipped += at;
  for (let next = b.indexOf(FLAG, at + 1); next >= 0; next = b.indexOf(FLAG, at + 1)) {
    const bytes = unstuff(b.subarray(at + 1, next));
    if (bytes && isFrameStart(bytes)) frames.push({ bytes, read: readHdlc(bytes) });
    else skipped += next - at - 1;
    at = next;
  }
  return { frames, rest: b.subarray(at), skipped };
}

type Step = { readonly frame: StreamFrame | null; readonly next: number; readonly more: boolean };

/** Flag of the first whole frame inside what a damaged length claims; null when there is none. */
function frameInside(b: Uint8Array, from: number, to: number): number | null {
  for (let at = b.indexOf(FLAG, from); at >= 0 && at < to; at = b.indexOf(FLAG, at + 1)) {
    const length = announcedLength(b, at + 1);
    if (length && readHdlc(b.subarray(at + 1, at + 1 + length)).ok) return at;
  }
  return null;
}

/** What stands behind the flag at `at`, where octets are not stuffed. */
function stepAt(b: Uint8Array, at: number): Step {
  const start = at + 1;
  const length = announcedLength(b, start);
  const flag = b.indexOf(FLAG, start);
  const resume = flag < 0 ? b.length : flag;
  if (length === null) return { frame: null, next: resume, more: b.length - start < 2 };
  const end = start + length;
  const bytes = b.subarray(start, end);
  if (end > b.length) return { frame: null, next: resume, more: true };
  const read = readHdlc(bytes);
  const isClosed = end === b.length || b[end] === FLAG;
  if (isClosed && (read.ok || length >= MIN_FRAME)) {
    const next = read.ok ? end : (frameInside(b, start, end) ?? end);
    return { frame: { bytes, read }, next, more: end === b.length && !read.ok };
  }
  // The length is wrong or the frame was cut: what is left of it ends at the next flag.
  const torn = b.subarray(start, resume);
  const isTorn = torn.length >= MIN_FRAME && length >= MIN_FRAME;
  const frame = { bytes: torn, read: fault('bad_length', `${length} bytes announced.`) };
  return { frame: isTorn ? frame : null, next: resume, more: false };
}

function scanPlain(b: Uint8Array, isEnd: boolean): StreamScan {
  const frames: StreamFrame[] = [];
  let at = b.indexOf(FLAG);
  if (at < 0) return { frames, rest: b.subarray(0, 0), skipped: b.length };
  let skipped = at;
  while (at < b.length) {
    if (b[at + 1] === FLAG) {
      at++;
      continue;
    }
    const step = stepAt(b, at);
    if (step.more && !isEnd) return { frames, rest: b.subarray(at), skipped };
    if (step.frame) frames.push(step.frame);
    else if (step.more && b.length - at > MIN_FRAME) frames.push(cutOff(b, at, step.next));
    else skipped += step.next - at - 1;
    at = step.next;
  }
  return { frames, rest: b.subarray(b.length), skipped };
}

/** At the end of the input an unfinished frame is a damaged one. */
const cutOff = (b: Uint8Array, at: number, next: number): StreamFrame => ({
  bytes: b.subarray(at + 1, next),
  read: fault('truncated', 'The frame is cut off.'),
});

export type ScanOptions = {
  readonly octetStuffing?: boolean;
  /** Nothing follows: an unfinished frame is damaged, not waiting. */
  readonly isEnd?: boolean;
};

/** All frames of `b`, damaged ones too; garbage around them is counted. */
export const scanHdlc = (b: Uint8Array, options: ScanOptions = {}): StreamScan =>
  options.octetStuffing ? scanStuffed(b) : scanPlain(b, options.isEnd ?? false);

/** A buffer that grows beyond any frame without one is garbage; the newest bytes are kept. */
export const boundedRest = (rest: Uint8Array): Uint8Array =>
  rest.length > MAX_FRAME + 2 ? rest.subarray(rest.length - MAX_FRAME - 2) : rest;

/** Frames of a whole input, which may also be one frame without its flags. */
export function splitHdlc(b: Uint8Array, octetStuffing = false): readonly StreamFrame[] {
  if (b[0] !== FLAG && announcedLength(b) === b.length) {
    const read = readHdlc(b);
    if (read.ok) return [{ bytes: b, read: ok(read.value) }];
  }
  return scanHdlc(b, { octetStuffing, isEnd: true }).frames;
}
