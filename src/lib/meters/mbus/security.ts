/**
 * Payload security of the transport layer: modes 0, 5 and 7 of EN 13757-7:2018 clause 7.6.
 * Knows no key storage: the key comes in as bytes. Called by the wired and wireless decoders and
 * by the encoders of the simulator.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { AES_BLOCK, aesCbcDecrypt, aesCbcEncrypt, aesCmac } from '../crypto/aes.ts';
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
};

const startsWithFillers = (b: Uint8Array): boolean => b[0] === FILLER && b[1] === FILLER;

/** Key and vector of the two AES-CBC modes. Null: mode 7 without its counter. */
function cipherOf(
  input: SecurityInput,
  key: Uint8Array,
): { key: Uint8Array; iv: Uint8Array } | null {
  const { tpl, address, counter } = input;
  if (tpl.mode === 5) return { key, iv: mode5Iv(address, tpl.access) };
  if (counter === null) return null;
  return { key: deriveKey(key, DERIVE_ENCRYPTION, { counter, address }), iv: ZERO_IV };
}

function decrypt(input: SecurityInput, key: Uint8Array): Result<Uint8Array> {
  const { tpl, body } = input;
  const whole = body.length - (body.length % AES_BLOCK);
  const all = tpl.blocks === ALL_BLOCKS || tpl.blocks === 0;
  const length = all ? whole : tpl.blocks * AES_BLOCK;
  if (length > body.length) {
    return fault('truncated', `${length} bytes should be encrypted, ${body.length} came.`);
  }
  const cipher = cipherOf(input, key);
  if (!cipher) return fault('no_counter', 'Security mode 7 needs a message counter.');
  const clear = aesCbcDecrypt(cipher.key, cipher.iv, body.subarray(0, length));
  // Clause 7.6.2.2: two idle fillers prove the key.
  if (!startsWithFillers(clear)) return fault('wrong_key', 'The key does not open this telegram.');
  return ok(concatBytes(clear, body.subarray(length)));
}

/**
 * The application bytes in clear. A body that starts with 2F2Fh is clear whatever its header says:
 * gateways pass on what they have decrypted. Errors: `no_key`, `wrong_key`, `bad_key`,
 * `unsupported_mode`, `truncated`, `no_counter`.
 */
export function openPayload(input: SecurityInput): Result<Uint8Array> {
  const { tpl, body, key } = input;
  const clear = tpl.mode === 0 || tpl.mode >= MANUFACTURER_MODES;
  if (clear || startsWithFillers(body) || body.length === 0) return ok(body);
  if (tpl.mode !== 5 && tpl.mode !== 7) {
    return fault('unsupported_mode', `Security mode ${tpl.mode} is not supported.`);
  }
  // No encrypted block at all: only a key that fits says otherwise.
  if (tpl.blocks === 0) {
    const tried = key?.length === AES_BLOCK ? decrypt(input, key) : null;
    return tried?.ok ? tried : ok(body);
  }
  if (!key) return fault('no_key', 'The payload is encrypted and there is no key.');
  if (key.length !== AES_BLOCK) return fault('bad_key', 'An AES-128 key has 16 bytes.');
  return decrypt(input, key);
}

/** Fills with 2Fh to whole blocks, fillers in front: what modes 5 and 7 encrypt. */
export function padPayload(records: Uint8Array): Uint8Array {
  const length = Math.ceil((records.length + 2) / AES_BLOCK) * AES_BLOCK;
  const out = new Uint8Array(length).fill(FILLER);
  out.set(records, 2);
  return out;
}

/** Twin of `openPayload` for a padded `body`; mode 0 returns it unchanged. */
export function sealPayload(input: SecurityInput): Uint8Array {
  const cipher = input.tpl.mode === 0 || !input.key ? null : cipherOf(input, input.key);
  return cipher ? aesCbcEncrypt(cipher.key, cipher.iv, input.body) : input.body;
}
