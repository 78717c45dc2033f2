/**
 * Protecting a service as a whole: glo- and ded-services, general-glo- and general-ded-ciphering,
 * general-ciphering with an identified, wrapped or agreed key, all of them around a signed service
 * where both sides sign (IEC 62056-5-3:2017 clauses 5.7.2 and 6.14).
 *
 * Chooses tags and wraps; the cipher is in `security.ts`, keys of single APDUs come from
 * `key-source.ts`, signatures are those of `signing.ts`. Knows no session: counters come in and go
 * out as numbers. Called by the client and by simulated meters.
 */
import { equalBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { decodeApdu, encodeApdu, type Apdu } from './apdu.ts';
import { FormWriter } from './cursor.ts';
import { headerOf } from './general-header.ts';
import type { GeneralCiphering, KeySource } from './key-source.ts';
import { openCiphered, readCiphered, readControl, sealApdu } from './security.ts';
import { CIPHERED } from './services.table.ts';
import { openSigned, signApdu, type Signer } from './signing.ts';

/**
 * - `service`: the tag says which service is inside (glo-get-request …).
 * - `general`: general-glo- or general-ded-ciphering, which carries the system title.
 * - `general-ciphering`: with transaction number, both titles and the name of the key.
 */
export type ProtectionForm = 'service' | 'general' | 'general-ciphering';

export type Protection = {
  readonly form: ProtectionForm;
  /** 10h authenticated, 20h encrypted, 30h both; the suite (0 to 2) in the low bits. */
  readonly control: number;
  /** The key is that of this association only. */
  readonly isDedicated: boolean;
  readonly key: Uint8Array;
  readonly authKey: Uint8Array;
  readonly ownTitle: Uint8Array;
  readonly peerTitle: Uint8Array;
  /** Keys of general-ciphering; absent: the global one is named. */
  readonly keySource?: KeySource | null;
  /** Every service is signed inside its ciphering; absent: none is. */
  readonly signer?: Signer | null;
};

/** Key-Info choice 0 identified-key, value 0 global unicast (clause 8, `Key-Info`). */
const GLOBAL_UNICAST = 0;
const SUITE = 0x0f;
const CLAUSE = { clause: 'IEC 62056-5-3:2017 5.7.2' };

/** Tags of clause 8: initiate and error lie 20h above the plain ones, the others 8h or 10h. */
function cipheredTag(plainTag: number, isDedicated: boolean): number | null {
  const isLow = plainTag === 0x01 || plainTag === 0x08 || plainTag === 0x0e;
  const isHigh = plainTag >= 0xc0 && plainTag <= 0xc7;
  if (isLow) return plainTag + (isDedicated ? 0x40 : 0x20);
  return isHigh ? plainTag + (isDedicated ? 0x10 : 0x08) : null;
}

const NOTHING = new Uint8Array(0);

function seal(plain: Uint8Array, p: Protection, more: { counter: number; header?: Uint8Array }) {
  return sealApdu(plain, {
    control: readControl(p.control),
    systemTitle: p.ownTitle,
    invocationCounter: more.counter,
    key: p.key,
    authKey: p.authKey,
    header: more.header,
  });
}

/** Header of an APDU of ours; the counter makes every transaction id another. */
const headerBy = (p: Protection, counter: number) => ({
  transactionId: new FormWriter().uintBe(counter, 8).done(),
  originator: p.ownTitle,
  recipient: p.peerTitle,
  dateTime: NOTHING,
  otherInformation: NOTHING,
});

function generalCiphering(plain: Uint8Array, p: Protection, counter: number): Apdu {
  const parties = headerBy(p, counter);
  const named = { keyInfo: { identifiedKey: GLOBAL_UNICAST }, key: p.key };
  const { keyInfo, key } = p.keySource?.seal(parties) ?? named;
  const ciphered = seal(plain, { ...p, key }, { counter, header: headerOf(parties) });
  return { type: 'general-ciphering', ...parties, keyInfo, ciphered };
}

/** The protected APDU. Services without a tag of their own go as `general`. */
export function protect(service: Uint8Array, p: Protection, counter: number): Uint8Array {
  const plain = p.signer
    ? signApdu({ ...headerBy(p, counter), content: service }, p.signer)
    : service;
  if (p.form === 'general-ciphering') return encodeApdu(generalCiphering(plain, p, counter));
  const ciphered = seal(plain, p, { counter });
  const tag = p.form === 'service' ? cipheredTag(plain[0] ?? 0, p.isDedicated) : null;
  const type = (CIPHERED as Readonly<Record<number, keyof Names>>)[tag ?? 0];
  if (type) return encodeApdu({ type, ciphered });
  const general = p.isDedicated ? 'general-ded-ciphering' : 'general-glo-ciphering';
  return encodeApdu({ type: general, systemTitle: p.ownTitle, ciphered });
}

type Names = Readonly<Record<(typeof CIPHERED)[keyof typeof CIPHERED], true>>;

export type Unprotected = { readonly plain: Uint8Array; readonly counter: number };

const bad = (code: string, detail: string) => fault(code, detail, CLAUSE);

/** The text, when it is protected at least as `p` demands and the tag verifies. */
function openAs(
  p: Protection,
  ciphered: Uint8Array,
  header: Uint8Array | undefined,
): Result<Unprotected> {
  const fields = readCiphered(ciphered);
  if (!fields.ok) return fields;
  const { controlByte, invocationCounter: counter } = fields.value;
  if ((controlByte & p.control) !== p.control || ((controlByte ^ p.control) & SUITE) !== 0) {
    return bad('not_ciphered', 'The answer is less protected than agreed, or by another suite.');
  }
  const opened = openCiphered({ ...fields.value, header }, p.peerTitle, p);
  if (!opened.ok) return opened;
  const isProven = opened.value.isAuthenticated || (p.control & 0x10) === 0;
  return isProven
    ? ok({ plain: opened.value.plain, counter })
    : bad('bad_tag', 'The tag was not checked.');
}

const isOther = (title: Uint8Array, own: Uint8Array): boolean =>
  title.length > 0 && !equalBytes(title, own);

const isOtherParty = (a: { originator: Uint8Array; recipient: Uint8Array }, p: Protection) =>
  isOther(a.originator, p.peerTitle) || isOther(a.recipient, p.ownTitle);

function openGeneral(apdu: GeneralCiphering, p: Protection): Result<Unprotected> {
  const { keyInfo } = apdu;
  const isGlobal =
    !keyInfo || ('identifiedKey' in keyInfo && keyInfo.identifiedKey === GLOBAL_UNICAST);
  if (!p.keySource && !isGlobal) {
    return bad('not_ciphered', 'The answer is under another key than agreed.');
  }
  if (isOtherParty(apdu, p)) return bad('wrong_title', 'The answer names other parties.');
  const key = p.keySource ? p.keySource.open(keyInfo, apdu) : ok(p.key);
  return key.ok ? openAs({ ...p, key: key.value }, apdu.ciphered, headerOf(apdu)) : key;
}

/** The service inside its signature, where both sides sign. */
function openSignature(opened: Unprotected, p: Protection): Result<Unprotected> {
  if (!p.signer) return ok(opened);
  const signed = openSigned(opened.plain, p.signer);
  if (!signed.ok) return signed;
  if (isOtherParty(signed.value, p)) return bad('wrong_title', 'The signature names others.');
  return ok({ ...opened, plain: signed.value.content });
}

function openCipher(apdu: Apdu, p: Protection, tag: number): Result<Unprotected> {
  if (!('ciphered' in apdu)) return bad('not_ciphered', `${apdu.type} came in clear.`);
  if (apdu.type === 'general-ciphering') return openGeneral(apdu, p);
  if (apdu.type.includes('ded-') !== p.isDedicated) {
    return bad('not_ciphered', 'The answer is under another key than agreed.');
  }
  if ('systemTitle' in apdu && isOther(apdu.systemTitle, p.peerTitle)) {
    return bad('wrong_title', 'The answer names another sender.');
  }
  const opened = openAs(p, apdu.ciphered, undefined);
  if (!opened.ok || 'systemTitle' in apdu) return opened;
  const expected = cipheredTag(opened.value.plain[0] ?? 0, p.isDedicated);
  return expected === tag
    ? opened
    : bad('bad_tag', 'The service inside is not the one that the tag names.');
}

/**
 * Opens an APDU of the peer. Errors: `not_ciphered` (plain, less protected, or under the other
 * key), `bad_tag`, `wrong_title`, `not_signed`, `bad_signature`, `bad_key_info`, `bad_point`, and
 * those of `openCiphered`.
 */
export function unprotect(bytes: Uint8Array, p: Protection): Result<Unprotected> {
  const read = decodeApdu(bytes);
  if (!read.ok) return read;
  const opened = openCipher(read.value.apdu, p, bytes[0] ?? 0);
  return opened.ok ? openSignature(opened.value, p) : opened;
}
