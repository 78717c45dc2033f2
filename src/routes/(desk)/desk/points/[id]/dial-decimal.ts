/**
 * Decimal text between the catalogue's unit and the dial's: electricity is kept in watt-hours and
 * typed in kilowatt-hours. Knows the step only; the correction of an exchange calls it.
 */
import { formatDecimal, parseDecimal } from '#lib/base/decimal.ts';

const KILO = 3;

/** Unreadable text stays as it is: the server says what is wrong with it. */
const moved = (text: string, by: number): string => {
  const value = parseDecimal(text.trim().replace(',', '.'));
  if (!value.ok) return text;
  const { units, scale } = value.value;
  return formatDecimal({ units, scale: scale + by });
};

export const toDial = (text: string, isEnergy: boolean): string =>
  moved(text, isEnergy ? -KILO : 0);
export const fromDial = (text: string, isEnergy: boolean): string =>
  moved(text, isEnergy ? KILO : 0);
