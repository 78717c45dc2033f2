/**
 * SML transport, protocol version 1: files between escape sequences (BSI TR-03109-1 annex,
 * SML 1.04 clause 8). Knows bytes and check sums, nothing of what a file says; called by `file.ts`
 * users: the command line, the reader's app and the simulated sender.
 *
 * | start   | 1B 1B 1B 1B  01 01 01 01                                             |
 * | data    | file, a sequence 1B 1B 1B 1B in it sent twice, zeros up to four bytes |
 * | end     | 1B 1B 1B 1B  1A  number of zeros  CRC 2, low byte first              |
 */
import { ByteWriter, concatBytes } from '#lib/base/bytes.ts';
import { crcKermit, crcX25 } from '../crypto/crc.ts';

export type SmlCrc = 'x25' | 'kermit';

/**
 * - `bad_crc`: neither check sum fits. - `bad_escape`: an unknown escape sequence.
 * - `bad_padding`: number or content of the padding, or the alignment, is wrong.
 * - `truncated`: another file began, or the stream ended, before the end.
 * - `too_long`: longer than any meter's file.
 */
export type TransportFault = 'bad_crc' | 'bad_escape' | 'bad_padding' | 'truncated' | 'too_long';

export type TransportEvent =
  | {
      readonly kind: 'file';
      /** Unescaped, without padding. */
      readonly payload: Uint8Array;
      /** Some Holley and DZG meters compute the Kermit variant. */
      readonly crc: SmlCrc;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'broken'; readonly code: TransportFault; readonly bytes: Uint8Array }
  | { readonly kind: 'discarded'; readonly bytes: Uint8Array };

export type SmlFramer = {
  push(chunk: Uint8Array): readonly TransportEvent[];
  /** The stream has ended: what is left is cut off. */
  flush(): readonly TransportEvent[];
};

const ESCAPE = 0x1b;
const START = 0x01;
const END = 0x1a;
const MARK = 4;
const HEAD = 2 * MARK;
const MAX_FILE = 65_536;
const SUMS = { x25: crcX25, kermit: crcKermit } as const;

const runAt = (bytes: Uint8Array, at: number, value: number): number => {
  let end = at;
  while (end < bytes.length && bytes[end] === value) end++;
  return end - at;
};

/** Whether `value` stands four times at `at`. */
const isMark = (b: Uint8Array, at: number, value: number): boolean =>
  b[at] === value && b[at + 1] === value && b[at + 2] === value && b[at + 3] === value;

/** First start sequence at or behind `from`; -1 when there is none yet. */
function findStart(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(ESCAPE, from);
  while (at >= 0 && at + HEAD <= bytes.length) {
    if (isMark(bytes, at, ESCAPE) && isMark(bytes, at + MARK, START)) return at;
    at = bytes.indexOf(ESCAPE, at + 1);
  }
  return -1;
}

type Scan =
  | { readonly kind: 'more'; readonly at: number }
  | { readonly kind: 'restart' | 'end' | 'bad'; readonly at: number };

/** Reads data of a file from `at` into `payload` until a sequence that ends it. */
function scan(bytes: Uint8Array, from: number, payload: ByteWriter): Scan {
  let at = from;
  for (;;) {
    const run = runAt(bytes, at, ESCAPE);
    if (run === 0) {
      if (at >= bytes.length) return { kind: 'more', at };
      const escape = bytes.indexOf(ESCAPE, at);
      const end = escape < 0 ? bytes.length : escape;
      payload.put(bytes.subarray(at, end));
      at = end;
      continue;
    }
    const isOver = at + run < bytes.length;
    if (run >= HEAD) {
      payload.byte(ESCAPE, ESCAPE, ESCAPE, ESCAPE);
      at += HEAD;
      continue;
    }
    if (!isOver) return { kind: 'more', at };
    if (run < MARK) {
      for (let i = 0; i < run; i++) payload.byte(ESCAPE);
      at += run;
      continue;
    }
    // Up to three escape bytes in front of the mark are data.
    const mark = at + run - MARK;
    if (mark + HEAD > bytes.length) return { kind: 'more', at };
    if (isMark(bytes, mark + MARK, START)) {
      return { kind: 'restart', at: mark };
    }
    if (bytes[mark + MARK] !== END) return { kind: 'bad', at: mark };
    for (let i = 0; i < mark - at; i++) payload.byte(ESCAPE);
    return { kind: 'end', at: mark };
  }
}

