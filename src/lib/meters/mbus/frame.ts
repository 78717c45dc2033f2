/**
 * Wired link layer frames (EN 13757-2:2018 clause 5, IEC 60870-5-2 format class FT 1.2).
 * Knows lengths and check sums, nothing behind the CI byte; called by `decode.ts`, sessions and
 * the virtual meter.
 *
 * | single | E5 |
 * | short  | 10 C A checksum 16 |
 * | long   | 68 L L 68 C A CI data… checksum 16 (control: L = 3, no data) |
 */
import { fault, ok, type Result } from '#lib/base/result.ts';
import { concatBytes } from '#lib/base/bytes.ts';
import { assert } from '#lib/base/assert.ts';

export type MbusFrame =
  | { readonly type: 'ack'; readonly size: 1 }
  | {
      readonly type: 'short';
      readonly control: number;
      readonly address: number;
      readonly size: 5;
    }
  | {
      readonly type: 'control' | 'long';
      readonly control: number;
      readonly address: number;
      readonly ci: number;
      /** Bytes from the CI byte on, without check sum and stop. */
      readonly body: Uint8Array;
      readonly size: number;
    };

const [ACK, START_SHORT, START_LONG, STOP] = [0xe5, 0x10, 0x68, 0x16];
const CLAUSE = { clause: 'EN 13757-2:2018 5' };

function checksum(b: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += b[i]!;
  return sum & 255;
}

const cut = (detail: string): Result<never> => fault('truncated', detail, CLAUSE);
const bad = (code: string, detail: string, offset: number): Result<never> =>
  fault(code, detail, { ...CLAUSE, offset });

function readShort(b: Uint8Array): Result<MbusFrame> {
  if (b.length < 5) return cut('A short frame has five bytes.');
  if (b[4] !== STOP) return bad('bad_stop', 'The stop byte is missing.', 4);
  if (b[3] !== checksum(b, 1, 3)) return bad('bad_checksum', 'The check sum is wrong.', 3);
  return ok({ type: 'short', control: b[1]!, address: b[2]!, size: 5 });
}

function readLong(b: Uint8Array): Result<MbusFrame> {
  if (b.length < 4) return cut('The frame ends inside its length.');
  const length = b[1]!;
  if (b[2] !== length || b[3] !== START_LONG) {
    return bad('bad_length', 'The two lengths or start bytes differ.', 2);
  }
  if (length < 3) return bad('bad_length', 'A long frame has at least C, A and CI.', 1);
  const size = length + 6;
  if (b.length < size) return cut(`The frame should have ${size} bytes, ${b.length} came.`);
  if (b[size - 1] !== STOP) return bad('bad_stop', 'The stop byte is missing.', size - 1);
  if (b[size - 2] !== checksum(b, 4, size - 2)) {
    return bad('bad_checksum', 'The check sum is wrong.', size - 2);
  }
  return ok({
    type: length === 3 ? 'control' : 'long',
    control: b[4]!,
    address: b[5]!,
    ci: b[6]!,
    body: b.subarray(6, size - 2),
    size,
  });
}

/**
 * Reads the frame that starts at the first byte; `size` says how many bytes it took. Errors:
 * `truncated`, `bad_start`, `bad_length`, `bad_stop`, `bad_checksum`.
 */
export function readFrame(b: Uint8Array): Result<MbusFrame> {
  if (b.length === 0) return cut('There are no bytes.');
  if (b[0] === ACK) return ok({ type: 'ack', size: 1 });
  if (b[0] === START_SHORT) return readShort(b);
  if (b[0] === START_LONG) return readLong(b);
  return bad('bad_start', 'No M-Bus frame starts with this byte.', 0);
}

/** Acknowledgement E5h. */
export const encodeAck = (): Uint8Array => Uint8Array.of(ACK);

/** Twin of `readFrame` for short frames (SND_NKE 40h, REQ_UD2 5Bh or 7Bh). */
export const encodeShort = (control: number, address: number): Uint8Array =>
  Uint8Array.of(START_SHORT, control, address, control + address, STOP);

/** Twin of `readFrame` for control and long frames; `body` starts with the CI byte. */
export function encodeLong(control: number, address: number, body: Uint8Array): Uint8Array {
  assert(body.length >= 1 && body.length <= 253, 'a long frame carries 1 to 253 bytes from CI on');
  const length = body.length + 2;
  const head = Uint8Array.of(START_LONG, length, length, START_LONG, control, address);
  const sum = control + address + checksum(body, 0, body.length);
  return concatBytes(head, body, Uint8Array.of(sum, STOP));
}
