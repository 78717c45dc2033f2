/**
 * From what a meter says to what a register shows: OBIS code, canonical unit, exact value.
 * Knows the tables of `normalise.table.ts`, not the catalogue of registers and no meter model;
 * called by the reader's app and by the head-end after decoding. What has no code is returned as
 * unknown, never dropped.
 */
import { rescale, type Decimal } from '#lib/base/decimal.ts';
import type { DataSet } from './iec62056-21/data-set.ts';
import {
  AMBIENT_OBIS,
  MEDIUM_GROUPS,
  REDUCED_CODES,
  REGISTER_CODES,
  UNIT_TABLE,
  type CanonicalUnit,
  type RegisterRow,
  type UnitRow,
} from './normalise.table.ts';
import type { DataRecord, RecordValue } from './telegram.ts';

export type RegisterValue = {
  /** `A-B:C.D.E`. */
  readonly obis: string;
  readonly quantity: string;
  readonly unit: CanonicalUnit;
  readonly value: Decimal;
  /** 0 is the present value, from 1 on the due-date values of the meter. */
  readonly storage: number;
  readonly tariff: number;
  readonly subunit: number;
  /** The meter's own wall clock for this storage number, null when it did not say. */
  readonly at: string | null;
};

export type Normalised<T> = {
  readonly values: readonly RegisterValue[];
  readonly unknown: readonly T[];
};

/** Joules and calories become milliwatt-hours, which is finer than any register. */
const FINEST_SCALE = -3;
const ELECTRICITY = 1;
/** Extensions that only rescaled the number, which is done by then. */
const HARMLESS = new Set(['multiplied', 'corrected', 'standard_conform_data']);

export const UNITS: ReadonlyMap<string, UnitRow> = new Map(
  UNIT_TABLE.map((row) => [row.unit.toLowerCase(), row]),
);
const GROUPS = new Map<number, number>(
  MEDIUM_GROUPS.flatMap(({ group, types }) => types.map((type) => [type, group] as const)),
);

/** `value` in the canonical unit of `row`; exact unless the unit is a joule or a calorie. */
export function convert(value: Decimal, row: UnitRow): Decimal {
  const units = value.units * row.numerator;
  const scale = value.scale + row.scale;
  if (row.denominator === 1n) return { units, scale };
  const fine = rescale({ units, scale }, Math.min(scale, FINEST_SCALE - 4));
  const abs = fine.units < 0n ? -fine.units : fine.units;
  const quotient = (abs + row.denominator / 2n) / row.denominator;
  const exact = rescale(
    { units: fine.units < 0n ? -quotient : quotient, scale: fine.scale },
    FINEST_SCALE,
  );
  return { units: exact.units, scale: exact.scale };
}

/** Floats of a meter are exact to about seven digits; six decimals keep them all. */
function decimalOf(value: RecordValue): Decimal | null {
  if (value.kind === 'number') return value.value;
  if (value.kind !== 'float' || Math.abs(value.value) > 1e9) return null;
  return { units: BigInt(Math.round(value.value * 1e6)), scale: -6 };
}

function codeOf(record: DataRecord, group: number | undefined): string | null {
  const qualifiers = record.qualifiers.filter((word) => !HARMLESS.has(word));
  if (qualifiers.length > 1) return null;
  if (record.quantity === 'external_temperature' && !qualifiers.length) return AMBIENT_OBIS;
  if (group === undefined) return null;
  const row = REGISTER_CODES.find(
    (entry: RegisterRow) =>
      entry.quantity === record.quantity &&
      entry.qualifier === (qualifiers[0] ?? null) &&
      (entry.groups === null || entry.groups.includes(group)),
  );
  // Electricity meters use subunits for other quantities (reactive energy in the unit of active).
  if (!row || (group === ELECTRICITY && record.subunit !== 0)) return null;
  // A further channel of a module is value group B (EN 13757-1:2014 clause 13.3.2).
  return `${group}-${record.subunit}:${row.code.replace('t', String(record.tariff))}`;
}

