/**
 * Embit modules: Embit Binary Interface (EBI overview, packet format). Knows message frame and
 * received-data notification; called through `dongle.ts`.
 *
 * | length 2, big endian, of everything | message | payload | sum of all before |
 * | received data E0 | options 2 | [RSSI 1] | [time 4] | telegram from its L field |
 */
import { concatBytes, toHex } from '#lib/base/bytes.ts';
import { correctLength, type DongleEvent, type FrameStep } from './framer.ts';

const RECEIVED_DATA = 0xe0;
const MIN_SIZE = 4;
const MAX_SIZE = 320;
/** Bits of the two option bytes in front of a telegram: which fields follow them. */
const OPTION = { rssi: 0x8000, time: 0x0008 } as const;

function sum(b: Uint8Array, to: number): number {
  let total = 0;
  for (let i = 0; i < to; i++) total += b[i]!;
  return total & 255;
}

function eventOf(b: Uint8Array, size: number): DongleEvent {
  const message = b.slice(0, size);
  const payload = message.subarray(3, size - 1);
  const options = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
  const hasRssi = (options & OPTION.rssi) !== 0;
  const at = 2 + (hasRssi ? 1 : 0) + (options & OPTION.time ? 4 : 0);
  if (b[2] !== RECEIVED_DATA || at >= payload.length) {
    return { kind: 'reply', key: toHex(message.subarray(2, size - 1)), message };
  }
  const rssi_dbm = (payload[2]! << 24) >> 24;
  const bytes = correctLength(payload.slice(at));
  return { kind: 'telegram', bytes, ...(hasRssi && { rssi_dbm }), message };
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
  encodeEmbit(RECEIVED_DATA, concatBytes(Uint8Array.of(0x80, 0, rssi_dbm), telegram));
