/**
 * The data field of one record: lengths, integers, BCD, real, text (EN 13757-3:2018 clause 6.3.3
 * table 4, clause 6.5 LVAR, annex A types). Knows nothing of DIF chains; called by `records.ts`.
 */
import { toHex, toLatin1 } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { addDecimal, decimal, type Decimal } from '#lib/base/decimal.ts';
import type { RecordValue } from '../telegram.ts';
import { decodeDate } from './dates.ts';
import type { ValueInfo } from './vif.ts';

/** How the bytes are to be read, whatever announced them. */
export type DataForm = 'none' | 'integer' | 'real' | 'bcd' | 'negative_bcd' | 'text' | 'binary';

export type DataField = {
  readonly form: DataForm;
  /** Offsets of the first data byte (behind an LVAR byte) and of the first byte behind the data. */
  readonly from: number;
  readonly end: number;
};

/** Table 4: bytes and form of the codings 0 to 14; 13 is variable and 15 never gets here. */
const CODINGS = [
  [0, 'none'],
  [1, 'integer'],
  [2, 'integer'],
  [3, 'integer'],
  [4, 'integer'],
  [4, 'real'],
  [6, 'integer'],
  [8, 'integer'],
  [0, 'none'],
  [1, 'bcd'],
  [2, 'bcd'],
  [3, 'bcd'],
  [4, 'bcd'],
  [0, 'none'],
  [6, 'bcd'],
] as const satisfies readonly (readonly [number, DataForm])[];

/** Clause 6.5: length and form that an LVAR byte announces, or null for reserved ones. */
function variable(lvar: number): readonly [number, DataForm] | null {
  if (lvar < 0xc0) return [lvar, 'text'];
  if (lvar < 0xca) return [lvar - 0xc0, 'bcd'];
  if (lvar >= 0xd0 && lvar < 0xda) return [lvar - 0xd0, 'negative_bcd'];
  if (lvar >= 0xe0 && lvar < 0xf0) return [lvar - 0xe0, 'binary'];
  if (lvar >= 0xf0 && lvar < 0xf5) return [4 * (lvar - 0xec), 'binary'];
  if (lvar === 0xf5) return [48, 'binary'];
  if (lvar === 0xf6) return [64, 'binary'];
  // F8h is the 8-byte real of EN 1434-3:1997, still sent by some heat meters.
  return lvar === 0xf8 ? [8, 'real'] : null;
}

/** Finds the data of `coding` at `at`. Errors: `truncated`, `reserved_lvar`. */
export function locateData(bytes: Uint8Array, at: number, coding: number): Result<DataField> {
  let size: readonly [number, DataForm] | null = CODINGS[coding]!;
  if (coding === 13) {
    const lvar = bytes[at];
    size = lvar === undefined ? [1, 'text'] : variable(lvar);
    if (!size) {
      return fault('reserved_lvar', 'Reserved LVAR.', {
        offset: at,
        clause: 'EN 13757-3:2018 6.5',
      });
    }
    if (lvar !== undefined) at++;
  }
  if (at + size[0] > bytes.length) {
    return fault('truncated', 'The data ends inside a record.', {
      offset: at,
      clause: 'EN 13757-3:2018 6.3',
    });
  }
  return ok({ form: size[1], from: at, end: at + size[0] });
}

const INVALID: RecordValue = { kind: 'invalid', value: null };
const number = (value: Decimal): RecordValue => ({ kind: 'number', value });

/**
 * Annex A type B: two's complement; the most negative number means "invalid". `bits` fields are
 * type C or D: unsigned, every pattern is valid. Null means invalid.
 */
function integer(b: Uint8Array, { from, end }: DataField, signed: boolean): bigint | null {
  const size = end - from;
  if (size > 6) {
    let wide = 0n;
    for (let i = end - 1; i >= from; i--) wide = (wide << 8n) | BigInt(b[i]!);
    if (!signed) return wide;
    return wide === 1n << BigInt(8 * size - 1) ? null : BigInt.asIntN(8 * size, wide);
  }
  let n = 0;
  for (let i = end - 1; i >= from; i--) n = n * 256 + b[i]!;
  if (!signed || size === 0) return BigInt(n);
  const half = 2 ** (8 * size - 1);
  if (n === half) return null;
  return BigInt(n > half ? n - 2 * half : n);
}

/** Annex A type A: F in the top digit is a minus sign, any other letter makes the field invalid. */
function bcd(b: Uint8Array, { from, end }: DataField): bigint | null {
  let n = 0;
  let wide = 0n;
  let negative = false;
  for (let i = end - 1; i >= from; i--) {
    let high = b[i]! >> 4;
    const low = b[i]! & 15;
    if (high === 15 && i === end - 1) {
      negative = true;
      high = 0;
    }
    if (high > 9 || low > 9) return null;
    n = n * 100 + high * 10 + low;
    // Seven bytes are the most that a double holds exactly.
    if (end - from > 7) wide = wide * 100n + BigInt(high * 10 + low);
  }
  const value = end - from > 7 ? wide : BigInt(n);
  return negative ? -value : value;
}

function real(b: Uint8Array, { from, end }: DataField, scale: number): RecordValue {
  const view = new DataView(b.buffer, b.byteOffset + from, end - from);
  const raw = end - from === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
  if (!Number.isFinite(raw)) return INVALID;
  return { kind: 'float', value: scale < 0 ? raw / 10 ** -scale : raw * 10 ** scale };
}

function scaled(units: bigint | null, info: ValueInfo): RecordValue {
  if (units === null) return INVALID;
  const value = { units, scale: info.scale };
  return number(info.offset === null ? value : addDecimal(value, decimal(1, info.offset)));
}

/** The meaning of the bytes `field` of `bytes` under `info`. */
export function readData(bytes: Uint8Array, field: DataField, info: ValueInfo): RecordValue {
  const { form, from, end } = field;
  if (info.invalid || form === 'none') return INVALID;
  if (info.form === 'date' && (form === 'integer' || form === 'bcd')) {
    const date = decodeDate(bytes.subarray(from, end));
    if (date !== undefined) return date === null ? INVALID : { kind: 'date', value: date };
  }
  // A point in time of another length is none; its number must not pass for one.
  if (info.form === 'date' && form !== 'text') return INVALID;
  switch (form) {
    case 'integer':
      return scaled(integer(bytes, field, info.form !== 'bits'), info);
    case 'bcd':
      return scaled(bcd(bytes, field), info);
    case 'negative_bcd': {
      const units = bcd(bytes, field);
      return scaled(units === null ? null : -units, info);
    }
    case 'real':
      return real(bytes, field, info.scale);
    case 'text':
      return { kind: 'text', value: toLatin1(bytes.slice(from, end).reverse()) };
    case 'binary':
      if (end - from <= 8) return scaled(integer(bytes, field, false), info);
      return { kind: 'text', value: toHex(bytes.subarray(from, end)) };
  }
}
