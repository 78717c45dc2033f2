/**
 * Payload security of the transport layer: modes 0, 5 and 7 to 10 of EN 13757-7:2018 clause 7.6;
 * 2 and 3 are in `security-des.ts`. Knows no key storage: the key comes in as bytes. Called by the
 * wired and wireless decoders and by the encoders of the simulator.
 *
 * | mode | cipher      | key     | vector or nonce              | proof                      |
 * | 5    | AES-CBC     | own     | address 8, access number x 8 | two fillers                |
 * | 7    | AES-CBC     | derived | zero                         | two fillers, CMAC of AFL   |
 * | 8    | AES-CTR     | derived | address 8, counter 4, zero 4 | two fillers, CMAC of AFL   |
 * | 9    | AES-GCM     | derived | address 8, counter 4         | tag of 12 bytes at the end |
 * | 10   | AES-CCM     | derived | address 8, counter 4, zero 1 | tag of 8 bytes at the end  |
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { ccmOpen, ccmSeal, gcmOpen, gcmSeal, type Aead } from '../crypto/aead.ts';
import { AES_BLOCK, aesCbcDecrypt, aesCbcEncrypt, aesCmac, aesCtr } from '../crypto/aes.ts';
import { isDes, openDes, sealDes } from './security-des.ts';
import type { Tpl } from './tpl.ts';

const FILLER = 0x2f;
const ZERO_IV = new Uint8Array(AES_BLOCK);
/** Clause 7.6.2.3: NNNN = 15 encrypts every whole block there is. */
const ALL_BLOCKS = 15;

/**
 * Modes from 16 on are the manufacturer's own (table 19). Meters older than the security modes also
 * end up here, because they send anything in that word; their payload is in clear.
 */
export const MANUFACTURER_MODES = 16;

/** First byte of the key derivation input (EN 13757-7:2018 clause 9.6.2, meter to reader). */
export const DERIVE_ENCRYPTION = 0x00;
export const DERIVE_AUTHENTICATION = 0x01;

/**
 * Session key of mode 7: CMAC(key, purpose, counter, meter id, padding 07h). `address` holds eight
 * bytes in link order.
 */
export function deriveKey(
  key: Uint8Array,
  purpose: number,
  from: { counter: number; address: Uint8Array },
): Uint8Array {
  const c = from.counter;
  const message = new Uint8Array(AES_BLOCK).fill(7);
  message.set([purpose, c, c >>> 8, c >>> 16, c >>> 24]);
  message.set(from.address.subarray(2, 6), 5);
  return aesCmac(key, message);
}

/** Initial vector of mode 5: address in link order, then the access number eight times. */
export function mode5Iv(address: Uint8Array, access: number): Uint8Array {
  const iv = new Uint8Array(AES_BLOCK).fill(access);
  iv.set(address.subarray(0, 8));
  return iv;
}

export type SecurityInput = {
  readonly tpl: Pick<Tpl, 'mode' | 'blocks' | 'access'>;
  /** The application bytes as received. */
  readonly body: Uint8Array;
  readonly key: Uint8Array | null;
  /** Eight address bytes in link order: the meter's own, where the header carries it. */
  readonly address: Uint8Array;
  /** Message counter of the authentication layer; null when there was none. */
  readonly counter: number | null;
  /** The transport header from its CI byte on, which modes 9 and 10 authenticate. */
  readonly header?: Uint8Array;
  /** The meter's day, `YYYY-MM-DD`, which mode 3 needs. */
  readonly day?: string | undefined;
};

const startsWithFillers = (b: Uint8Array): boolean => b[0] === FILLER && b[1] === FILLER;

const NO_COUNTER = (mode: number): Result<never> =>
  fault('no_counter', `Security mode ${mode} needs a message counter.`);
const WRONG_KEY: Result<never> = fault('wrong_key', 'The key does not open this telegram.');

/** Key and vector of the AES-CBC modes 5 and 7. Null: mode 7 without its counter. */
function cipherOf(
  input: SecurityInput,
  key: Uint8Array,
): { key: Uint8Array; iv: Uint8Array } | null {
  const { tpl, address, counter } = input;
  if (tpl.mode === 5) return { key, iv: mode5Iv(address, tpl.access) };
  if (counter === null) return null;
  return { key: deriveKey(key, DERIVE_ENCRYPTION, { counter, address }), iv: ZERO_IV };
}

/** Modes 5 and 7: whole blocks in front, the rest in clear. */
function decryptBlocks(input: SecurityInput, key: Uint8Array): Result<Uint8Array> {
  const { tpl, body } = input;
  const whole = body.length - (body.length % AES_BLOCK);
  const all = tpl.blocks === ALL_BLOCKS || tpl.blocks === 0;
  const length = all ? whole : tpl.blocks * AES_BLOCK;
  if (length > body.length) {
    return fault('truncated', `${length} bytes should be encrypted, ${body.length} came.`);
  }
  const cipher = cipherOf(input, key);
  if (!cipher) return NO_COUNTER(tpl.mode);
  const clear = aesCbcDecrypt(cipher.key, cipher.iv, body.subarray(0, length));
  // Clause 7.6.2.2: two idle fillers prove the key.
  if (!startsWithFillers(clear)) return WRONG_KEY;
  return ok(concatBytes(clear, body.subarray(length)));
}

