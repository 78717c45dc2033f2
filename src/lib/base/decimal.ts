/**
 * Exact decimals: an integer and a power of ten. Money and register values never become floats on
 * their way from byte to invoice. Knows no unit. Anyone may call it.
 */
import { fault, ok, type Result } from './result.ts';

/** The number `units * 10^scale`. `{ units: 1204317n, scale: -3 }` is 1204.317. */
export type Decimal = { readonly units: bigint; readonly scale: number };

export const decimal = (units: bigint | number, scale = 0): Decimal => ({
  units: BigInt(units),
  scale,
});

const pow10 = (n: number): bigint => 10n ** BigInt(n);

/** Reads `-1204.317` or `1204,317`; no grouping, no exponent. Errors: `bad_number`. */
export function parseDecimal(text: string): Result<Decimal> {
  const m = /^([+-]?)(\d{1,30})(?:[.,](\d{1,18}))?$/.exec(text.trim());
  if (!m) return fault('bad_number', `"${text.slice(0, 40)}" is not a decimal number.`);
  const fraction = m[3] ?? '';
  const units = BigInt(m[2]! + fraction);
  return ok({ units: m[1] === '-' ? -units : units, scale: fraction ? -fraction.length : 0 });
}

/** Plain text with a point, keeping trailing zeros of the scale: `1204.300`. */
export function formatDecimal({ units, scale }: Decimal): string {
  if (scale >= 0) return (units * pow10(scale)).toString();
  const digits = (units < 0n ? -units : units).toString().padStart(1 - scale, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, scale)}.${digits.slice(scale)}`;
}

/**
 * The same number with another scale. Digits that fall off are rounded half away from zero, which
 * is what invoices do; `exact` tells whether none did.
 */
export function rescale(value: Decimal, scale: number): Decimal & { exact: boolean } {
  if (scale <= value.scale) {
    return { units: value.units * pow10(value.scale - scale), scale, exact: true };
  }
  const by = pow10(scale - value.scale);
  const abs = value.units < 0n ? -value.units : value.units;
  const rounded = (abs + by / 2n) / by;
  return {
    units: value.units < 0n ? -rounded : rounded,
    scale,
    exact: abs % by === 0n,
  };
}

export function addDecimal(a: Decimal, b: Decimal): Decimal {
  const scale = Math.min(a.scale, b.scale);
  return { units: rescale(a, scale).units + rescale(b, scale).units, scale };
}

export const negate = (a: Decimal): Decimal => ({ units: -a.units, scale: a.scale });
export const subtractDecimal = (a: Decimal, b: Decimal): Decimal => addDecimal(a, negate(b));
export const multiplyDecimal = (a: Decimal, b: Decimal): Decimal => ({
  units: a.units * b.units,
  scale: a.scale + b.scale,
});

/** Negative, zero or positive as `a` is below, equal to or above `b`. */
export function compareDecimal(a: Decimal, b: Decimal): number {
  const d = subtractDecimal(a, b).units;
  return d < 0n ? -1 : d > 0n ? 1 : 0;
}

/** For charts and statistics only; never on the way to a bill. */
export const toNumber = ({ units, scale }: Decimal): number => Number(`${units}e${scale}`);
