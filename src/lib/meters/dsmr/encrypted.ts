/**
 * The envelope of encrypted P1 (Luxembourg's Smarty, EMUCS-P1 of Austria and others): DLMS
 * general-glo-ciphering around a whole telegram (IEC 62056-5-3:2017 clause 9.2.7.2.4). Knows this
 * one envelope and no other of DLMS; called by `framer.ts`, the command line and the simulated
 * sender.
 *
 * | DB | 8, system title | length | security control | counter 4 | cipher text | tag 12 |
 */
import { ByteReader, ByteWriter, concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { GCM_TAG, gcmOpen, gcmSeal, type Aead } from '../crypto/aead.ts';

export type P1Envelope = {
  readonly systemTitle: Uint8Array;
  readonly securityControl: number;
  readonly invocationCounter: number;
  /** Cipher text and tag. */
  readonly sealed: Uint8Array;
  /** Bytes from DB to the end of the tag. */
  readonly length: number;
};

export type P1Keys = {
  readonly key: Uint8Array;
  /** Null tries the one that Smarty fixes for everybody, then none. */
  readonly authKey: Uint8Array | null;
};

/** Which authentication key the tag was proved with; `none`: over the cipher text alone. */
export type AuthKeySource = 'given' | 'smarty' | 'none';
export type OpenedTelegram = { readonly telegram: Uint8Array; readonly authKey: AuthKeySource };

export const GENERAL_GLO = 0xdb;
const TITLE_BYTES = 8;
const KEY_BYTES = 16;
const HEAD_BYTES = 5;
/** Authentication and encryption with the global unicast key, suite 0. */
const SECURITY = 0x30;
const CLAUSE = { clause: 'IEC 62056-5-3:2017 9.2.7.2.4' };
/** Smarty P1 specification V1.1.3, clause 3.2.5: the same for all meters, and public. */
const SMARTY_AUTH_KEY = Uint8Array.from({ length: KEY_BYTES }, (_, i) => i * 0x11);

/** Length of a BER field: short, 81h or 82h form. */
function readLength(reader: ByteReader): number | null {
  const first = reader.byte();
  if (first === null || first < 0x80) return first;
  const bytes = first === 0x81 || first === 0x82 ? reader.take(first & 3) : null;
  return bytes ? bytes.reduce((sum, byte) => (sum << 8) | byte, 0) : null;
}

/** Errors: `truncated`, `bad_envelope`. */
export function readEnvelope(bytes: Uint8Array): Result<P1Envelope> {
  const reader = new ByteReader(bytes);
  const isOurs = bytes.length < 2 || (bytes[0] === GENERAL_GLO && bytes[1] === TITLE_BYTES);
  if (!isOurs) return fault('bad_envelope', 'This is no general ciphering.', CLAUSE);
  reader.take(2);
  const systemTitle = reader.take(TITLE_BYTES);
  const form = systemTitle ? reader.peek() : null;
  const length = systemTitle ? readLength(reader) : null;
  if (!systemTitle || length === null) {
    return form !== null && form > 0x82
      ? fault('bad_envelope', 'The length has an unknown form.', CLAUSE)
      : fault('truncated', 'The envelope is cut off.', CLAUSE);
  }
  if (length < HEAD_BYTES + GCM_TAG) return fault('bad_envelope', 'It is too short.', CLAUSE);
  const body = reader.take(length);
  if (!body) return fault('truncated', 'The envelope is cut off.', CLAUSE);
  return ok({
    systemTitle: systemTitle.slice(),
    securityControl: body[0]!,
    invocationCounter: new DataView(body.buffer, body.byteOffset).getUint32(1),
    sealed: body.slice(HEAD_BYTES),
    length: reader.at,
  });
}

type Head = Pick<P1Envelope, 'systemTitle' | 'invocationCounter'>;

/** The additional data are the security control byte and the authentication key. */
const aeadOf = (head: Head, key: Uint8Array, authKey: Uint8Array | null): Aead => ({
  key,
  nonce: concatBytes(head.systemTitle, new ByteWriter().uintBe(head.invocationCounter, 4).done()),
  header: authKey ? concatBytes(Uint8Array.of(SECURITY), authKey) : new Uint8Array(0),
  tagSize: GCM_TAG,
});

/**
 * The telegram inside; nothing is given out before the tag fits. Errors: `bad_key`,
 * `unsupported_mode`, `bad_tag`.
 */
export function openEnvelope(envelope: P1Envelope, keys: P1Keys): Result<OpenedTelegram> {
  if (keys.key.length !== KEY_BYTES) return fault('bad_key', 'The key has not 16 bytes.', CLAUSE);
  if (envelope.securityControl !== SECURITY) {
    return fault('unsupported_mode', 'P1 is authenticated and encrypted with suite 0.', CLAUSE);
  }
  const candidates: readonly (readonly [AuthKeySource, Uint8Array | null])[] = keys.authKey
    ? [['given', keys.authKey]]
    : [
        ['smarty', SMARTY_AUTH_KEY],
        ['none', null],
      ];
  for (const [authKey, bytes] of candidates) {
    const telegram = gcmOpen(aeadOf(envelope, keys.key, bytes), envelope.sealed);
    if (telegram) return ok({ telegram, authKey });
  }
  return fault('bad_tag', 'No key fits, or the telegram was changed.', CLAUSE);
}

/** Twin of `readEnvelope` and `openEnvelope`. */
export function sealTelegram(telegram: Uint8Array, head: Head, keys: P1Keys): Uint8Array {
  const aead = aeadOf(head, keys.key, keys.authKey ?? SMARTY_AUTH_KEY);
  const body = new ByteWriter().byte(SECURITY).uintBe(head.invocationCounter, 4);
  body.put(gcmSeal(aead, telegram));
  const out = new ByteWriter().byte(GENERAL_GLO, TITLE_BYTES).put(head.systemTitle);
  return out.byte(0x82).uintBe(body.length, 2).put(body.done()).done();
}
