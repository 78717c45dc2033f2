/**
 * CUL and nanoCUL (culfw, a-culfw): text lines. Also the lines that rtl_wmbus prints for software
 * radios, because both are "one telegram a line". Called through `dongle.ts`.
 *
 * | b | hex with link CRCs | [RSSI hex 2] | CR LF |, `bY` in front: frame format B
 * | T1;1;1;2026-11-21 04:00:00.000;97;148;12345678;0x2e44… | rtl_wmbus: mode;CRC;3of6;time;RSSI;…
 */
import { fromHex, fromLatin1, toHex, toLatin1 } from '#lib/base/bytes.ts';
import { stripLink } from '../wmbus/link.ts';
import type { DongleEvent, FrameStep } from './framer.ts';

const [LF, CR] = [0x0a, 0x0d];
/** Longest line: 290 bytes with CRCs as hex and some words. */
const MAX_LINE = 800;
const rssiDbm = (register: number): number => ((register << 24) >> 24) / 2 - 74;

/** Bytes of a format A telegram with its CRCs, from its L field. */
const sizeWithCrc = (length: number): number =>
  length + 1 + 2 + 2 * Math.ceil(Math.max(0, length - 9) / 16);

/** The telegram without the RSSI byte of `X21`; the length field tells what is too much. */
function splitRssi(b: Uint8Array): { bytes: Uint8Array; rssi_dbm?: number } {
  const length = b[0]!;
  for (const size of [sizeWithCrc(length), length + 1]) {
    if (b.length === size) return { bytes: b };
    if (b.length === size + 1) {
      return { bytes: b.subarray(0, size), rssi_dbm: rssiDbm(b[size]!) };
    }
  }
  return { bytes: b };
}

/** A damaged frame of format B looks like one without CRCs, but a CUL never removes them. */
function isDamagedB(telegram: Uint8Array): boolean {
  const { format, fault } = stripLink(telegram);
  return format !== 'B' || fault !== null;
}

function culLine(line: string, message: Uint8Array): DongleEvent {
  const match = /^b(Y?)((?:[0-9A-Fa-f]{2}){12,})$/.exec(line);
  const bytes = match ? fromHex(match[2]!) : null;
  if (!match || !bytes?.ok) return { kind: 'reply', key: line, message };
  const telegram = splitRssi(bytes.value);
  const isDamaged = match[1] === 'Y' && isDamagedB(telegram.bytes);
  return { kind: 'telegram', ...telegram, ...(isDamaged && { crcOk: false }), message };
}

const RTL = /^([A-Z]\d?[a-z]?);([01]);([01]);([^;]*);(-?\d+);[^;]*;[^;]*;0x((?:[0-9A-Fa-f]{2})+)/;

function rtlLine(line: string, message: Uint8Array): DongleEvent {
  const match = RTL.exec(line);
  const bytes = match ? fromHex(match[6]!) : null;
  if (!match || !bytes?.ok) return { kind: 'reply', key: line, message };
  // The number is the receiver's own scale; it is reported, because it still compares telegrams.
  return {
    kind: 'telegram',
    bytes: bytes.value,
    rssi_dbm: Number(match[5]),
    mode: match[1]!,
    crcOk: match[2] === '1' && match[3] === '1',
    message,
  };
}

type LineReader = (line: string, message: Uint8Array) => DongleEvent;

function lookLine(b: Uint8Array, read: LineReader): FrameStep {
  const end = b.indexOf(LF);
  if (end < 0) return b.length > MAX_LINE ? { discard: b.length } : 'more';
  const line = toLatin1(b.subarray(0, b[end - 1] === CR ? end - 1 : end)).trim();
  if (line === '') return { take: end + 1, event: null };
  if (/[^\x20-\x7e]/.test(line)) return { discard: end + 1 };
  return { take: end + 1, event: read(line, b.slice(0, end + 1)) };
}

/** Look at the front of the buffer (see `framer.ts`). */
export const lookCul = (b: Uint8Array): FrameStep => lookLine(b, culLine);
export const lookRtlwmbus = (b: Uint8Array): FrameStep => lookLine(b, rtlLine);

/** One line from host or device. */
export const encodeCul = (line: string): Uint8Array => fromLatin1(`${line}\r\n`);

/** What a CUL sends for a received `telegram` with link CRCs. */
export function wrapCul(telegram: Uint8Array, rssi_dbm: number): Uint8Array {
  const register = Uint8Array.of(Math.round((rssi_dbm + 74) * 2));
  const isB = telegram.length === telegram[0]! + 1;
  return encodeCul(`b${isB ? 'Y' : ''}${toHex(telegram)}${toHex(register)}`);
}

/** What rtl_wmbus prints for a received `telegram` without link CRCs. */
export const wrapRtlwmbus = (telegram: Uint8Array, rssi_dbm: number): Uint8Array =>
  fromLatin1(`T1;1;1;1970-01-01 00:00:00.000;${rssi_dbm};0;0;0x${toHex(telegram)}\n`);
