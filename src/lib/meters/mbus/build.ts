/**
 * Makes data records from quantities: what the simulator puts into telegrams. Knows the same tables
 * as the decoder and picks the code whose power of ten is the value's own scale; called by `sim`
 * and tests.
 */
import { toHex } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { rescale, type Decimal } from '#lib/base/decimal.ts';
import type { DataRecord, RecordFunction } from '../telegram.ts';
import { encodeDate } from './dates.ts';
import { encodeDib } from './header.ts';
import { decodeRecords } from './records.ts';
import { findVifs } from './vif.ts';
import { concatBytes } from '#lib/base/bytes.ts';

/** Codings a meter would choose: two's complement or BCD of that many bytes. */
export type RecordCoding = 'int8' | 'int16' | 'int24' | 'int32' | 'int48' | 'int64' | BcdCoding;
type BcdCoding = 'bcd2' | 'bcd4' | 'bcd6' | 'bcd8' | 'bcd12';

export type RecordSpec = {
  readonly quantity: string;
  readonly unit: string;
  /** A number, or a date text as `encodeDate` takes it. */
  readonly value: Decimal | string;
  readonly coding?: RecordCoding;
  readonly function?: RecordFunction;
  readonly storage?: number;
  readonly tariff?: number;
  readonly subunit?: number;
};

type Field = { readonly coding: number; readonly raw: Uint8Array };

/** Data field code and bytes of each coding (EN 13757-3:2018 table 4). */
const CODINGS: Readonly<Record<RecordCoding, readonly [number, number]>> = {
  int8: [1, 1],
  int16: [2, 2],
  int24: [3, 3],
  int32: [4, 4],
  int48: [6, 6],
  int64: [7, 8],
  bcd2: [9, 1],
  bcd4: [10, 2],
  bcd6: [11, 3],
  bcd8: [12, 4],
  bcd12: [14, 6],
};

function bcdBytes(units: bigint, size: number): Uint8Array | null {
  const digits = (units < 0n ? -units : units).toString();
  if (digits.length > 2 * size - (units < 0n ? 1 : 0)) return null;
  const text = (units < 0n ? 'F' : '') + digits.padStart(2 * size - (units < 0n ? 1 : 0), '0');
  return Uint8Array.from({ length: size }, (_, i) =>
    parseInt(text.slice(2 * (size - 1 - i), 2 * (size - i)), 16),
  );
}

function intBytes(units: bigint, size: number): Uint8Array | null {
  if (BigInt.asIntN(8 * size, units) !== units) return null;
  const bits = BigInt.asUintN(8 * size, units);
  return Uint8Array.from({ length: size }, (_, i) => Number((bits >> BigInt(8 * i)) & 255n));
}

function numberField(units: bigint, name: RecordCoding): Field | null {
  const [coding, size] = CODINGS[name];
  const raw = name.startsWith('bcd') ? bcdBytes(units, size) : intBytes(units, size);
  return raw && { coding, raw };
}

const DATE_CODINGS: Readonly<Record<number, number>> = { 2: 2, 3: 3, 4: 4, 6: 6 };

/** VIF and data field of a specification; null when no table row or coding holds the value. */
function fieldOf(spec: RecordSpec): { vib: Uint8Array; field: Field } | null {
  const choices = findVifs(spec.quantity, spec.unit);
  if (typeof spec.value === 'string') {
    const raw = encodeDate(spec.value);
    if (!raw || !choices[0]) return null;
    return { vib: choices[0].vib, field: { coding: DATE_CODINGS[raw.length]!, raw } };
  }
  // The finest code that keeps every digit: the value's own scale, or the next coarser exact one.
  for (const { vib, scale } of choices.toSorted((a, b) => b.scale - a.scale)) {
    if (scale > spec.value.scale) continue;
    const { units } = rescale(spec.value, scale);
    const field = numberField(units, spec.coding ?? 'int32');
    if (field) return { vib, field };
  }
  return null;
}

/**
 * The record of `spec`, as the decoder would read it back. Errors: `no_vif` when no code of the
 * tables has this quantity and unit or the value does not fit the coding.
 */
export function makeRecord(spec: RecordSpec): Result<DataRecord> {
  const found = fieldOf(spec);
  if (!found) return fault('no_vif', `No VIF or coding for ${spec.quantity} in ${spec.unit}.`);
  const { function: fn = 'instantaneous', storage = 0, tariff = 0, subunit = 0 } = spec;
  const dib = encodeDib({ coding: found.field.coding, function: fn, storage, tariff, subunit });
  const { records } = decodeRecords(concatBytes(dib, found.vib, found.field.raw));
  const record = records[0];
  return record ? ok(record) : fault('no_vif', `No record from ${toHex(found.field.raw)}.`);
}
