/**
 * The digits of a meter's dial: how a typed figure becomes a register value and back.
 *
 * It knows cells, decimals and the step between the unit printed on the dial and the unit of the
 * register catalogue. It knows no plausibility and no screen. The keypad and the drum call it.
 */
import { assert, must } from '#lib/base/assert.ts';
import { rescale } from '#lib/base/decimal.ts';
import { registerType, type RegisterType } from '#lib/domain/register-types.table.ts';

export type Dial = {
  /** Cells before the comma. */
  readonly digits: number;
  /** Cells after the comma, red on the dial. */
  readonly decimals: number;
  readonly register: number;
};

export type DialUnit = 'kWh' | 'm3' | 'degC' | '';

/** Dials of energy count kilowatt-hours, the catalogue watt-hours: three powers of ten. */
const stepOf = (type: RegisterType): number => (type.unit === 'Wh' ? 3 : 0);

const typeOf = (dial: Dial): RegisterType =>
  must(registerType(dial.register), `register ${dial.register} is in the catalogue`);

export function dialUnit(register: number): DialUnit {
  const unit = registerType(register)?.unit;
  if (unit === 'Wh' || unit === 'W') return 'kWh';
  return unit === 'm3' || unit === 'm3/h' ? 'm3' : unit === 'degC' ? 'degC' : '';
}

export const dialCells = (dial: Dial): number => dial.digits + dial.decimals;

/** One turn of the dial in register units: 100 000 m³ of a five-digit water meter. */
export const dialSpan = (dial: Dial): bigint => toRegister(dial, 10n ** BigInt(dialCells(dial)));

/** `units` are the dial's digits as one number; the result is in the register's scale. */
function toRegister(dial: Dial, units: bigint): bigint {
  const type = typeOf(dial);
  return rescale({ units, scale: stepOf(type) - dial.decimals }, type.scale).units;
}

/** All cells typed, or the whole cells and some decimals: missing decimals count as nought. */
export function valueOfDigits(dial: Dial, typed: string): bigint {
  assert(
    /^\d*$/.test(typed) && typed.length <= dialCells(dial),
    'only cells of the dial are typed',
  );
  return toRegister(dial, BigInt(typed.padEnd(dialCells(dial), '0') || '0'));
}

/** The cells as the dial shows `value`, leading noughts kept; turned-over dials show the rest. */
export function digitsOfValue(dial: Dial, value: bigint): string {
  const type = typeOf(dial);
  // Cut, never round: a drum that stands between two digits shows the lower one.
  const cut = dial.decimals - stepOf(type) + type.scale;
  const units = cut >= 0 ? value * 10n ** BigInt(cut) : value / 10n ** BigInt(-cut);
  const cells = dialCells(dial);
  return (units < 0n ? -units : units).toString().padStart(cells, '0').slice(-cells);
}

/** Decimal text in the register's unit, as fieldsync/1 carries it: 1204317 is 1204.317 m³. */
export function registerText(register: number, value: bigint): string {
  const scale = must(registerType(register), 'a known register').scale;
  const abs = (value < 0n ? -value : value).toString().padStart(1 - Math.min(0, scale), '0');
  const sign = value < 0n ? '-' : '';
  if (scale >= 0) return sign + abs + '0'.repeat(scale);
  return `${sign}${abs.slice(0, scale)}.${abs.slice(scale)}`;
}

/** First cell, counted from the left, that differs so far that the doubt begins there; or −1. */
export function doubtfulCell(before: string, typed: string): number {
  for (let i = 0; i < typed.length; i++) if (typed[i] !== before[i]) return i;
  return -1;
}
