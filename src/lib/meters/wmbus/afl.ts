/**
 * The authentication and fragmentation layer, CI 90h (EN 13757-7:2018 clause 6). Knows the fields
 * and the MAC, not what they protect; called by `decode.ts` and `encode.ts`.
 *
 * | 90 | length 1 | FCL 2 | MCL 1 | key info 2 | counter 4 | MAC 0..16 | message length 2 |
 * Each field behind FCL is present when its bit in FCL is set.
 */
import { concatBytes, equalBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { aesCmac } from '../crypto/aes.ts';

export const AFL_CI = 0x90;
const CLAUSE = 'EN 13757-7:2018 6';

export type Afl = {
  /** More fragments follow: one telegram is not the whole message. */
  readonly moreFragments: boolean;
  readonly fragment: number;
  readonly messageControl: number | null;
  readonly keyInformation: number | null;
  readonly counter: number | null;
  readonly mac: Uint8Array | null;
  readonly messageLength: number | null;
  readonly at: number;
  readonly end: number;
};

/** Bits of the fragmentation control field. */
const FCL = { more: 14, control: 13, length: 12, counter: 11, mac: 10, key: 9 } as const;
/** Authentication type (low nibble of MCL) to MAC bytes; table 12. */
const MAC_SIZE: Readonly<Record<number, number>> = { 3: 2, 4: 4, 5: 8, 6: 12, 7: 16, 8: 12 };
/** Truncated AES-CMAC types; 8 would be GMAC. */
const isCmac = (type: number): boolean => type >= 3 && type <= 7;

/** Reads the layer whose CI byte is at `at`. Errors: `truncated`, `bad_length`. */
export function readAfl(b: Uint8Array, at: number): Result<Afl> {
  const length = b[at + 1] ?? 0;
  const end = at + 2 + length;
  if (end > b.length || b[at + 1] === undefined) {
    return fault('truncated', 'The authentication layer is cut off.', { offset: at });
  }
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const bad = fault('bad_length', 'The fields do not fit.', { offset: at, clause: CLAUSE });
  if (length < 2) return bad;
  const control = view.getUint16(at + 2, true);
  const has = (bit: number): boolean => ((control >> bit) & 1) === 1;
  const size = { control: has(FCL.control) ? 1 : 0, key: has(FCL.key) ? 2 : 0 };
  const mclAt = at + 4;
  const messageControl = size.control ? (b[mclAt] ?? 0) : null;
  const keyAt = mclAt + size.control;
  const counterAt = keyAt + size.key;
  const macAt = counterAt + (has(FCL.counter) ? 4 : 0);
  // A last fragment has a MAC and no control field that would tell its size: it fills the layer.
  const rest = Math.max(0, end - macAt - (has(FCL.length) ? 2 : 0));
  const stated = messageControl === null ? rest : (MAC_SIZE[messageControl & 15] ?? 0);
  const macSize = has(FCL.mac) ? stated : 0;
  const lengthAt = macAt + macSize;
  if (lengthAt + (has(FCL.length) ? 2 : 0) > end) return bad;
  return ok({
    moreFragments: has(FCL.more),
    fragment: control & 255,
    messageControl,
    keyInformation: size.key ? view.getUint16(keyAt, true) : null,
    counter: has(FCL.counter) ? view.getUint32(counterAt, true) : null,
    mac: macSize ? b.subarray(macAt, lengthAt) : null,
    messageLength: has(FCL.length) ? view.getUint16(lengthAt, true) : null,
    at,
    end,
  });
}

type Protected = Pick<Afl, 'messageControl' | 'counter' | 'messageLength'>;

/** Clause 6.4: MAC over MCL, counter, message length and the transport layer as transmitted. */
export function aflMac(key: Uint8Array, afl: Protected, inner: Uint8Array): Uint8Array {
  const { messageControl: mcl, counter: c, messageLength: ml } = afl;
  const head = [
    ...(mcl === null ? [] : [mcl]),
    ...(c === null ? [] : [c & 255, (c >>> 8) & 255, (c >>> 16) & 255, c >>> 24]),
    ...(ml === null ? [] : [ml & 255, ml >> 8]),
  ];
  return aesCmac(key, concatBytes(Uint8Array.from(head), inner));
}

/** Null: there is nothing that we can check; otherwise whether the MAC fits. */
export function checkMac(key: Uint8Array, afl: Afl, inner: Uint8Array): boolean | null {
  if (!afl.mac || !isCmac((afl.messageControl ?? 0) & 15)) return null;
  return equalBytes(aflMac(key, afl, inner).subarray(0, afl.mac.length), afl.mac);
}

/** MCL of a message with counter and an eight-byte CMAC (MLMP 0, MCMP 1, AT 5). */
export const MCL_CMAC8 = 0x25;
/** MCL of a fragmented one: it also states the length of the whole message (MLMP 1). */
export const MCL_CMAC8_LENGTH = 0x65;
/** MCL of a message whose tag stands behind the payload (modes 9 and 10): counter only. */
const MCL_COUNTER = 0x20;
const MAC_BYTES = 8;

const little = (n: number, size: number): readonly number[] =>
  Array.from({ length: size }, (_, i) => (n >>> (8 * i)) & 255);

export type AflFields = {
  readonly moreFragments?: boolean;
  readonly fragment?: number;
  readonly messageControl?: number;
  readonly counter?: number;
  readonly mac?: Uint8Array;
  readonly messageLength?: number;
};

/** Twin of `readAfl`: the layer with the fields that are there. */
export function writeAflFields(fields: AflFields): Uint8Array {
  const { moreFragments, fragment = 0, messageControl, counter, mac, messageLength } = fields;
  const bit = (n: number, isThere: boolean): number => (isThere ? 1 << n : 0);
  const control =
    fragment |
    bit(FCL.more, moreFragments === true) |
    bit(FCL.control, messageControl !== undefined) |
    bit(FCL.length, messageLength !== undefined) |
    bit(FCL.counter, counter !== undefined) |
    bit(FCL.mac, mac !== undefined);
  const body = [
    ...little(control, 2),
    ...(messageControl === undefined ? [] : [messageControl]),
    ...(counter === undefined ? [] : little(counter, 4)),
    ...(mac ?? []),
    ...(messageLength === undefined ? [] : little(messageLength, 2)),
  ];
  return Uint8Array.of(AFL_CI, body.length, ...body);
}

/** One fragment with counter and eight-byte MAC, as OMS meters send it. */
export function writeAfl(key: Uint8Array, counter: number, inner: Uint8Array): Uint8Array {
  const mac = aflMac(key, { messageControl: MCL_CMAC8, counter, messageLength: null }, inner);
  return writeAflFields({
    messageControl: MCL_CMAC8,
    counter,
    mac: mac.subarray(0, MAC_BYTES),
  });
}

/** The layer of modes 9 and 10, which only brings the message counter. */
export const writeAflCounter = (counter: number): Uint8Array =>
  writeAflFields({ messageControl: MCL_COUNTER, counter });
