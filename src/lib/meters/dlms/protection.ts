/**
 * Protecting a service as a whole: glo- and ded-services, general-glo- and general-ded-ciphering,
 * general-ciphering with an identified key (IEC 62056-5-3:2017 clauses 5.7.2 and 6.14).
 *
 * Chooses tags and wraps; the cipher is in `security.ts`. Knows no session: counters come in and go
 * out as numbers. Called by the client and by simulated meters.
 */
import { equalBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { decodeApdu, encodeApdu, type Apdu, type ServiceApdu } from './apdu.ts';
import { FormWriter } from './cursor.ts';
import { openCiphered, readCiphered, readControl, sealApdu } from './security.ts';
import { CIPHERED } from './services.table.ts';

export type GeneralCiphering = Extract<ServiceApdu, { readonly type: 'general-ciphering' }>;

/**
 * - `service`: the tag says which service is inside (glo-get-request …).
 * - `general`: general-glo- or general-ded-ciphering, which carries the system title.
 * - `general-ciphering`: with transaction number, both titles and the name of the key.
 */
export type ProtectionForm = 'service' | 'general' | 'general-ciphering';

export type Protection = {
  readonly form: ProtectionForm;
  /** 10h authenticated, 20h encrypted, 30h both. */
  readonly control: number;
  /** The key is that of this association only. */
  readonly isDedicated: boolean;
  readonly key: Uint8Array;
  readonly authKey: Uint8Array;
  readonly ownTitle: Uint8Array;
  readonly peerTitle: Uint8Array;
};

/** Key-Info choice 0 identified-key, value 0 global unicast (clause 8, `Key-Info`). */
const GLOBAL_UNICAST = 0;
const CLAUSE = { clause: 'IEC 62056-5-3:2017 5.7.2' };

/** What the tag of general-ciphering covers beside the text: its five octet strings. */
export function headerOf(a: Omit<GeneralCiphering, 'type' | 'keyInfo' | 'ciphered'>): Uint8Array {
  const w = new FormWriter();
  w.octets(a.transactionId).octets(a.originator).octets(a.recipient);
  return w.octets(a.dateTime).octets(a.otherInformation).done();
}

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

function generalCiphering(plain: Uint8Array, p: Protection, counter: number): Apdu {
  const transactionId = new FormWriter().uintBe(counter, 8).done();
  const parties = {
    transactionId,
    originator: p.ownTitle,
    recipient: p.peerTitle,
    dateTime: NOTHING,
    otherInformation: NOTHING,
  };
  const ciphered = seal(plain, p, { counter, header: headerOf(parties) });
  const keyInfo = { identifiedKey: GLOBAL_UNICAST };
  return { type: 'general-ciphering', ...parties, keyInfo, ciphered };
}

/** The protected APDU. Services without a tag of their own go as `general`. */
export function protect(plain: Uint8Array, p: Protection, counter: number): Uint8Array {
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
  if ((controlByte & p.control) !== p.control) {
    return bad('not_ciphered', 'The answer is less protected than agreed.');
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

/**
 * Opens an APDU of the peer. Errors: `not_ciphered` (plain, less protected, or under the other
 * key), `bad_tag`, `wrong_title`, and those of `openCiphered`.
 */
export function unprotect(bytes: Uint8Array, p: Protection): Result<Unprotected> {
  const read = decodeApdu(bytes);
  if (!read.ok) return read;
  const { apdu } = read.value;
  if (!('ciphered' in apdu)) return bad('not_ciphered', `${apdu.type} came in clear.`);
  const isDedicated = apdu.type.includes('ded-');
  if (isDedicated !== p.isDedicated && apdu.type !== 'general-ciphering') {
    return bad('not_ciphered', 'The answer is under another key than agreed.');
  }
  if (apdu.type === 'general-ciphering') {
    const { keyInfo } = apdu;
    const isGlobal =
      !keyInfo || ('identifiedKey' in keyInfo && keyInfo.identifiedKey === GLOBAL_UNICAST);
    if (!isGlobal) return bad('not_ciphered', 'The answer is under another key than agreed.');
    const isForeign = isOther(apdu.originator, p.peerTitle) || isOther(apdu.recipient, p.ownTitle);
    if (isForeign) return bad('wrong_title', 'The answer names other parties.');
    return openAs(p, apdu.ciphered, headerOf(apdu));
  }
  if ('systemTitle' in apdu && isOther(apdu.systemTitle, p.peerTitle)) {
    return bad('wrong_title', 'The answer names another sender.');
  }
  const opened = openAs(p, apdu.ciphered, undefined);
  if (!opened.ok || 'systemTitle' in apdu) return opened;
  const expected = cipheredTag(opened.value.plain[0] ?? 0, p.isDedicated);
  return expected === bytes[0]
    ? opened
    : bad('bad_tag', 'The service inside is not the one that the tag names.');
}
