/**
 * One HDLC frame of format type 3, without its flags (IEC 62056-46:2007 clause 6.4; ISO/IEC 13239).
 * Knows lengths and check sequences, nothing behind the information field; called by `stream.ts`
 * and the link.
 *
 * | format 2 | destination 1/2/4 | source 1/2/4 | control 1 | HCS 2 | information | FCS 2 |
 *
 * Format = 1010, segmentation bit, length of the frame in 11 bits. HCS only with information.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { crcX25 } from '../../crypto/crc.ts';
import { readAddress, writeAddress, type HdlcAddress } from './address.ts';
import { CONTROLS, FINAL_BIT, type FrameType } from './control.table.ts';

export type HdlcFrame = {
  readonly type: FrameType;
  readonly destination: HdlcAddress;
  readonly source: HdlcAddress;
  readonly isSegmented: boolean;
  readonly isFinal: boolean;
  /** N(S) of I frames, N(R) of I, RR and RNR; null elsewhere. */
  readonly send: number | null;
  readonly receive: number | null;
  /** The information field; empty when there is none. */
  readonly payload: Uint8Array;
};

/** Bytes of destination and source; the sender may use more than its numbers need. */
export type AddressSizes = readonly [destination: number, source: number];

export type ReadHdlc = {
  readonly frame: HdlcFrame;
  readonly hasHcs: boolean;
  readonly addressSizes: AddressSizes;
};

const FORMAT = 0xa0;
const SEGMENTED = 0x08;
const FCS_SIZE = 2;
const CLAUSE = { clause: 'IEC 62056-46:2007 6.4' };

/** Length that the two format bytes at `at` announce; null when they are of another type. */
export function announcedLength(b: Uint8Array, at = 0): number | null {
  const [high, low] = [b[at], b[at + 1]];
  if (high === undefined || low === undefined || (high & 0xf0) !== FORMAT) return null;
  return ((high & 7) << 8) | low;
}

const checkAt = (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8);

type Head = Omit<HdlcFrame, 'payload'> & {
  readonly size: number;
  readonly addressSizes: AddressSizes;
};

function readHead(b: Uint8Array): Result<Head> {
  const destination = readAddress(b, 2);
  if (!destination.ok) return destination;
  const source = readAddress(b, 2 + destination.value.size);
  if (!source.ok) return source;
  const at = 2 + destination.value.size + source.value.size;
  const control = b[at];
  if (control === undefined) return fault('truncated', 'The control field is missing.', CLAUSE);
  const row = CONTROLS.find(({ mask, bits }) => (control & mask) === bits);
  if (!row)
    return fault('bad_control', `${control} is no control field.`, { ...CLAUSE, offset: at });
  const hasReceive = row.type === 'I' || row.type === 'RR' || row.type === 'RNR';
  return ok({
    type: row.type,
    destination: destination.value.address,
    source: source.value.address,
    isSegmented: (b[0]! & SEGMENTED) !== 0,
    isFinal: (control & FINAL_BIT) !== 0,
    send: row.type === 'I' ? (control >> 1) & 7 : null,
    receive: hasReceive ? control >> 5 : null,
    size: at + 1,
    addressSizes: [destination.value.size, source.value.size],
  });
}

/**
 * Reads the frame that fills `b`. Errors: `bad_format`, `bad_length`, `bad_fcs`, `bad_hcs`,
 * `bad_address`, `bad_control`, `truncated`.
 */
export function readHdlc(b: Uint8Array): Result<ReadHdlc> {
  const length = announcedLength(b);
  if (length === null) return fault('bad_format', 'No frame of format type 3.', CLAUSE);
  if (length > b.length) return fault('truncated', `${length} bytes announced.`, CLAUSE);
  if (length !== b.length || length < 7) {
    return fault('bad_length', `${length} bytes announced, ${b.length} came.`, CLAUSE);
  }
  const end = length - FCS_SIZE;
  if (checkAt(b, end) !== crcX25(b, 0, end)) {
    return fault('bad_fcs', 'The frame check sequence is wrong.', { ...CLAUSE, offset: end });
  }
  const head = readHead(b.subarray(0, end));
  if (!head.ok) return head;
  const { size, addressSizes, ...rest } = head.value;
  if (size === end) {
    const frame = { ...rest, payload: b.subarray(end, end) };
    return ok({ frame, hasHcs: false, addressSizes });
  }
  if (end - size < 2 || checkAt(b, size) !== crcX25(b, 0, size)) {
    return fault('bad_hcs', 'The header check sequence is wrong.', { ...CLAUSE, offset: size });
  }
  const frame = { ...rest, payload: b.subarray(size + 2, end) };
  return ok({ frame, hasHcs: true, addressSizes });
}

function controlOf(frame: HdlcFrame): number {
  const row = CONTROLS.find(({ type }) => type === frame.type)!;
  const sequence = ((frame.receive ?? 0) << 5) | ((frame.send ?? 0) << 1);
  return row.bits | sequence | (frame.isFinal ? FINAL_BIT : 0);
}

const withCheck = (b: Uint8Array): Uint8Array => {
  const crc = crcX25(b);
  return concatBytes(b, Uint8Array.of(crc, crc >> 8));
};

/**
 * Twin of `readHdlc`, without flags. `sizes` 4 writes server addresses in four bytes; what was read
 * is repeated exactly with its own sizes. The information field must leave the frame below 2048
 * bytes: the link cuts longer ones.
 */
export function encodeHdlc(frame: HdlcFrame, sizes?: number | AddressSizes): Uint8Array {
  const [destination, source] = typeof sizes === 'object' ? sizes : [sizes, sizes];
  const addresses = concatBytes(
    writeAddress(frame.destination, destination),
    writeAddress(frame.source, source),
  );
  const head = 3 + addresses.length;
  const information = frame.payload.length > 0 ? frame.payload.length + 2 : 0;
  const length = head + information + FCS_SIZE;
  const format = FORMAT | (frame.isSegmented ? SEGMENTED : 0) | (length >> 8);
  const lead = concatBytes(
    Uint8Array.of(format, length),
    addresses,
    Uint8Array.of(controlOf(frame)),
  );
  return withCheck(information > 0 ? concatBytes(withCheck(lead), frame.payload) : lead);
}