/** `bytes` reach from the start to the end sequence, `mark` is where that begins. */
function judge(bytes: Uint8Array, mark: number, data: Uint8Array): TransportEvent {
  const sum = bytes[mark + 6]! | (bytes[mark + 7]! << 8);
  const crc = (['x25', 'kermit'] as const).find((k) => SUMS[k](bytes, 0, mark + 6) === sum);
  if (!crc) return { kind: 'broken', code: 'bad_crc', bytes };
  const zeros = bytes[mark + 5]!;
  const isAligned = (mark - HEAD) % MARK === 0;
  const isPadded = zeros < MARK && zeros <= data.length;
  if (!isAligned || !isPadded || data.subarray(data.length - zeros).some((byte) => byte !== 0)) {
    return { kind: 'broken', code: 'bad_padding', bytes };
  }
  return { kind: 'file', payload: data.slice(0, data.length - zeros), crc, bytes };
}

export function createSmlFramer(): SmlFramer {
  let buffer: Uint8Array = new Uint8Array(0);
  let inFile = false;
  let at = 0;
  let payload = new ByteWriter();

  /** Drops `count` bytes of the buffer as an event of `kind`. */
  function drop(count: number, code: TransportFault | null): TransportEvent[] {
    const bytes = buffer.slice(0, count);
    buffer = buffer.slice(count);
    if (bytes.length === 0) return [];
    return [code ? { kind: 'broken', code, bytes } : { kind: 'discarded', bytes }];
  }

  function seek(): TransportEvent[] {
    const start = findStart(buffer, 0);
    // A start may be split between chunks: its first seven bytes are kept.
    if (start < 0) return drop(Math.max(0, buffer.length - (HEAD - 1)), null);
    const events = drop(start, null);
    inFile = true;
    at = HEAD;
    payload = new ByteWriter();
    return events;
  }

  function advance(): TransportEvent[] | null {
    const found = scan(buffer, at, payload);
    at = found.at;
    switch (found.kind) {
      case 'more':
        if (buffer.length <= MAX_FILE) return null;
        inFile = false;
        return drop(HEAD, 'too_long');
      case 'restart':
        inFile = false;
        return drop(found.at, 'truncated');
      case 'bad':
        inFile = false;
        return drop(found.at, 'bad_escape');
      case 'end': {
        inFile = false;
        const bytes = buffer.slice(0, found.at + HEAD);
        const verdict = judge(bytes, found.at, payload.done());
        // Of a broken end only the mark is believed: a lost byte must not cost the next file.
        if (verdict.kind === 'broken') return drop(found.at + MARK + 1, verdict.code);
        buffer = buffer.slice(bytes.length);
        return [verdict];
      }
    }
  }

  function drain(): TransportEvent[] {
    const events: TransportEvent[] = [];
    for (;;) {
      if (!inFile) events.push(...seek());
      if (!inFile) return events;
      const more = advance();
      if (!more) return events;
      events.push(...more);
    }
  }

  return {
    push(chunk) {
      buffer = concatBytes(buffer, chunk);
      return drain();
    },
    flush() {
      const code = inFile ? 'truncated' : null;
      inFile = false;
      return drop(buffer.length, code);
    },
  };
}

/** Twin of the framer: one file with its escapes, padding and check sum. */
export function encodeTransport(payload: Uint8Array, crc: SmlCrc = 'x25'): Uint8Array {
  const out = new ByteWriter().byte(ESCAPE, ESCAPE, ESCAPE, ESCAPE, START, START, START, START);
  for (let at = 0; at < payload.length;) {
    if (isMark(payload, at, ESCAPE)) {
      for (let i = 0; i < HEAD; i++) out.byte(ESCAPE);
      at += MARK;
    } else out.byte(payload[at++]!);
  }
  const zeros = (MARK - (out.length % MARK)) % MARK;
  for (let i = 0; i < zeros; i++) out.byte(0);
  out.byte(ESCAPE, ESCAPE, ESCAPE, ESCAPE, END, zeros);
  const sum = SUMS[crc](out.done());
  return out.uintLe(sum, 2).done();
}
