/** What may be told about a group: quartiles, a rank as a range, a coarse picture. */
import { mean, quantile } from '../statistics.ts';

export type Described = {
  readonly mean: number;
  readonly quartiles: readonly [number, number, number];
  /** Upper end of the thriftiest fifth. */
  readonly efficient: number;
  readonly bins: readonly { readonly from: number; readonly to: number; readonly homes: number }[];
};

const BINS = 12;
/** An end of the picture that shows fewer homes would show a home. */
const LEAST_IN_END = 3;

export function describeGroup(values: readonly number[]): Described {
  const at = (q: number): number => Math.round(quantile(values, q));
  return {
    mean: Math.round(mean(values)),
    quartiles: [at(0.25), at(0.5), at(0.75)],
    efficient: at(0.2),
    bins: binsOf(values),
  };
}

function binsOf(values: readonly number[]): Described['bins'] {
  const sorted = [...values].sort((a, b) => a - b);
  // The ends are cut where three homes lie outside, so that neither extreme can be read off.
  const low = sorted[LEAST_IN_END - 1]!;
  const high = sorted[sorted.length - LEAST_IN_END]!;
  const width = Math.max(1, Math.ceil((high - low) / BINS));
  const bins = Array.from({ length: BINS }, (_, i) => ({
    from: low + i * width,
    to: low + (i + 1) * width,
    homes: 0,
  }));
  for (const value of sorted) {
    const i = Math.min(BINS - 1, Math.max(0, Math.floor((value - low) / width)));
    bins[i]!.homes++;
  }
  while (bins.length > 3 && bins.at(-1)!.homes < LEAST_IN_END) {
    const cut = bins.pop()!;
    bins.at(-1)!.to = cut.to;
    bins.at(-1)!.homes += cut.homes;
  }
  return bins;
}

/** Relative error of a meter's month by resource: class B and 2 at ordinary flows. */
const METER_ERROR: Readonly<Record<string, number>> = {
  electricity: 0.02,
  gas: 0.03,
  heat: 0.05,
};

/** Own value with the error of its meter: as wide as what we do not know. */
export function ownRange(
  value: number,
  resource: string,
): { value: number; low: number; high: number } {
  const error = METER_ERROR[resource] ?? 0.04;
  return {
    value,
    low: Math.round(value * (1 - error)),
    high: Math.round(value * (1 + error)),
  };
}

/** Place from the thriftiest, never narrower than a tenth of the group. */
export function rankBand(
  values: readonly number[],
  own: { readonly low: number; readonly high: number },
): { from: number; to: number; of: number } {
  const of = values.length;
  let from = Math.min(of, values.filter((value) => value < own.low).length + 1);
  let to = Math.max(from, values.filter((value) => value <= own.high).length);
  const width = Math.ceil(of / 10);
  while (to - from + 1 < width) {
    if (from > 1) from--;
    if (to - from + 1 < width && to < of) to++;
  }
  return { from, to, of };
}
