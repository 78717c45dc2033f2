/**
 * The three envelopes of a Modbus PDU: serial RTU (MODBUS over Serial Line V1.02 clause 2.5.1),
 * serial ASCII (2.5.2) and TCP (MODBUS Messaging on TCP/IP V1.0b clause 3.1). Knows addresses and
 * check sums, not who speaks when; called by `framer.ts`, `session.ts`, the virtual device and the
 * command line.
 *
 * | RTU   | unit 1 | PDU | CRC 2, low byte first                     |
 * | ASCII | :      | unit, PDU, LRC as hex digits | CR LF            |
 * | TCP   | transaction 2 | protocol 2 = 0 | length 2 | unit 1 | PDU |
 */
import { ByteWriter, concatBytes, fromLatin1, toHex, toLatin1 } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { crcModbus } from '../crypto/crc.ts';
import { MAX_PDU } from './pdu.ts';

export type Transmission = 'rtu' | 'ascii' | 'tcp';

export type ModbusAdu = {
  /** 1 to 247; 0 is a broadcast, and 0 or 255 stand for "the device itself" on TCP. */
  readonly unit: number;
  /** Repeated by the answer; null on serial lines. */
  readonly transaction: number | null;
  readonly pdu: Uint8Array;
};

const RTU = { clause: 'MODBUS over Serial Line V1.02 2.5.1' };
const ASCII = { clause: 'MODBUS over Serial Line V1.02 2.5.2' };
const TCP = { clause: 'MODBUS Messaging on TCP/IP V1.0b 3.1.3' };
export const MBAP_LENGTH = 7;

/** Whether `bytes[0, end)` ends with its own CRC. */
export const rtuFits = (bytes: Uint8Array, end: number): boolean =>
  end >= 4 &&
  end <= bytes.length &&
  crcModbus(bytes, 0, end - 2) === (bytes[end - 2]! | (bytes[end - 1]! << 8));

/** One whole RTU frame. Errors: `truncated`, `bad_crc`. */
export function decodeRtu(bytes: Uint8Array): Result<ModbusAdu> {
  if (bytes.length < 4) return fault('truncated', 'A frame has at least four bytes.', RTU);
  if (!rtuFits(bytes, bytes.length)) return fault('bad_crc', 'The check sum is wrong.', RTU);
  return ok({ unit: bytes[0]!, transaction: null, pdu: bytes.slice(1, -2) });
}

export function encodeRtu({ unit, pdu }: Pick<ModbusAdu, 'unit' | 'pdu'>): Uint8Array {
  const body = concatBytes(Uint8Array.of(unit), pdu);
  return new ByteWriter().put(body).uintLe(crcModbus(body), 2).done();
}

/** Longitudinal redundancy check: two's complement of the sum (clause 2.5.2.2). */
export const lrc = (bytes: Uint8Array): number => -bytes.reduce((sum, b) => sum + b, 0) & 255;

/** One frame from `:` to LF. Errors: `truncated`, `bad_ascii`, `bad_lrc`. */
export function decodeAscii(bytes: Uint8Array): Result<ModbusAdu> {
  const text = toLatin1(bytes);
  if (!text.startsWith(':')) return fault('bad_ascii', 'A frame starts with a colon.', ASCII);
  const end = text.indexOf('\r\n');
  if (end < 0) return fault('truncated', 'The frame has no end.', ASCII);
  const digits = text.slice(1, end);
  if (digits.length % 2 || /[^0-9A-Fa-f]/.test(digits)) {
    return fault('bad_ascii', 'Characters that are no pairs of hex digits.', ASCII);
  }
  const body = Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  if (body.length < 3) return fault('truncated', 'The frame is too short.', ASCII);
  const sum = body[body.length - 1];
  if (lrc(body.subarray(0, -1)) !== sum) return fault('bad_lrc', 'The check sum is wrong.', ASCII);
  return ok({ unit: body[0]!, transaction: null, pdu: body.slice(1, -1) });
}

export function encodeAscii({ unit, pdu }: Pick<ModbusAdu, 'unit' | 'pdu'>): Uint8Array {
  const body = concatBytes(Uint8Array.of(unit), pdu);
  return fromLatin1(`:${toHex(body)}${toHex(Uint8Array.of(lrc(body)))}\r\n`);
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

/** Length of the TCP frame at the start of `bytes`; null while it is not known, 0 when wrong. */
export function tcpLength(bytes: Uint8Array): number | null {
  if (bytes.length >= 4 && u16(bytes, 2) !== 0) return 0;
  if (bytes.length < 6) return null;
  const length = u16(bytes, 4);
  return length < 2 || length > MAX_PDU + 1 ? 0 : 6 + length;
}

/** One TCP frame; bytes behind it are ignored. Errors: `truncated`, `bad_mbap`. */
export function decodeTcp(bytes: Uint8Array): Result<ModbusAdu> {
  const length = tcpLength(bytes);
  if (length === 0) return fault('bad_mbap', 'Protocol or length of the header is wrong.', TCP);
  if (length === null || bytes.length < length) {
    return fault('truncated', 'The frame is cut off.', TCP);
  }
  const pdu = bytes.slice(MBAP_LENGTH, length);
  return ok({ unit: bytes[6]!, transaction: u16(bytes, 0), pdu });
}

export function encodeTcp({ unit, transaction, pdu }: ModbusAdu): Uint8Array {
  const head = new ByteWriter().uintBe(transaction ?? 0, 2).uintBe(0, 2);
  return head
    .uintBe(pdu.length + 1, 2)
    .byte(unit)
    .put(pdu)
    .done();
}

/** Twin of all three decoders. */
export function encodeAdu(adu: ModbusAdu, transmission: Transmission): Uint8Array {
  if (transmission === 'tcp') return encodeTcp(adu);
  return transmission === 'rtu' ? encodeRtu(adu) : encodeAscii(adu);
}
