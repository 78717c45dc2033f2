/**
 * What a pulse may weigh, and how many pulses a dial needs to tell one weight from another.
 *
 * It knows the weights that outputs are sold with and the arithmetic of two looks at a dial; it
 * knows no device and no verdict (install-proof.ts). The meter step offers the same weights.
 *
 * A dial is read to whole steps `s`, so its movement is off by less than `s`; a count of pulses of
 * weight `w` is off by less than `w`. A dial therefore agrees with `n` pulses of weight `p` when
 * `|moved - n*p| <= s + p`, and every other weight `w` shows for certain once
 * `n * |p - w| >= 2*s + p + w`.
 */
import {
  addDecimal,
  compareDecimal,
  decimal,
  formatDecimal,
  multiplyDecimal,
  subtractDecimal,
  toNumber,
  type Decimal,
} from '#lib/base/decimal.ts';
import type { Resource } from './resource.ts';

/** Litres per pulse as printed on water meters, in m³. */
const WATER: readonly Decimal[] = [
  decimal(1, -4),
  decimal(25, -5),
  decimal(5, -4),
  decimal(1, -3),
  decimal(25, -4),
  decimal(5, -3),
  decimal(1, -2),
  decimal(25, -3),
  decimal(1, -1),
  decimal(1, 0),
];

/** Weights that pulse outputs are sold with, in dial units (m³ or kWh). */
export const PULSE_WEIGHTS: Readonly<Record<Resource, readonly Decimal[]>> = {
  'cold-water': WATER,
  'hot-water': WATER,
  // 100, 10 and 1 imp/m³, and the electronic ones of 1000.
  gas: [decimal(1, -3), decimal(1, -2), decimal(1, -1), decimal(1, 0)],
  // 10000, 6400, 5000, 3200, 2000, 1600, 1000, 800, 500, 100, 10 and 1 imp/kWh.
  electricity: [
    decimal(1, -4),
    decimal(15_625, -8),
    decimal(2, -4),
    decimal(3125, -7),
    decimal(5, -4),
    decimal(625, -6),
    decimal(1, -3),
    decimal(125, -5),
    decimal(2, -3),
    decimal(1, -2),
    decimal(1, -1),
    decimal(1, 0),
  ],
  heat: [decimal(1, -3), decimal(1, -2), decimal(1, -1), decimal(1, 0), decimal(10), decimal(100)],
};

/** The commonest weight of each resource, as decimal text in dial units. */
const USUAL: Readonly<Record<Resource, string>> = {
  'cold-water': '0.001',
  'hot-water': '0.001',
  gas: '0.01',
  electricity: '0.001',
  heat: '1',
};

/** `chosen` where the resource knows it, else its commonest weight. */
export const usualWeight = (resource: Resource, chosen: string): string =>
  PULSE_WEIGHTS[resource].some((weight) => formatDecimal(weight) === chosen)
    ? chosen
    : USUAL[resource];

/** Fewer pulses may be a neighbour's stray ones. */
export const MIN_PULSES = 3;
/** Weights at least this many times bigger or smaller are told apart for certain. */
const SURE_RATIO = 2.5;

export type DialCount = {
  readonly resource: Resource;
  readonly weight: Decimal;
  /** Digits after the point on the dial. */
  readonly decimals: number;
};

/**
 * Pulses after which the dial shows every other weight of the resource that is 2.5 times away or
 * more; a nearer one is told when the dial happens to show it.
 */
export function pulsesNeeded({ resource, weight, decimals }: DialCount): number {
  const p = toNumber(weight);
  const s = 10 ** -decimals;
  const needed = PULSE_WEIGHTS[resource].map((other) => {
    const w = toNumber(other);
    const isNear = Math.max(p, w) / Math.min(p, w) < SURE_RATIO - 1e-9;
    return p <= 0 || isNear ? 0 : Math.ceil((2 * s + p + w) / Math.abs(p - w) - 1e-9);
  });
  return Math.max(MIN_PULSES, ...needed);
}

/** Whether a dial that moved by `moved` agrees with this many pulses. */
export function agreesWithDial(moved: Decimal, pulses: number, of: DialCount): boolean {
  const counted = multiplyDecimal(of.weight, decimal(pulses));
  const slack = addDecimal(of.weight, decimal(1, -of.decimals));
  const difference = subtractDecimal(moved, counted);
  const size = difference.units < 0n ? { ...difference, units: -difference.units } : difference;
  return compareDecimal(size, slack) <= 0;
}

/** The sold weight that fits the dial best; null when none does. */
export function weightThatFits(moved: Decimal, pulses: number, of: DialCount): Decimal | null {
  const off = (weight: Decimal): number => Math.abs(toNumber(moved) - pulses * toNumber(weight));
  const fitting = PULSE_WEIGHTS[of.resource]
    .filter((weight) => agreesWithDial(moved, pulses, { ...of, weight }))
    .sort((a, b) => off(a) - off(b));
  return fitting[0] ?? null;
}
