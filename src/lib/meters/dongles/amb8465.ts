/**
 * Würth Elektronik (Amber) AMB8465-M and Metis: command interface (manual, clause "command mode").
 * Knows message frame and received-telegram indication; called through `dongle.ts`.
 *
 * | FF | command | length | payload | XOR of all before |; replies set bit 7 of the command
 */
import { concatBytes, toHex } from '#lib/base/bytes.ts';
import type { DongleEvent, FrameStep } from './framer.ts';

const START = 0xff;
const DATA_INDICATION = 0x03;
/** Half-decibel register with offset 74 dB (manual, RSSI command). */
const rssiDbm = (register: number): number => ((register << 24) >> 24) / 2 - 74;

function xor(b: Uint8Array, to: number): number {
  let sum = 0;
  for (let i = 0; i < to; i++) sum ^= b[i]!;
  return sum;
}

function eventOf(b: Uint8Array, size: number): DongleEvent {
  const message = b.slice(0, size);
  const payload = message.subarray(3, size - 1);
  if (b[1] !== DATA_INDICATION || payload.length < 2) {
    return { kind: 'reply', key: toHex(b.subarray(1, 2)) + toHex(payload), message };
  }
  // The last byte is the RSSI: opening the dongle switches it on. The L field is not sent.
  const end = payload.length - 1;
  const bytes = concatBytes(Uint8Array.of(end), payload.subarray(0, end));
  return { kind: 'telegram', bytes, rssi_dbm: rssiDbm(payload[end]!), message };
}

/** Looks at the front of the buffer (see `framer.ts`). */
export function lookAmb8465(b: Uint8Array): FrameStep {
  if (b[0] !== START) return { discard: 1 };
  if (b.length < 3) return 'more';
  const size = 4 + b[2]!;
  if (b.length < size) return 'more';
  if (xor(b, size - 1) !== b[size - 1]) return { discard: 1 };
  return { take: size, event: eventOf(b, size) };
}

/** A message from host or device. */
export function encodeAmb8465(command: number, payload: Uint8Array): Uint8Array {
  const message = concatBytes(Uint8Array.of(START, command, payload.length), payload);
  return concatBytes(message, Uint8Array.of(xor(message, message.length)));
}

/** What the dongle sends for a received `telegram` (without link CRCs). */
export const wrapAmb8465 = (telegram: Uint8Array, rssi_dbm: number): Uint8Array => {
  const register = Uint8Array.of(Math.round((rssi_dbm + 74) * 2));
  return encodeAmb8465(DATA_INDICATION, concatBytes(telegram.subarray(1), register));
};
