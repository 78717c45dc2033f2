/**
 * IMST iU891A-XL: messages with CRC in SLIP frames (RFC 1055; IMST WMBus gateway specification).
 * Knows frame, escape and received-telegram event; called through `dongle.ts`.
 *
 * | C0 | SAP | message | payload | CRC X.25 low high | C0 |, escapes DB DC and DB DD
 */
import { concatBytes, toHex } from '#lib/base/bytes.ts';
import { crcX25 } from '../crypto/crc.ts';
import { correctLength, type DongleEvent, type FrameStep } from './framer.ts';

const [END, ESC, ESC_END, ESC_ESC] = [0xc0, 0xdb, 0xdc, 0xdd];
/** Service access point 9 is the radio gateway; message 20h a received telegram. */
const [GATEWAY, TELEGRAM_EVENT] = [0x09, 0x20];
/** Time 4, status 1, encryption 1, information 1, RSSI 1 (signed dBm). */
const EVENT_HEADER = 8;

function unescape(b: Uint8Array): Uint8Array | null {
  const out: number[] = [];
  for (let i = 0; i < b.length; i++) {
    if (b[i] !== ESC) out.push(b[i]!);
    else if (b[i + 1] === ESC_END) out.push(END);
    else if (b[i + 1] === ESC_ESC) out.push(ESC);
    else return null;
    if (b[i] === ESC) i++;
  }
  return Uint8Array.from(out);
}

function escape(b: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const byte of b) {
    if (byte === END) out.push(ESC, ESC_END);
    else if (byte === ESC) out.push(ESC, ESC_ESC);
    else out.push(byte);
  }
  return Uint8Array.from(out);
}

function eventOf(content: Uint8Array, message: Uint8Array): DongleEvent {
  const payload = content.subarray(2, content.length - 2);
  if (content[0] !== GATEWAY || content[1] !== TELEGRAM_EVENT || payload.length <= EVENT_HEADER) {
    return { kind: 'reply', key: toHex(content.subarray(0, content.length - 2)), message };
  }
  const rssi_dbm = (payload[EVENT_HEADER - 1]! << 24) >> 24;
  const bytes = correctLength(payload.slice(EVENT_HEADER));
  return { kind: 'telegram', bytes, rssi_dbm, message };
}

/** Looks at the front of the buffer (see `framer.ts`). */
export function lookIu891a(b: Uint8Array): FrameStep {
  if (b[0] !== END) return { discard: 1 };
  const end = b.indexOf(END, 1);
  if (end < 0) return 'more';
  // Two delimiters in a row: the first one closed something that was lost.
  if (end === 1) return { take: 1, event: null };
  const content = unescape(b.subarray(1, end));
  const crcAt = (content?.length ?? 0) - 2;
  if (!content || crcAt < 2) return { discard: end };
  const crc = content[crcAt]! | (content[crcAt + 1]! << 8);
  if (crcX25(content, 0, crcAt) !== crc) return { discard: end };
  return { take: end + 1, event: eventOf(content, b.slice(0, end + 1)) };
}

/** A message from host or device. */
export function encodeIu891a(sap: number, id: number, payload: Uint8Array): Uint8Array {
  const content = concatBytes(Uint8Array.of(sap, id), payload);
  const crc = crcX25(content);
  const body = escape(concatBytes(content, Uint8Array.of(crc, crc >> 8)));
  return concatBytes(Uint8Array.of(END), body, Uint8Array.of(END));
}

/** What the dongle sends for a received `telegram` (without link CRCs). */
export const wrapIu891a = (telegram: Uint8Array, rssi_dbm: number): Uint8Array => {
  const head = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, rssi_dbm);
  return encodeIu891a(GATEWAY, TELEGRAM_EVENT, concatBytes(head, telegram));
};
