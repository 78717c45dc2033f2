/**
 * DLMS values and APDUs in the words of the decoder contract. Knows the contract's field names;
 * decodes nothing itself. Called by `decode-dlms.ts`.
 */
import { toHex } from '#lib/base/bytes.ts';
import { toNumber } from '#lib/base/decimal.ts';
import { toLatin1 } from '#lib/base/bytes.ts';
import { associationOf, isCiphered, type AcseApdu } from '#lib/meters/dlms/acse.ts';
import type { Apdu } from '#lib/meters/dlms/apdu.ts';
import { decodeData, type DlmsData } from '#lib/meters/dlms/axdr.ts';
import { formatLocal, readDateTime } from '#lib/meters/dlms/date-time.ts';
import {
  conformanceNames,
  readBlockControl,
  readInvoke,
  readLongInvoke,
  type ConformanceField,
} from '#lib/meters/dlms/fields.ts';
import { formatObis } from '#lib/meters/dlms/obis.ts';
import { readCiphered, type SecurityControl } from '#lib/meters/dlms/security.ts';
import { toUtf8 } from '#lib/meters/dlms/text.ts';
import { printable, scaledOf, unitOf, type DlmsValue } from '#lib/meters/dlms/values.ts';

const exact = (v: bigint): number | string => {
  const n = Number(v);
  return Number.isSafeInteger(n) ? n : v.toString();
};

/** Infinite and not-a-number have no JSON. */
const finite = (v: number): number | null => (Number.isFinite(v) ? v : null);

function plainValue(d: DlmsData): unknown {
  switch (d.type) {
    case 'null-data':
    case 'dont-care':
      return null;
    case 'array':
    case 'structure':
    case 'compact-array':
      return d.value.map(treeJson);
    case 'boolean':
      return d.value;
    case 'float32':
    case 'float64':
      return finite(d.value);
    case 'visible-string':
      return toLatin1(d.value);
    case 'utf8-string':
      return toUtf8(d.value);
    case 'octet-string':
    case 'bit-string':
    case 'date-time':
    case 'date':
    case 'time':
      return toHex(d.value);
    default:
      return exact(d.value);
  }
}

export const treeJson = (d: DlmsData): object => ({
  type: d.type,
  value: plainValue(d),
  ...(d.type === 'bit-string' && { bits: d.bits }),
});

function numberOf(value: DlmsValue): number | null {
  const scaled = scaledOf(value);
  if (scaled) return toNumber(scaled);
  const { data, scalerUnit } = value;
  if (data.type !== 'float32' && data.type !== 'float64') return null;
  return finite(data.value * 10 ** (scalerUnit?.scaler ?? 0));
}

const bytesOf = (d: DlmsData): Uint8Array | null =>
  'value' in d && d.value instanceof Uint8Array ? d.value : null;

export function valueJson(v: DlmsValue): object {
  const bytes = bytesOf(v.data);
  const text = bytes && printable(bytes);
  const time = bytes && readDateTime(bytes);
  const local = time && formatLocal(time);
  const plain = plainValue(v.data);
  return {
    obis: v.obis,
    value: numberOf(v) ?? plain,
    unit: unitOf(v),
    ...(v.scalerUnit && { scaler: v.scalerUnit.scaler, raw: plain }),
    ...(text !== null && { text }),
    ...(local && { time: local }),
    ...(v.classId !== null && { class_id: v.classId, attribute: v.attribute }),
  };
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

export const controlJson = (c: SecurityControl): object => ({
  suite: c.suite,
  authenticated: c.authenticated,
  encrypted: c.encrypted,
  broadcast_key: c.broadcastKey,
  compressed: c.compressed,
});

function cipheredJson(ciphered: Uint8Array): object {
  const fields = readCiphered(ciphered);
  if (!fields.ok) return {};
  return {
    security_control: controlJson(fields.value.control),
    invocation_counter: fields.value.invocationCounter,
    ciphertext: toHex(fields.value.ciphertext),
  };
}

const snakeKeys = (o: object): object =>
  Object.fromEntries(Object.entries(o).map(([key, value]) => [snake(key), value]));

/** `{ data } | { error }` beside its siblings; null when the optional result is absent. */
const returnedJson = (v: object | null): object => (v ? (plain(v) as object) : { data: null });

/** Fields that the contract writes differently from the grammar. */
const FIELDS: Readonly<Record<string, (v: never) => object>> = {
  invoke: (v: number) => snakeKeys(readInvoke(v)),
  longInvoke: (v: number) => snakeKeys(readLongInvoke(v)),
  obis: (v: Uint8Array) => ({ obis: formatObis(v) }),
  control: (v: number) => snakeKeys(readBlockControl(v)),
  ciphered: (v: Uint8Array) => cipheredJson(v),
  conformance: (v: ConformanceField) => ({ conformance: conformanceNames(v) }),
  responseAllowed: (v: boolean | null) => ({ response_allowed: v ?? true }),
  result: (v: number | object) => (typeof v === 'number' ? { result: v } : (plain(v) as object)),
  returned: returnedJson as (v: never) => object,
  systemTitle: (v: Uint8Array) => ({ system_title: v.length > 0 ? toHex(v) : null }),
  dateTime: (v: Uint8Array | { readonly bytes: Uint8Array }) => ({
    date_time: toHex(v instanceof Uint8Array ? v : v.bytes) || null,
  }),
};

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).map(([key, v]) =>
    FIELDS[key] ? FIELDS[key](v as never) : { [snake(key)]: plain(v) },
  );
  return Object.assign({}, ...parts) as object;
}

/** Results of a list are trees, those of one attribute stay hex. */
function listResults(results: readonly object[]): readonly object[] {
  return results.map((one) => {
    if (!('data' in one) || !(one.data instanceof Uint8Array)) return plain(one) as object;
    const tree = decodeData(one.data);
    return { data: tree.ok ? treeJson(tree.value.data) : null };
  });
}

export function associationJson(apdu: AcseApdu, information: object | null): object {
  const a = associationOf(apdu);
  const hex = (b: Uint8Array | null): string | null => (b ? toHex(b) : null);
  if (apdu.type === 'rlrq' || apdu.type === 'rlre') {
    return { type: apdu.type, reason: a.reason, user_information: information };
  }
  return {
    type: apdu.type,
    ciphered: isCiphered(a.context),
    application_context: a.context,
    system_title: hex(a.systemTitle),
    authentication: a.mechanism,
    authentication_value: hex(a.authenticationValue),
    ...(apdu.type === 'aare' && { result: a.result, result_source_diagnostic: a.diagnostic }),
    user_information: information,
  };
}

/** The APDU without what is ciphered inside; associations come with `information`. */
export function apduJson(apdu: Apdu, information: object | null = null): object {
  if ('parts' in apdu) return associationJson(apdu, information);
  const json = plain(apdu) as object;
  if (apdu.type !== 'get-response-with-list') return json;
  return { ...json, results: listResults(apdu.results) };
}
