/**
 * Estimation of missing hours. What the register says about the total is never changed: an estimate
 * spreads it, to the last unit (analytics.md 4). Values are integers in register units, missing
 * ones NaN; the raw series is left alone.
 */
import { assert } from '#lib/base/assert.ts';

export const HOURS_OF_WEEK = 168;
const PROFILE_WEEKS = 4;
/** Up to here a straight line is as good as anything and needs no history. */
export const LINEAR_HOURS = 2;

export type Estimate = {
  /** Register values with the gap filled. */
  readonly values: Float64Array;
  readonly method: 'linear' | 'profile' | 'even';
};

/**
 * Mean use by hour of the week from the four weeks before `beforeSlot`. `firstHour` is the hour of
 * the week (0 = Monday 00:00) of slot 0. Hours never seen are 0.
 */
export function hourOfWeekProfile(
  use: ArrayLike<number>,
  { beforeSlot, firstHour }: { beforeSlot: number; firstHour: number },
): Float64Array {
  const sum = new Float64Array(HOURS_OF_WEEK);
  const count = new Uint16Array(HOURS_OF_WEEK);
  const from = Math.max(0, beforeSlot - PROFILE_WEEKS * HOURS_OF_WEEK);
  for (let i = from; i < beforeSlot; i++) {
    const x = use[i]!;
    if (!(x >= 0)) continue;
    const hour = (firstHour + i) % HOURS_OF_WEEK;
    sum[hour]! += x;
    count[hour]!++;
  }
  for (let h = 0; h < HOURS_OF_WEEK; h++) if (count[h]! > 0) sum[h]! /= count[h]!;
  return sum;
}

/** Splits an integer `total` by `weights`; the parts are integers and add up to it exactly. */
export function spreadTotal(total: number, weights: ArrayLike<number>): number[] {
  assert(Number.isSafeInteger(total) && total >= 0, 'a total to spread is a whole number');
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]!;
  const parts: number[] = [];
  let done = 0;
  let reached = 0;
  for (let i = 0; i < weights.length; i++) {
    reached += sum > 0 ? weights[i]! / sum : 1 / weights.length;
    // Rounding the running sum, not the parts, keeps every prefix within half a unit of the curve.
    const upTo = i === weights.length - 1 ? total : Math.round(total * reached);
    parts.push(upTo - done);
    done = upTo;
  }
  return parts;
}

/**
 * Fills every inner gap of `values`: both ends are known, so the total is. Gaps of two hours become
 * a line, longer ones follow the four weeks before.
 */
export function estimateGaps(values: ArrayLike<number>, firstHour: number): Estimate[] {
  const estimates: Estimate[] = [];
  const filled = Float64Array.from(values);
  const use = new Float64Array(Math.max(0, filled.length - 1));
  for (let i = 0; i < use.length; i++) use[i] = values[i + 1]! - values[i]!;
  for (let i = 1; i < filled.length; i++) {
    if (!Number.isNaN(filled[i]!) || Number.isNaN(filled[i - 1]!)) continue;
    let end = i;
    while (end < filled.length && Number.isNaN(filled[end]!)) end++;
    if (end === filled.length || filled[end]! < filled[i - 1]!) continue;
    const method = fillOne(filled, { from: i - 1, to: end, use, firstHour });
    estimates.push({ values: filled, method });
  }
  return estimates;
}

function fillOne(
  filled: Float64Array,
  gap: { from: number; to: number; use: Float64Array; firstHour: number },
): Estimate['method'] {
  const { from, to, use, firstHour } = gap;
  const hours = to - from;
  const total = filled[to]! - filled[from]!;
  let weights: number[] = new Array(hours).fill(1);
  let method: Estimate['method'] = hours <= LINEAR_HOURS + 1 ? 'linear' : 'even';
  if (method === 'even') {
    const profile = hourOfWeekProfile(use, { beforeSlot: from, firstHour });
    const shape = weights.map((_, k) => profile[(firstHour + from + k) % HOURS_OF_WEEK]!);
    if (shape.some((x) => x > 0)) [weights, method] = [shape, 'profile'];
  }
  const parts = spreadTotal(total, weights);
  for (let k = 1; k < hours; k++) filled[from + k] = filled[from + k - 1]! + parts[k - 1]!;
  return method;
}
