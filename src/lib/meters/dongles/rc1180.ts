/**
 * Radiocrafts RC1180-MBUS: bare telegrams without a start mark, and a configuration mode in which
 * every answer ends in a prompt (MBUS user manual 2.01, clauses 2.2 and 2.3, appendix A). Knows how
 * to find telegrams between two silences; called through `dongle.ts`.
 *
 * | L | telegram | RSSI |, configuration: | answer | 3E |
 *
 * The module checks the link CRCs and removes them. A lone 3Eh is a prompt or the L field of a
 * telegram of 62 bytes: only the silence behind it tells.
 */
import { concatBytes, toHex } from '#lib/base/bytes.ts';
import type { DongleEvent, FrameStep } from './framer.ts';

const PROMPT = 0x3e;
/** Link header behind the L field and one CI byte. */
const MIN_LENGTH = 10;
/** C fields that a meter sends (EN 13757-4:2019 clause 11.5.3): the only mark there is. */
const METER_C: ReadonlySet<number> = new Set([
  0x00, 0x06, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x44, 0x46, 0x47, 0x48,
]);
/** Appendix A, command S: half decibels below 0 dBm. */
const rssiDbm = (register: number): number => -register / 2;

const replyOf = (message: Uint8Array): DongleEvent => ({
  kind: 'reply',
  key: toHex(message),
  message,
});

function telegramOf(message: Uint8Array): DongleEvent {
  const end = message[0]! + 1;
  const bytes = message.subarray(0, end);
  const register = message[end];
  if (register === undefined) return { kind: 'telegram', bytes, message };
  return { kind: 'telegram', bytes, rssi_dbm: rssiDbm(register), message };
}

/** Looks at the front of the buffer (see `framer.ts`). */
export function lookRc1180(b: Uint8Array): FrameStep {
  const length = b[0]!;
  if (b.length < 2) return 'more';
  // Answers of one byte in configuration mode are parameters below ten.
  if (length < MIN_LENGTH) {
    return b[1] === PROMPT ? { take: 2, event: replyOf(b.slice(0, 2)) } : { discard: 1 };
  }
  if (!METER_C.has(b[1]!)) return { discard: 1 };
  const size = length + 2;
  return b.length < size ? 'more' : { take: size, event: telegramOf(b.slice(0, size)) };
}

/** What the buffer is when nothing follows: a prompt, or a telegram of a module without RSSI. */
export function restRc1180(b: Uint8Array): FrameStep {
  if (b.length === 1 && b[0] === PROMPT) return { take: 1, event: replyOf(b.slice()) };
  const isTelegram = b[0]! >= MIN_LENGTH && b.length === b[0]! + 1;
  return isTelegram ? { take: b.length, event: telegramOf(b.slice()) } : 'more';
}

/** What the module sends for a received `telegram` (without link CRCs). */
export const wrapRc1180 = (telegram: Uint8Array, rssi_dbm: number): Uint8Array =>
  concatBytes(telegram, Uint8Array.of(Math.round(-2 * rssi_dbm)));
