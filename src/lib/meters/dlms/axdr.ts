/**
 * COSEM data in A-XDR: the tree behind every attribute value (IEC 62056-5-3:2017 clause 8, `Data`;
 * IEC 61334-6). Knows types, no meaning; called by the services, the push reader and the client.
 *
 * | integer         | tag, big-endian bytes                             |
 * | octet string    | tag, length, bytes                                |
 * | array, structure| tag, count, elements with their tags              |
 * | compact array   | tag, type description, length, values without tags|
 */
import { err, ok, type Result } from '#lib/base/result.ts';
import type { Codec } from './codec.ts';
import { Cursor, FormWriter, type Forms } from './cursor.ts';
import {
  TYPES,
  type FixedType,
  type FloatType,
  type IntegerType,
  type OctetsType,
  type TypeRow,
} from './type.table.ts';

export type DlmsData =
  | { readonly type: 'null-data' | 'dont-care' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: IntegerType; readonly value: bigint }
  | { readonly type: OctetsType | FixedType; readonly value: Uint8Array }
  /** `bits` counts from the most significant bit of the first byte. */
  | { readonly type: 'bit-string'; readonly bits: number; readonly value: Uint8Array }
  /** The bytes are kept: a NaN may carry a payload. */
  | { readonly type: FloatType; readonly value: number; readonly bytes: Uint8Array }
  | { readonly type: 'array' | 'structure'; readonly value: readonly DlmsData[] }
  | {
      readonly type: 'compact-array';
      readonly description: TypeDescription;
      readonly value: readonly DlmsData[];
    };

/** IEC 62056-5-3:2017 clause 8, `TypeDescription`. */
export type TypeDescription =
  | { readonly type: Exclude<DlmsData['type'], 'array' | 'structure' | 'compact-array'> }
  | { readonly type: 'array'; readonly count: number; readonly element: TypeDescription }
  | { readonly type: 'structure'; readonly elements: readonly TypeDescription[] };

/** Nested deeper, or larger, than any interface class: garbage that would eat the phone. */
const MAX_DEPTH = 24;
const MAX_ELEMENTS = 100_000;
const CLAUSE = 'IEC 62056-5-3:2017 8';

const BY_TAG = new Map<number, TypeRow>(TYPES.map((row) => [row.tag, row]));
const BY_TYPE = new Map<string, TypeRow>(TYPES.map((row) => [row.type, row]));

type Budget = { elements: number };

function rowAt(c: Cursor): TypeRow | null {
  const tag = c.byte();
  const row = BY_TAG.get(tag);
  if (!row) c.fail('unknown_type', `${tag} is the tag of no data type.`, CLAUSE);
  return c.failed ? null : (row ?? null);
}

const NULL = { type: 'null-data' } as const;

function readFloat(bytes: Uint8Array, type: FloatType): DlmsData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const value = type === 'float32' ? view.getFloat32(0) : view.getFloat64(0);
  return { type, value, bytes };
}

function readInteger(c: Cursor, row: Extract<TypeRow, { signed: boolean }>): DlmsData {
  let v = 0n;
  for (const b of c.take(row.size)) v = (v << 8n) | BigInt(b);
  return { type: row.type, value: row.signed ? BigInt.asIntN(8 * row.size, v) : v };
}

function readSized(c: Cursor, row: Extract<TypeRow, { size: number }>): DlmsData {
  if ('signed' in row) return readInteger(c, row);
  const bytes = c.take(row.size);
  if (c.failed) return NULL;
  if (row.type === 'float32' || row.type === 'float64') return readFloat(bytes, row.type);
  return { type: row.type, value: bytes };
}

/** The contents of a type that holds no other values. Null for the three that do. */
function readScalar(c: Cursor, row: TypeRow): DlmsData | null {
  if ('size' in row) return readSized(c, row);
  switch (row.type) {
    case 'null-data':
    case 'dont-care':
      return { type: row.type };
    case 'boolean':
      return { type: row.type, value: c.boolean() };
    case 'bit-string': {
      const bits = c.length();
      return { type: row.type, bits, value: c.take(Math.ceil(bits / 8)) };
    }
    case 'array':
    case 'structure':
    case 'compact-array':
      return null;
    default:
      return { type: row.type, value: c.octets() };
  }
}

function spend(c: Cursor, budget: Budget, depth: number): boolean {
  if (depth > MAX_DEPTH) c.fail('too_deep', `Data is nested deeper than ${MAX_DEPTH} levels.`);
  if (--budget.elements < 0) c.fail('too_large', `Data has more than ${MAX_ELEMENTS} elements.`);
  return !c.failed;
}

function readNode(c: Cursor, budget: Budget, depth: number): DlmsData {
  const row = spend(c, budget, depth) ? rowAt(c) : null;
  if (!row) return NULL;
  const scalar = readScalar(c, row);
  if (scalar) return scalar;
  if (row.type === 'compact-array') return readCompact(c, budget, depth);
  const n = c.count(1);
  const value: DlmsData[] = [];
  for (let i = 0; i < n && !c.failed; i++) value.push(readNode(c, budget, depth + 1));
  return { type: row.type as 'array' | 'structure', value };
}

