/**
 * Security of xDLMS APDUs: suites 0 to 2, AES-GCM (IEC 62056-5-3:2017 clause 5.7.2).
 *
 * | security control | 1 byte: suite, authenticated 10h, encrypted 20h, broadcast 40h, V.44 80h |
 * | invocation counter | 4 bytes                                                                |
 * | text             | plain or encrypted                                                       |
 * | tag              | 12 bytes when authenticated                                              |
 *
 * Initial vector = system title and invocation counter. Knows no key storage: keys come in as
 * bytes. Called by the push reader, the client and the simulated meter.
 */
import { concatBytes, equalBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { GCM_TAG, gcmCrypt, gcmTag } from '../crypto/aead.ts';

export type SecurityControl = {
  readonly suite: number;
  readonly authenticated: boolean;
  readonly encrypted: boolean;
  readonly broadcastKey: boolean;
  readonly compressed: boolean;
};

/** The fields of a ciphered APDU that are readable without a key. */
export type CipheredFields = {
  readonly control: SecurityControl;
  readonly controlByte: number;
  readonly invocationCounter: number;
  /** All bytes behind the counter, tag included. */
  readonly ciphertext: Uint8Array;
  /** Fields of general-ciphering that the tag covers too, each with its length (table 32). */
  readonly header?: Uint8Array | undefined;
};

export type Keys = {
  /** Global (unicast or broadcast) or dedicated encryption key. */
  readonly key: Uint8Array | null;
  /** Authentication key; without it a text is decrypted and not checked. */
  readonly authKey: Uint8Array | null;
};

export type Opened = { readonly plain: Uint8Array; readonly isAuthenticated: boolean };

/** Bytes of a key by suite (IEC 62056-5-3:2017 table 27). */
const KEY_SIZE = [16, 16, 32];
const TITLE_SIZE = 8;
const HEADER_SIZE = 5;
const CLAUSE = 'IEC 62056-5-3:2017 5.7.2';

export const readControl = (byte: number): SecurityControl => ({
  suite: byte & 15,
  authenticated: (byte & 0x10) !== 0,
  encrypted: (byte & 0x20) !== 0,
  broadcastKey: (byte & 0x40) !== 0,
  compressed: (byte & 0x80) !== 0,
});

export const writeControl = (c: SecurityControl): number =>
  c.suite |
  (c.authenticated ? 0x10 : 0) |
  (c.encrypted ? 0x20 : 0) |
  (c.broadcastKey ? 0x40 : 0) |
  (c.compressed ? 0x80 : 0);

/** Takes the ciphered octets of an APDU apart. Errors: `truncated`. */
export function readCiphered(ciphered: Uint8Array): Result<CipheredFields> {
  const control = readControl(ciphered[0] ?? 0);
  const least = HEADER_SIZE + (control.authenticated ? GCM_TAG : 0);
  if (ciphered.length < least) {
    return fault('truncated', `A ciphered APDU has at least ${least} bytes.`, { clause: CLAUSE });
  }
  const invocationCounter = [1, 2, 3, 4].reduce((v, i) => v * 256 + ciphered[i]!, 0);
  return ok({
    control,
    controlByte: ciphered[0]!,
    invocationCounter,
    ciphertext: ciphered.subarray(HEADER_SIZE),
  });
}

const counterBytes = (counter: number): Uint8Array =>
  Uint8Array.of(counter >>> 24, counter >>> 16, counter >>> 8, counter);

const NOTHING = new Uint8Array(0);

type TagInput = Pick<CipheredFields, 'controlByte' | 'header'> & { readonly iv: Uint8Array };

/** The tag covers control, authentication key, header, and the text also when it is plain. */
function tagOf(
  from: TagInput,
  keys: { readonly key: Uint8Array; readonly authKey: Uint8Array },
  plain: Uint8Array,
): Uint8Array {
  const isEncrypted = readControl(from.controlByte).encrypted;
  const lead = concatBytes(Uint8Array.of(from.controlByte), keys.authKey, from.header ?? NOTHING);
  const header = isEncrypted ? lead : concatBytes(lead, plain);
  const aead = { key: keys.key, nonce: from.iv, header, tagSize: GCM_TAG };
  return gcmTag(aead, isEncrypted ? plain : NOTHING);
}

/**
 * The APDU in clear. With `authKey` the tag must verify; without it the text is decrypted and
 * `isAuthenticated` is false. Errors: `no_key`, `bad_key`, `bad_system_title`, `bad_tag`,
 * `unsupported_suite`, `unsupported_compression`.
 */
export function openCiphered(
  fields: CipheredFields,
  systemTitle: Uint8Array,
  keys: Keys,
): Result<Opened> {
  const { control, controlByte, ciphertext } = fields;
  const { key, authKey } = keys;
  const keySize = KEY_SIZE[control.suite];
  const bad = (code: string, detail: string) => fault(code, detail, { clause: CLAUSE });
  if (!keySize) return bad('unsupported_suite', `Security suite ${control.suite} is unknown.`);
  if (control.compressed) return bad('unsupported_compression', 'V.44 is not supported.');
  const size = ciphertext.length - (control.authenticated ? GCM_TAG : 0);
  const text = ciphertext.subarray(0, size);
  const isCheckable = control.authenticated && authKey !== null;
  if (!key && (control.encrypted || isCheckable)) return bad('no_key', 'There is no key.');
  if (!key) return ok({ plain: text, isAuthenticated: false });
  if (key.length !== keySize || (authKey && authKey.length !== keySize)) {
    return bad('bad_key', `Keys of this suite have ${keySize} bytes.`);
  }
  if (systemTitle.length !== TITLE_SIZE) {
    return bad('bad_system_title', 'A system title has eight bytes.');
  }
  const iv = concatBytes(systemTitle, counterBytes(fields.invocationCounter));
  const plain = control.encrypted ? gcmCrypt(key, iv, text) : text;
  if (!isCheckable) return ok({ plain, isAuthenticated: false });
  const tag = tagOf({ controlByte, header: fields.header, iv }, { key, authKey }, plain);
  return equalBytes(tag, ciphertext.subarray(size))
    ? ok({ plain, isAuthenticated: true })
    : bad('bad_tag', 'The authentication tag does not match: wrong key or changed data.');
}

export type SealInput = {
  readonly control: SecurityControl;
  readonly systemTitle: Uint8Array;
  readonly invocationCounter: number;
  readonly key: Uint8Array;
  readonly authKey: Uint8Array;
  readonly header?: Uint8Array | undefined;
};

/** Twin of `openCiphered`: the ciphered octets of an APDU. */
export function sealApdu(plain: Uint8Array, input: SealInput): Uint8Array {
  const controlByte = writeControl(input.control);
  const iv = concatBytes(input.systemTitle, counterBytes(input.invocationCounter));
  const text = input.control.encrypted ? gcmCrypt(input.key, iv, plain) : plain;
  return concatBytes(
    Uint8Array.of(controlByte),
    counterBytes(input.invocationCounter),
    text,
    input.control.authenticated
      ? tagOf({ controlByte, header: input.header, iv }, input, plain)
      : NOTHING,
  );
}

const GMAC_CONTROL = 0x10;
const SUITE = 0x0f;

/** Who answers a challenge: `suite` stands in the security control of the answer. */
export type GmacInput = Omit<SealInput, 'control'> & { readonly suite?: number };

/**
 * Reply of HLS mechanism 5: f(challenge) = control, counter and GMAC over control, authentication
 * key and challenge (IEC 62056-5-3:2017 clause 5.7.4.2, table 34).
 */
export function gmacReply(challenge: Uint8Array, input: GmacInput): Uint8Array {
  const control = readControl(GMAC_CONTROL | (input.suite ?? 0));
  const sealed = sealApdu(challenge, { ...input, control });
  return concatBytes(sealed.subarray(0, HEADER_SIZE), sealed.subarray(-GCM_TAG));
}

/** True when `reply` answers `challenge`; `input` names the keys and the title of the answerer. */
export function isGmacReply(
  reply: Uint8Array,
  challenge: Uint8Array,
  input: Omit<GmacInput, 'invocationCounter'>,
): boolean {
  const fields = readCiphered(reply);
  const expected = GMAC_CONTROL | ((input.suite ?? 0) & SUITE);
  if (!fields.ok || fields.value.controlByte !== expected) return false;
  const { invocationCounter } = fields.value;
  return equalBytes(reply, gmacReply(challenge, { ...input, invocationCounter }));
}
