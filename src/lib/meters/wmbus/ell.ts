/**
 * The extended link layer: CI 8Ch to 8Fh (EN 13757-4:2019 clause 12), with the AES-CTR encryption
 * of the session layers 8Dh and 8Fh. Knows neither transport header nor records; called by
 * `decode.ts` and `encode.ts`.
 *
 * | 8C | CC ACC | 8D | CC ACC SN4 CRC2 | 8E | CC ACC M2 A6 | 8F | CC ACC M2 A6 SN4 CRC2 |
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { AES_BLOCK, aesCtr } from '../crypto/aes.ts';
import { crcEn13757 } from '../crypto/crc.ts';
import { readLinkAddress, writeLinkAddress } from '../mbus/address.ts';
import type { DeviceAddress } from '../telegram.ts';

export type Ell = {
  readonly ci: number;
  readonly communicationControl: number;
  readonly access: number;
  /** Whom the telegram is for (8Eh, 8Fh); the sender is in the link header. */
  readonly target: DeviceAddress | null;
  /** Session number of 8Dh and 8Fh, 32 bits. */
  readonly session: number | null;
  /** Offset of the CI byte and of the first byte behind the layer's clear part. */
  readonly at: number;
  readonly end: number;
};

const CLAUSE = 'EN 13757-4:2019 12';
const CRC_SIZE = 2;
/** CC bits H (hop count) and R (repeated), which repeaters set: not part of the vector. */
const REPEATER_BITS = 0x12;

export const isEll = (ci: number | undefined): boolean =>
  ci !== undefined && ci >= 0x8c && ci <= 0x8f;

/** Reads the layer whose CI byte is at `at`. Errors: `truncated`. */
export function readEll(b: Uint8Array, at: number): Result<Ell> {
  const ci = b[at]!;
  const hasAddress = ci >= 0x8e;
  const hasSession = (ci & 1) === 1;
  const end = at + 3 + (hasAddress ? 8 : 0) + (hasSession ? 4 : 0);
  if (end > b.length) {
    return fault('truncated', 'The extended link layer is cut off.', {
      offset: at,
      clause: CLAUSE,
    });
  }
  const sn = new DataView(b.buffer, b.byteOffset + end - 4, 4);
  return ok({
    ci,
    communicationControl: b[at + 1]!,
    access: b[at + 2]!,
    target: hasAddress ? readLinkAddress(b, at + 3) : null,
    session: hasSession ? sn.getUint32(0, true) : null,
    at,
    end,
  });
}

/** Session number bits 29 to 31 name the encryption: 0 none, 1 AES-128 counter mode. */
const encryptionOf = (session: number): number => session >>> 29;

export type EllVector = {
  /** The sender's eight bytes from the link header. */
  readonly address: Uint8Array;
  readonly communicationControl: number;
  readonly session: number;
};

/** Clause 12.2.4: M, A, CC, SN, frame number 0, block counter 0. */
function ctrVector({ address, communicationControl, session: sn }: EllVector): Uint8Array {
  const iv = new Uint8Array(AES_BLOCK);
  iv.set(address);
  iv.set([communicationControl, sn, sn >>> 8, sn >>> 16, sn >>> 24], 8);
  return iv;
}

/** True when the CRC in front of `b` fits the rest. */
const crcFits = (b: Uint8Array): boolean =>
  b.length > CRC_SIZE && crcEn13757(b, CRC_SIZE) === (b[0]! | (b[1]! << 8));

/**
 * Opens what follows the session number: payload CRC and the inner layers, returned without the
 * CRC. Errors: `truncated`, `no_key`, `bad_key`, `wrong_key`, `bad_crc`, `unsupported_mode`.
 */
export function openEll(
  body: Uint8Array,
  vector: EllVector,
  key: Uint8Array | null,
): Result<Uint8Array> {
  if (body.length <= CRC_SIZE) return fault('truncated', 'The payload is missing.');
  if (crcFits(body)) return ok(body.subarray(CRC_SIZE));
  const encryption = encryptionOf(vector.session);
  if (encryption === 0) return fault('bad_crc', 'The payload CRC is wrong.', { clause: CLAUSE });
  if (encryption !== 1) {
    return fault('unsupported_mode', `Link encryption ${encryption} is not supported.`);
  }
  if (!key) return fault('no_key', 'The payload is encrypted and there is no key.');
  if (key.length !== AES_BLOCK) return fault('bad_key', 'An AES-128 key has 16 bytes.');
  const asSent = vector.communicationControl;
  for (const communicationControl of new Set([asSent, asSent & ~REPEATER_BITS])) {
    const clear = aesCtr(key, ctrVector({ ...vector, communicationControl }), body);
    if (crcFits(clear)) return ok(clear.subarray(CRC_SIZE));
  }
  return fault('wrong_key', 'The key does not open this telegram.', { clause: CLAUSE });
}

/** Twin of `openEll`: CRC in front, then encrypted when there is a key. */
export function sealEll(inner: Uint8Array, vector: EllVector, key: Uint8Array | null): Uint8Array {
  const crc = crcEn13757(inner);
  const clear = concatBytes(Uint8Array.of(crc, crc >> 8), inner);
  return key ? aesCtr(key, ctrVector(vector), clear) : clear;
}

export type EllFields = {
  readonly communicationControl: number;
  readonly access: number;
  readonly target?: DeviceAddress | undefined;
  readonly session?: number | undefined;
};

/** Twin of `readEll`: the clear part, CI byte first. */
export function writeEll(fields: EllFields): Uint8Array {
  const { communicationControl, access, target, session: sn } = fields;
  const ci = 0x8c + (target ? 2 : 0) + (sn === undefined ? 0 : 1);
  const number = sn === undefined ? [] : [sn & 255, (sn >>> 8) & 255, (sn >>> 16) & 255, sn >>> 24];
  return Uint8Array.of(
    ci,
    communicationControl,
    access,
    ...(target ? writeLinkAddress(target) : []),
    ...number,
  );
}