function readDescription(c: Cursor, budget: Budget, depth: number): TypeDescription {
  const row = spend(c, budget, depth) ? rowAt(c) : null;
  if (!row) return NULL;
  if (row.type === 'array') {
    const count = c.uint(2);
    return { type: 'array', count, element: readDescription(c, budget, depth + 1) };
  }
  if (row.type === 'structure') {
    const n = c.count(1);
    const elements: TypeDescription[] = [];
    for (let i = 0; i < n && !c.failed; i++) {
      elements.push(readDescription(c, budget, depth + 1));
    }
    return { type: 'structure', elements };
  }
  if (row.type === 'compact-array')
    c.fail('bad_description', 'Compact arrays do not nest.', CLAUSE);
  return { type: row.type } as TypeDescription;
}

/** One value without tags, as its description says. */
function readDescribed(c: Cursor, d: TypeDescription, budget: Budget): DlmsData {
  if (!spend(c, budget, 0)) return NULL;
  if (d.type === 'array' || d.type === 'structure') {
    const count = d.type === 'array' ? d.count : d.elements.length;
    const value: DlmsData[] = [];
    for (let i = 0; i < count && !c.failed; i++) {
      value.push(readDescribed(c, d.type === 'array' ? d.element : d.elements[i]!, budget));
    }
    return { type: d.type, value };
  }
  return readScalar(c, BY_TYPE.get(d.type)!) ?? NULL;
}

function readCompact(c: Cursor, budget: Budget, depth: number): DlmsData {
  const description = readDescription(c, budget, depth + 1);
  const size = c.length();
  if (size > c.left) c.take(size);
  const end = c.at + size;
  const value: DlmsData[] = [];
  while (c.at < end && !c.failed) {
    const before = c.at;
    value.push(readDescribed(c, description, budget));
    if (c.at === before) c.fail('bad_description', 'The described type has no bytes.', CLAUSE);
  }
  if (c.at > end) c.fail('bad_length', 'The last value passes the end of its array.', CLAUSE);
  return { type: 'compact-array', description, value };
}

function writeScalar(w: FormWriter, data: DlmsData): void {
  switch (data.type) {
    case 'null-data':
    case 'dont-care':
    case 'array':
    case 'structure':
    case 'compact-array':
      return;
    case 'boolean':
      return void w.boolean(data.value);
    case 'bit-string':
      return void w.count(data.bits).put(data.value);
    case 'float32':
    case 'float64':
      return void w.put(data.bytes);
    case 'octet-string':
    case 'visible-string':
    case 'utf8-string':
      return void w.octets(data.value);
    case 'date-time':
    case 'date':
    case 'time':
      return void w.put(data.value);
    default: {
      const row = BY_TYPE.get(data.type)!;
      w.uintBe(data.value, 'size' in row ? row.size : 0);
    }
  }
}

const tagOf = (type: string): number => BY_TYPE.get(type)!.tag;

function writeNode(w: FormWriter, data: DlmsData): void {
  w.byte(tagOf(data.type));
  if (data.type === 'array' || data.type === 'structure') {
    w.count(data.value.length);
    for (const child of data.value) writeNode(w, child);
  } else if (data.type === 'compact-array') {
    writeDescription(w, data.description);
    w.nested((inner) => data.value.forEach((v) => writeDescribed(inner, v)));
  } else writeScalar(w, data);
}

function writeDescription(w: FormWriter, d: TypeDescription): void {
  w.byte(tagOf(d.type));
  if (d.type === 'array') {
    w.uintBe(d.count, 2);
    writeDescription(w, d.element);
  } else if (d.type === 'structure') {
    w.count(d.elements.length);
    d.elements.forEach((element) => writeDescription(w, element));
  }
}

function writeDescribed(w: FormWriter, data: DlmsData): void {
  if (data.type === 'array' || data.type === 'structure') {
    data.value.forEach((child) => writeDescribed(w, child));
  } else writeScalar(w, data);
}

/** One `Data` value inside a larger grammar. */
export const dataTree: Codec<DlmsData> = {
  read: (c) => readNode(c, { elements: MAX_ELEMENTS }, 0),
  write: writeNode,
};

/** One `Data` value, checked and kept as its bytes: services carry it without looking inside. */
export const rawData: Codec<Uint8Array> = {
  read: (c) => {
    const inner = new Cursor(c.bytes.subarray(c.at));
    readNode(inner, { elements: MAX_ELEMENTS }, 0);
    if (!inner.fault) return c.take(inner.at);
    const { code, detail, offset = 0, clause } = inner.fault;
    c.at += offset;
    c.fail(code, detail, clause);
    return c.bytes.subarray(0, 0);
  },
  write: (w, bytes) => void w.put(bytes),
};

/**
 * Reads one value with its tag; nothing may follow it. `forms` reproduces the bytes exactly.
 * Errors: `truncated`, `trailing_bytes`, `unknown_type`, `bad_length`, `bad_description`,
 * `too_deep`, `too_large`.
 */
export function decodeData(
  bytes: Uint8Array,
): Result<{ readonly data: DlmsData; readonly forms: Forms }> {
  const c = new Cursor(bytes);
  const data = dataTree.read(c);
  c.end();
  const { fault: f } = c;
  return f ? err(f) : ok({ data, forms: c.forms });
}

/** Twin of `decodeData`. */
export function encodeData(data: DlmsData, forms: Forms = new Map()): Uint8Array {
  const w = new FormWriter(forms);
  writeNode(w, data);
  return w.done();
}
