/**
 * Association: AARQ, AARE, RLRQ, RLRE in BER (IEC 62056-5-3:2017 clause 7.2 and 8).
 *
 * The parts are kept in the order they came in, each with its content; `associationOf` reads their
 * meaning, `makeAarq` and its siblings build them. Knows no session; called by `apdu.ts`.
 */
import { ACSE, CONTEXT_OID, MECHANISM_OID, type PartName, type PartRow } from './acse.table.ts';
import type { Cursor, FormWriter } from './cursor.ts';

export type AcseType = (typeof ACSE)[number]['type'];

/**
 * One part: `bytes` is the innermost content. `tags` are those of the sender where the standard
 * leaves a choice (user or provider diagnostic, form of the authentication value).
 */
export type AcsePart = {
  readonly name: PartName;
  readonly bytes: Uint8Array;
  readonly tag?: number | undefined;
};

export type AcseApdu = { readonly type: AcseType; readonly parts: readonly AcsePart[] };

const OID = 0x06;
const OCTET_STRING = 0x04;
const INTEGER = 0x02;
const CHARSTRING = 0x80;
const [USER, PROVIDER] = [0xa1, 0xa2];
const INNER_TAG: Readonly<Record<string, number>> = {
  oid: OID,
  octets: OCTET_STRING,
  integer: INTEGER,
  apdu: OCTET_STRING,
};

const CLAUSE = 'IEC 62056-5-3:2017 8';

/** Reads a length and hands exactly that many bytes to `read`. */
function bounded<T>(c: Cursor, read: (end: number) => T): T {
  const size = c.length();
  if (size > c.left) c.take(size);
  const end = c.at + size;
  const value = read(end);
  if (!c.failed && c.at !== end) c.fail('bad_length', 'A part does not fill its length.', CLAUSE);
  return value;
}

function readPart(c: Cursor, row: PartRow): AcsePart {
  const { name } = row;
  return bounded(c, (end) => {
    const inner = INNER_TAG[row.form];
    if (inner !== undefined) {
      if (c.byte() !== inner) c.fail('bad_choice', `${name} has an unexpected tag inside.`, CLAUSE);
      return { name, bytes: c.octets() };
    }
    if (row.form === 'string') return { name, tag: c.byte(), bytes: c.octets() };
    if (row.form !== 'diagnostic') return { name, bytes: c.take(end - c.at) };
    const tag = c.byte();
    if (tag !== USER && tag !== PROVIDER) c.fail('bad_choice', 'No such diagnostic.', CLAUSE);
    return bounded(c, () => {
      if (c.byte() !== INTEGER) c.fail('bad_choice', 'A diagnostic is an integer.', CLAUSE);
      return { name, tag, bytes: c.octets() };
    });
  });
}

/** Reads the content behind the tag of an association service. */
export function readAcse(c: Cursor, tag: number): AcseApdu | null {
  const service = ACSE.find((row) => row.tag === tag);
  if (!service) return null;
  const parts = bounded(c, (end) => {
    const out: AcsePart[] = [];
    while (c.at < end && !c.failed) {
      const partTag = c.byte();
      const row = service.parts.find((part) => part.tag === partTag);
      if (!row) c.fail('bad_choice', `${partTag} is no part of ${service.type}.`, CLAUSE);
      else out.push(readPart(c, row));
    }
    return out;
  });
  return { type: service.type, parts };
}

function writePart(w: FormWriter, row: PartRow, part: AcsePart): void {
  w.byte(row.tag).nested((outer) => {
    const inner = INNER_TAG[row.form];
    if (inner !== undefined) outer.byte(inner).octets(part.bytes);
    else if (row.form === 'string') outer.byte(part.tag ?? CHARSTRING).octets(part.bytes);
    else if (row.form === 'diagnostic') {
      outer.byte(part.tag ?? USER).nested((n) => void n.byte(INTEGER).octets(part.bytes));
    } else outer.put(part.bytes);
  });
}

