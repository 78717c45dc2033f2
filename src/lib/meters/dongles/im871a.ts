/**
 * IMST iM871A-USB: WMBus Host Controller Interface (IMST specification 1.x, clause 2).
 * Knows message frame and received-telegram message; called through `dongle.ts`.
 *
 * | A5 | flags 4 bit, endpoint 4 bit | message | length | payload | [time 4] [RSSI 1] [CRC 2] |
 */
import { concatBytes, toHex } from '#lib/base/bytes.ts';
import { crcX25 } from '../crypto/crc.ts';
import type { DongleEvent, FrameStep } from './framer.ts';

const START = 0xa5;
const FLAG = { crc: 0x80, rssi: 0x40, time: 0x20 } as const;
/** Endpoint 2 is the radio link; message 3 a received telegram without its L field. */
const [RADIO_LINK, TELEGRAM_RECEIVED] = [2, 3];
const HEADER = 4;
/** Calibration of the receiver: dBm = -126.67 + 0.5333 × register (specification clause 2.4). */
const rssiDbm = (register: number): number => Math.round(-100 - 4000 / 150 + (80 / 150) * register);
const rssiRegister = (dbm: number): number =>
  Math.min(255, Math.max(0, Math.round((dbm + 100 + 4000 / 150) / (80 / 150))));

function eventOf(b: Uint8Array, size: number): DongleEvent {
  const message = b.slice(0, size);
  const [flags, id, length] = [b[1]!, b[2]!, b[3]!];
  const payload = message.subarray(HEADER, HEADER + length);
  if ((flags & 15) !== RADIO_LINK || id !== TELEGRAM_RECEIVED) {
    const key = toHex(Uint8Array.of(flags & 15, id)) + toHex(payload);
    return { kind: 'reply', key, message };
  }
  // The HCI length stands where the telegram has its L field, and has the same value.
  const bytes = concatBytes(Uint8Array.of(length), payload);
  const rssiAt = HEADER + length + (flags & FLAG.time ? 4 : 0);
  if (!(flags & FLAG.rssi)) return { kind: 'telegram', bytes, message };
  return { kind: 'telegram', bytes, message, rssi_dbm: rssiDbm(message[rssiAt]!) };
}

/** Looks at the front of the buffer (see `framer.ts`). */
export function lookIm871a(b: Uint8Array): FrameStep {
  if (b[0] !== START) return { discard: 1 };
  if (b.length < HEADER) return 'more';
  const flags = b[1]!;
  const extra =
    (flags & FLAG.time ? 4 : 0) + (flags & FLAG.rssi ? 1 : 0) + (flags & FLAG.crc ? 2 : 0);
  const size = HEADER + b[3]! + extra;
  if (b.length < size) return 'more';
  const crc = b[size - 2]! | (b[size - 1]! << 8);
  if (flags & FLAG.crc && crcX25(b, 1, size - 2) !== crc) return { discard: 1 };
  return { take: size, event: eventOf(b, size) };
}

function withCrc(message: Uint8Array): Uint8Array {
  const crc = crcX25(message, 1);
  return concatBytes(message, Uint8Array.of(crc, crc >> 8));
}

/** A message with CRC, from host or device. */
export const encodeIm871a = (endpoint: number, id: number, payload: Uint8Array): Uint8Array =>
  withCrc(concatBytes(Uint8Array.of(START, FLAG.crc | endpoint, id, payload.length), payload));

/** What the dongle sends for a received `telegram` (without link CRCs). */
export function wrapIm871a(telegram: Uint8Array, rssi_dbm: number): Uint8Array {
  const flags = FLAG.crc | FLAG.time | FLAG.rssi | RADIO_LINK;
  const head = Uint8Array.of(START, flags, TELEGRAM_RECEIVED, telegram.length - 1);
  const tail = Uint8Array.of(0, 0, 0, 0, rssiRegister(rssi_dbm));
  return withCrc(concatBytes(head, telegram.subarray(1), tail));
}
