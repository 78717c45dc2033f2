/**
 * Numbers in pieces: figure and unit apart, so that a screen may set the unit smaller. Values come
 * exact (base/decimal.ts) and are rounded here, once, for the eye only. Knows the precision rules
 * of design.md 9: kWh without decimals from ten, m³ two decimals.
 */
import { decimal, formatDecimal, rescale, toNumber, type Decimal } from '#lib/base/decimal.ts';
import { m } from './paraglide/messages.js';
import { languageTag } from './locale.ts';

/** What a quantity may be measured in on the wire; `Gcal` exists on screens alone. */
export type Unit = 'Wh' | 'm3' | 'degC' | 'm3/h' | 'W' | '' | 'Gcal';
export type Parts = { readonly number: string; readonly unit: string };
/** A quantity of lib/contract: `units * 10^scale`. */
export type Quantity = { readonly units: number | bigint; readonly scale: number };
export type Value = Decimal | Quantity | number;
export type NumberOptions = {
  /** Exactly so many digits after the comma. */
  decimals?: number;
  /** A sign also for numbers above zero. */
  signed?: boolean;
};

const formats = new Map<string, Intl.NumberFormat>();
function numberFormat(decimals: number, signed: boolean): Intl.NumberFormat {
  const key = `${languageTag()} ${decimals} ${signed}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(languageTag(), {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      signDisplay: signed ? 'exceptZero' : 'negative',
      useGrouping: true,
    });
    formats.set(key, format);
  }
  return format;
}

/** Floats come from charts and statistics only; twelve digits are far below what is drawn. */
export const exact = (value: Value): Decimal =>
  typeof value === 'number'
    ? decimal(BigInt(Math.round(value * 1e6)), -6)
    : { units: BigInt(value.units), scale: value.scale };

/** `1 840,5` with U+00A0 and U+2212; rounds half away from zero as invoices do. */
export function numberText(value: Value, { decimals = 0, signed = false }: NumberOptions = {}) {
  const rounded = rescale(exact(value), -decimals);
  // Decimal strings keep every digit; the declaration of TypeScript's library lags behind.
  const text = formatDecimal(rounded) as unknown as number;
  return numberFormat(decimals, signed)
    .format(text)
    .replace(/[\u202f\u0020]/g, '\u00a0')
    .replace('-', '\u2212');
}

/** The calorie of the steam tables: 1 Gcal = 1 163 000 Wh exactly. */
const WH_PER_GCAL = 1_163_000;

const abs = (value: Decimal): number => Math.abs(toNumber(value));

/** None from ten on; two where an hour of a home is a fraction of one. */
const kwhDecimals = (kwh: number): number =>
  kwh >= 9.95 || kwh === 0 ? 0 : kwh >= 0.995 ? 1 : 2;

/** The figure and the unit as a person reads them: Wh become kWh, a trickle becomes l/h. */
export function quantityParts(value: Value, unit: Unit, options: NumberOptions = {}): Parts {
  const v = exact(value);
  const shifted = { units: v.units, scale: v.scale - 3 };
  const show = (x: Decimal, decimals: number, name: string): Parts => ({
    number: numberText(x, { decimals, ...options }),
    unit: name,
  });
  switch (unit) {
    case 'Wh':
      return show(shifted, kwhDecimals(abs(shifted)), m.common_unit_kwh());
    case 'Gcal':
      return show(exact(toNumber(v) / WH_PER_GCAL), 2, m.common_unit_gcal());
    case 'm3':
      return show(v, 2, m.common_unit_m3());
    case 'degC':
      return show(v, 1, '°C');
    case 'm3/h':
      return abs(v) < 1
        ? show({ units: v.units, scale: v.scale + 3 }, 0, m.common_unit_lh())
        : show(v, 2, m.common_unit_m3h());
    case 'W':
      return abs(v) < 1000 ? show(v, 0, m.common_unit_w()) : show(shifted, 1, m.common_unit_kw());
    case '':
      return show(v, 0, '');
  }
}
