/**
 * A register value as the meter's dial shows it: every digit, red ones apart. Knows no meter type.
 * Calendar, proof and meters call it; giving a reading types into lib/field/dial instead.
 */
import { quantityParts, type Unit } from '#lib/i18n/parts.ts';

type Dial = {
  readonly unit: Unit;
  readonly scale: number;
  readonly digits: number;
  readonly decimals: number;
};

export type DialText = { readonly whole: string; readonly red: string; readonly unit: string };

/** Dials of energy count kilowatt-hours, the wire counts watt-hours. */
export function dialText(dial: Dial, value: number): DialText {
  const shift = dial.scale - (dial.unit === 'Wh' ? 3 : 0) + dial.decimals;
  const abs = BigInt(Math.abs(value));
  // Cut, never round: a drum between two digits shows the lower one.
  const units = shift >= 0 ? abs * 10n ** BigInt(shift) : abs / 10n ** BigInt(-shift);
  const cells = Math.max(1, dial.digits + dial.decimals);
  const text = units.toString().padStart(cells, '0');
  const comma = text.length - dial.decimals;
  const whole = text.slice(0, comma).replace(/\B(?=(\d{3})+$)/g, '\u00a0');
  return {
    whole,
    red: dial.decimals ? `,${text.slice(comma)}` : '',
    unit: quantityParts(0, dial.unit).unit,
  };
}
