/**
 * A meter's dial against the register catalogue: in which unit the wheels turn and where they roll
 * over. Knows digits and scales; knows no reading and no table. Anyone may call it.
 */
import { registerType } from './register-types.table.ts';

/** Dials show kilowatt-hours where the catalogue keeps watt-hours; cubic metres are the same. */
const DIAL_SCALE: Readonly<Record<string, number>> = { Wh: 3, W: 3 };

/** Quantities that only grow: their consumption is a difference. */
const ACCUMULATING: readonly string[] = ['energy', 'volume', 'pulses'];

export const isAccumulating = (register: number): boolean =>
  ACCUMULATING.includes(registerType(register)?.quantity ?? '');

/** Power of ten from one unit of the dial to one unit of the stored integer. */
export function dialShift(register: number): number {
  const type = registerType(register);
  return type ? (DIAL_SCALE[type.unit] ?? 0) - type.scale : 0;
}

/** The stored value at which a dial with `digits` places before the point shows zero again. */
export const dialModulus = (register: number, digits: number): number =>
  10 ** (digits + dialShift(register));
