/**
 * Embit modules: Embit Binary Interface (EBI overview, packet format). Knows message frame and
 * received-data notification; called through `dongle.ts`.
 *
 * | length 2, big endian, of everything | message | payload | sum of all before |
 */
import { concatBytes, toHex } from '#lib/base/bytes.ts';
import type { DongleEvent, FrameStep } from './framer.ts';

const RECEIVED_DATA = 0xe0;
const MIN_SIZE = 4;
const MAX_SIZE = 320;
/** Options 2, RSSI 1 (signed dBm): what stands in front of the telegram at the most. */
const MAX_HEADER = 8;

function sum(b: Uint8Array, to: number): number {
  let total = 0;
  for (let i = 0; i < to; i++) total += b[i]!;
  return total & 255;
}

/** Offset of the L field: firmware versions put two to four bytes in front of the telegram. */
function telegramAt(payload: Uint8Array): number {
  for (let at = 0; at <= MAX_HEADER && at + 11 < payload.length; at++) {
    if (payload[at] === payload.length - at - 1) return at;
  }
  return -1;
}

function eventOf(b: Uint8Array, size: number): DongleEvent {
  const message = b.slice(0, size);
  const payload = message.subarray(3, size - 1);
  const at = b[2] === RECEIVED_DATA ? telegramAt(payload) : -1;
  if (at < 0) return { kind: 'reply', key: toHex(message.subarray(2, size - 1)), message };
  const bytes = payload.slice(at);
  if (at === 0) return { kind: 'telegram', bytes, message };
  return { kind: 'telegram', bytes, rssi_dbm: (payload[at - 1]! << 24) >> 24, message };
}

/** Looks at the front of the buffer (see `framer.ts`). */
export function lookEmbit(b: Uint8Array): FrameStep {
  if (b.length < 2) return 'more';
  const size = (b[0]! << 8) | b[1]!;
  if (size < MIN_SIZE || size > MAX_SIZE) return { discard: 1 };
  if (b.length < size) return 'more';
  if (sum(b, size - 1) !== b[size - 1]) return { discard: 1 };
  return { take: size, event: eventOf(b, size) };
}

/** A message from host or device. */
export function encodeEmbit(id: number, payload: Uint8Array): Uint8Array {
  const size = payload.length + MIN_SIZE;
  const message = concatBytes(Uint8Array.of(size >> 8, size, id), payload);
  return concatBytes(message, Uint8Array.of(sum(message, message.length)));
}

/** What the module sends for a received `telegram` (without link CRCs). */
export const wrapEmbit = (telegram: Uint8Array, rssi_dbm: number): Uint8Array =>
  encodeEmbit(RECEIVED_DATA, concatBytes(Uint8Array.of(0, 0, rssi_dbm), telegram));