/** When the values of each storage number were taken: date records with the same number. */
function timesOf(records: readonly DataRecord[]): ReadonlyMap<number, string> {
  const times = new Map<number, string>();
  for (const { quantity, value, storage, function: kind, qualifiers } of records) {
    const isPlain = kind === 'instantaneous' && qualifiers.length === 0;
    if (!isPlain || (quantity !== 'date' && quantity !== 'datetime')) continue;
    if (value.kind === 'date' && !times.has(storage)) times.set(storage, value.value);
  }
  return times;
}

/** The registers of a meter with device type `type` (EN 13757-7:2018 table 13). */
export function normaliseRecords(
  records: readonly DataRecord[],
  type: number,
): Normalised<DataRecord> {
  const group = GROUPS.get(type);
  const times = timesOf(records);
  const values: RegisterValue[] = [];
  const unknown: DataRecord[] = [];
  for (const record of records) {
    const obis = record.function === 'instantaneous' ? codeOf(record, group) : null;
    const unit = UNITS.get(record.unit.toLowerCase());
    const value = decimalOf(record.value);
    if (!obis || !unit || !value) {
      unknown.push(record);
      continue;
    }
    const { quantity, storage, tariff, subunit } = record;
    const at = times.get(storage) ?? null;
    const canonical = convert(value, unit);
    values.push({ obis, quantity, unit: unit.to, value: canonical, storage, tariff, subunit, at });
  }
  return { values, unknown };
}

type Address = { readonly obis: string; readonly storage: number; readonly tariff: number };

/** `A-B:C.D.E*F`, reduced forms of it, and the codes of heat meters; null for anything else. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:(\d+)-(\d+):)?(\d+)\.(\d+)(?:\.(\d+))?(?:[*&](\d+))?$/.exec(text);
  if (!match) return null;
  const [, a, b, c, d, e, f] = match;
  // Value group F 255 means "not used"; other numbers count the due dates back.
  const storage = f === undefined || Number(f) === 255 ? 0 : Number(f);
  const reduced = a === undefined && e === undefined;
  const heat = reduced ? REDUCED_CODES.find((row) => row.code === `${c}.${d}`) : undefined;
  if (heat) return { obis: heat.obis, storage, tariff: 0 };
  const tariff = Number(e ?? 0);
  const isTariff = Number(d) === 8 || a !== undefined;
  const obis = `${Number(a ?? 1)}-${Number(b ?? 0)}:${Number(c)}.${Number(d)}.${tariff}`;
  return { obis, storage, tariff: isTariff ? tariff : 0 };
}

/** Dimension of a canonical unit, for readouts that name no quantity. */
export const QUANTITIES: Readonly<Record<CanonicalUnit, string>> = {
  Wh: 'energy',
  varh: 'reactive_energy',
  W: 'power',
  var: 'reactive_power',
  m3: 'volume',
  'm3/h': 'volume_flow',
  degC: 'temperature',
  K: 'temperature_difference',
  V: 'voltage',
  A: 'current',
  Hz: 'frequency',
  bar: 'pressure',
  '': 'hca',
};

/** The registers of an IEC 62056-21 readout. */
export function normaliseDataSets(sets: readonly DataSet[]): Normalised<DataSet> {
  const values: RegisterValue[] = [];
  const unknown: DataSet[] = [];
  for (const set of sets) {
    const address = parseAddress(set.address);
    const unit = set.unit === null ? undefined : UNITS.get(set.unit.toLowerCase());
    if (!address || !unit || !set.number) {
      unknown.push(set);
      continue;
    }
    const value = convert(set.number, unit);
    const quantity = QUANTITIES[unit.to];
    values.push({ ...address, quantity, unit: unit.to, value, subunit: 0, at: null });
  }
  return { values, unknown };
}
