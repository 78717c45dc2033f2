/**
 * From what a DLMS meter says to what a register shows: the same shape as `normalise.ts`, for
 * attributes that a client read and for values of a push. Knows the units of COSEM and the table of
 * canonical units, no meter model. What has no unit, or one that no register has, is returned as
 * unknown, never dropped. Called by the head-end, the console and the command line.
 */
import type { Decimal } from '#lib/base/decimal.ts';
import { formatLocal, readDateTime } from './dlms/date-time.ts';
import type { PositionalValue } from './dlms/positional.ts';
import { scaledOf, unitOf, type DlmsValue } from './dlms/values.ts';
import {
  convert,
  parseAddress,
  QUANTITIES,
  UNITS,
  type Normalised,
  type RegisterValue,
} from './normalise.ts';

/** OBIS code of the clock, whose value dates a push (IEC 62056-6-1:2017 clause 5.4). */
const CLOCK = /^\d+-\d+:(1\.0\.0|0\.9\.[12])(\*255)?$/;
/** Medium of heat cost allocators, the only ones whose registers have no unit. */
const HCA = '4-';
const FLOAT_SCALE = -6;
/** Floats of a meter are exact to about seven digits; six decimals keep them all. */
const MOST_FLOAT = 1e9;

function numberOf(value: DlmsValue): Decimal | null {
  const { data, scalerUnit } = value;
  if (data.type !== 'float32' && data.type !== 'float64') return scaledOf(value);
  if (!Number.isFinite(data.value) || Math.abs(data.value) > MOST_FLOAT) return null;
  const units = BigInt(Math.round(data.value * 10 ** -FLOAT_SCALE));
  return { units, scale: FLOAT_SCALE + (scalerUnit?.scaler ?? 0) };
}

type Named = {
  readonly obis: string;
  readonly unit: string | null;
  readonly number: Decimal | null;
};

function registerOf({ obis, unit, number }: Named, at: string | null): RegisterValue | null {
  const address = parseAddress(obis);
  const row = unit === null || number === null ? undefined : UNITS.get(unit.toLowerCase());
  const isCount = unit === '' && obis.startsWith(HCA);
  if (!address || !number || (!row && !isCount)) return null;
  const canonical = row?.to ?? '';
  const value = row ? convert(number, row) : number;
  return { ...address, quantity: QUANTITIES[canonical], unit: canonical, value, subunit: 0, at };
}

function split<T>(
  list: readonly T[],
  at: string | null,
  nameOf: (item: T) => Named,
): Normalised<T> {
  const values: RegisterValue[] = [];
  const unknown: T[] = [];
  for (const item of list) {
    const register = registerOf(nameOf(item), at);
    if (register) values.push(register);
    else unknown.push(item);
  }
  return { values, unknown };
}

const timeOf = ({ obis, data }: DlmsValue): string | null => {
  const isBytes = data.type === 'octet-string' || data.type === 'date-time';
  const time = isBytes && CLOCK.test(obis) ? readDateTime(data.value) : null;
  return time && formatLocal(time);
};

/** When the values were taken, by the clock among them; null when there is none. */
export const clockAmong = (values: readonly DlmsValue[]): string | null =>
  values.map(timeOf).find((time) => time !== null) ?? null;

/** The registers of a push or of objects that were read. */
export const normaliseDlms = (values: readonly DlmsValue[]): Normalised<DlmsValue> =>
  split(values, clockAmong(values), (value) => ({
    obis: value.obis,
    unit: unitOf(value),
    number: numberOf(value),
  }));

/** The registers of a list whose positions name them. */
export const normalisePositional = (
  values: readonly PositionalValue[],
): Normalised<PositionalValue> => split(values, null, (value) => value);