/** Twin of `readAcse`, with the tag. */
export function writeAcse(w: FormWriter, apdu: AcseApdu): void {
  const service = ACSE.find((row) => row.type === apdu.type)!;
  w.byte(service.tag).nested((inner) => {
    for (const part of apdu.parts) {
      const row = service.parts.find((one) => one.name === part.name);
      if (row) writePart(inner, row, part);
    }
  });
}

/** What an association service says; null where the part is absent. */
export type Association = {
  /** 1 to 4 (clause 7.2.2.2): long or short names, without or with ciphering. */
  readonly context: number | null;
  /** Authentication mechanism (clause 7.2.2.3): 0 none, 1 LLS, 2 HLS, 5 HLS-GMAC. */
  readonly mechanism: number | null;
  readonly systemTitle: Uint8Array | null;
  readonly authenticationValue: Uint8Array | null;
  readonly result: number | null;
  readonly diagnostic: number | null;
  readonly reason: number | null;
  readonly userInformation: Uint8Array | null;
};

export const isCiphered = (context: number | null): boolean => context === 3 || context === 4;

const bytesOf = (apdu: AcseApdu, name: PartName): Uint8Array | null =>
  apdu.parts.find((part) => part.name === name)?.bytes ?? null;

const numberOf = (apdu: AcseApdu, name: PartName): number | null =>
  bytesOf(apdu, name)?.at(-1) ?? null;

export const associationOf = (apdu: AcseApdu): Association => ({
  context: numberOf(apdu, 'applicationContext'),
  mechanism: numberOf(apdu, 'mechanism'),
  systemTitle: bytesOf(apdu, 'title'),
  authenticationValue: bytesOf(apdu, 'authenticationValue'),
  result: numberOf(apdu, 'result'),
  diagnostic: numberOf(apdu, 'diagnostic'),
  reason: numberOf(apdu, 'reason'),
  userInformation: bytesOf(apdu, 'userInformation'),
});

export type AssociationRequest = {
  readonly context: number;
  readonly mechanism: number | null;
  readonly systemTitle: Uint8Array | null;
  readonly authenticationValue: Uint8Array | null;
  readonly userInformation: Uint8Array;
};

const oid = (lead: readonly number[], last: number): Uint8Array => Uint8Array.from([...lead, last]);
const one = (value: number): Uint8Array => Uint8Array.of(value);
/** Bit string of one bit, set: the functional unit "authentication" (clause 7.2.2.1). */
const AUTHENTICATION_UNIT = Uint8Array.of(0x07, 0x80);

const optionalPart = (
  name: PartName,
  bytes: Uint8Array | null,
  tag?: number,
): readonly AcsePart[] => (bytes ? [{ name, bytes, ...(tag && { tag }) }] : []);

const authenticationParts = (r: AssociationRequest): readonly AcsePart[] =>
  r.mechanism === null
    ? []
    : [
        { name: 'requirements', bytes: AUTHENTICATION_UNIT },
        { name: 'mechanism', bytes: oid(MECHANISM_OID, r.mechanism) },
        ...optionalPart('authenticationValue', r.authenticationValue, CHARSTRING),
      ];

export const makeAarq = (request: AssociationRequest): AcseApdu => ({
  type: 'aarq',
  parts: [
    { name: 'applicationContext', bytes: oid(CONTEXT_OID, request.context) },
    ...optionalPart('title', request.systemTitle),
    ...authenticationParts(request),
    { name: 'userInformation', bytes: request.userInformation },
  ],
});

export const makeAare = (
  answer: AssociationRequest & { readonly result: number; readonly diagnostic: number },
): AcseApdu => ({
  type: 'aare',
  parts: [
    { name: 'applicationContext', bytes: oid(CONTEXT_OID, answer.context) },
    { name: 'result', bytes: one(answer.result) },
    { name: 'diagnostic', tag: USER, bytes: one(answer.diagnostic) },
    ...optionalPart('title', answer.systemTitle),
    ...authenticationParts(answer),
    { name: 'userInformation', bytes: answer.userInformation },
  ],
});

export const makeRelease = (type: 'rlrq' | 'rlre', information: Uint8Array | null): AcseApdu => ({
  type,
  parts: [{ name: 'reason', bytes: one(0) }, ...optionalPart('userInformation', information)],
});