/** Bytes of the tag behind the ciphertext of modes 9 and 10. */
export const TAG_SIZES: Readonly<Record<number, number>> = { 9: 12, 10: 8 };

/** Derived key and nonce of modes 8 to 10; `size` of the nonce in bytes. */
function streamOf(
  { address, header, counter }: SecurityInput & { counter: number },
  key: Uint8Array,
  { size, tagSize }: { size: number; tagSize: number },
): Aead {
  const nonce = new Uint8Array(size);
  nonce.set(address.subarray(0, 8));
  nonce.set([counter, counter >>> 8, counter >>> 16, counter >>> 24], 8);
  const derived = deriveKey(key, DERIVE_ENCRYPTION, { counter, address });
  return { key: derived, nonce, header: header ?? new Uint8Array(0), tagSize };
}

const NONCE_SIZES: Readonly<Record<number, number>> = { 8: AES_BLOCK, 9: 12, 10: 13 };

/** Modes 8 to 10, with or without their tag. Null: the message counter is missing. */
function aeadOf(input: SecurityInput, key: Uint8Array): Aead | null {
  const { counter, tpl } = input;
  if (counter === null) return null;
  const sizes = { size: NONCE_SIZES[tpl.mode]!, tagSize: TAG_SIZES[tpl.mode] ?? 0 };
  return streamOf({ ...input, counter }, key, sizes);
}

/** Modes 8 to 10: the whole body. */
function decryptStream(input: SecurityInput, key: Uint8Array): Result<Uint8Array> {
  const { tpl, body } = input;
  const aead = aeadOf(input, key);
  if (!aead) return NO_COUNTER(tpl.mode);
  if (body.length < aead.tagSize) return fault('truncated', 'The authentication tag is cut off.');
  if (tpl.mode === 8) {
    const clear = aesCtr(aead.key, aead.nonce, body);
    return startsWithFillers(clear) ? ok(clear) : WRONG_KEY;
  }
  const clear = (tpl.mode === 9 ? gcmOpen : ccmOpen)(aead, body);
  return clear ? ok(clear) : WRONG_KEY;
}

const isStream = (mode: number): boolean => mode >= 8 && mode <= 10;

/**
 * The application bytes in clear. A body that starts with 2F2Fh is clear whatever its header says:
 * gateways pass on what they have decrypted. Errors: `no_key`, `wrong_key`, `bad_key`,
 * `unsupported_mode`, `truncated`, `no_counter`, `no_day`.
 */
export function openPayload(input: SecurityInput): Result<Uint8Array> {
  const { tpl, body, key } = input;
  const clear = tpl.mode === 0 || tpl.mode >= MANUFACTURER_MODES;
  if (clear || startsWithFillers(body) || body.length === 0) return ok(body);
  if (tpl.mode !== 5 && tpl.mode !== 7 && !isStream(tpl.mode) && !isDes(tpl.mode)) {
    return fault('unsupported_mode', `Security mode ${tpl.mode} is not supported.`);
  }
  // No encrypted block at all: only a key that fits says otherwise.
  if (tpl.blocks === 0 && !isStream(tpl.mode)) {
    const isAesKey = key?.length === AES_BLOCK && !isDes(tpl.mode);
    const tried = isAesKey ? decryptBlocks(input, key) : null;
    return tried?.ok ? tried : ok(body);
  }
  if (!key) return fault('no_key', 'The payload is encrypted and there is no key.');
  if (isDes(tpl.mode)) return openDes(input, key);
  if (key.length !== AES_BLOCK) return fault('bad_key', 'An AES-128 key has 16 bytes.');
  return isStream(tpl.mode) ? decryptStream(input, key) : decryptBlocks(input, key);
}

/** Fills with 2Fh to whole blocks, fillers in front: what the modes encrypt. */
export function padPayload(records: Uint8Array): Uint8Array {
  const length = Math.ceil((records.length + 2) / AES_BLOCK) * AES_BLOCK;
  const out = new Uint8Array(length).fill(FILLER);
  out.set(records, 2);
  return out;
}

/** Twin of `openPayload` for a padded `body`; mode 0 returns it unchanged. */
export function sealPayload(input: SecurityInput): Uint8Array {
  const { tpl, key, body } = input;
  if (tpl.mode === 0 || !key) return body;
  if (isDes(tpl.mode)) return sealDes(input, key);
  if (isStream(tpl.mode)) {
    const aead = aeadOf(input, key);
    if (!aead) return body;
    if (tpl.mode === 8) return aesCtr(aead.key, aead.nonce, body);
    return (tpl.mode === 9 ? gcmSeal : ccmSeal)(aead, body);
  }
  const cipher = cipherOf(input, key);
  return cipher ? aesCbcEncrypt(cipher.key, cipher.iv, body) : body;
}
