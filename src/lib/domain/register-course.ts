/**
 * From what a register showed to what went through it: rollover, exchange, reset and glitch must
 * never look like consumption.
 *
 * Knows monotone counters with a dial of limited length; knows no zone, no table and no screen.
 * Consumption (usage.ts) is built on it. Values are safe integers in the register's scale.
 */
import { assert } from '#lib/base/assert.ts';
import type { Instant } from '#lib/base/interval.ts';

/** Readings of one register as two columns, by time, each instant once. */
export type Series = {
  readonly at: ArrayLike<Instant>;
  readonly value: ArrayLike<number>;
};

/** A stretch without a break: `sum` is what went through since its first instant, never falling. */
export type Course = { readonly at: readonly Instant[]; readonly sum: readonly number[] };

/** A fall of the register that is longer than this many readings is a reset, not a glitch. */
const GLITCH_READINGS = 48;
/** A wrapped difference above this share of the dial is a reset, not a rollover. */
const ROLLOVER_SHARE = 0.1;

/**
 * Splits a register's readings into stretches of known consumption. `modulus` is where the dial
 * rolls over (dial.ts), null when it does not.
 *
 * When a value falls below the one before it:
 * 1. a single value above both its neighbours was the wrong one: it is left out;
 * 2. near the end of the dial it is a rollover: the wrapped difference counts;
 * 3. low values that soon return to where they were are a glitch: they are left out;
 * 4. otherwise the register was reset: nothing is known of that interval, a new stretch begins.
 */
export function courseOf(series: Series, modulus: number | null): Course[] {
  assert(series.at.length === series.value.length, 'a series has a value an instant');
  const courses: Course[] = [];
  let draft = start(series, 0);
  for (let i = 1; i < series.at.length; i++) {
    const value = series.value[i]!;
    if (value >= draft.last) push(draft, series.at[i]!, value);
    else if (isSpike(draft, value)) {
      drop(draft);
      push(draft, series.at[i]!, value);
    } else if (isRollover(draft.last, value, modulus)) {
      draft.offset += modulus!;
      push(draft, series.at[i]!, value);
    } else {
      const back = glitchEnd(series, i, draft.last);
      if (back > 0) i = back - 1;
      else {
        courses.push(draft);
        draft = start(series, i);
      }
    }
  }
  if (series.at.length > 0) courses.push(draft);
  return courses;
}

type Draft = { at: Instant[]; sum: number[]; first: number; last: number; offset: number };

const start = (series: Series, i: number): Draft => ({
  at: i < series.at.length ? [series.at[i]!] : [],
  sum: i < series.at.length ? [0] : [],
  first: series.value[i] ?? 0,
  last: series.value[i] ?? 0,
  offset: 0,
});

function push(draft: Draft, at: Instant, value: number): void {
  draft.at.push(at);
  draft.sum.push(value + draft.offset - draft.first);
  draft.last = value;
}

function drop(draft: Draft): void {
  draft.at.pop();
  draft.sum.pop();
}

/** True when the last value stands above both the one before it and the one after it. */
function isSpike(draft: Draft, value: number): boolean {
  const n = draft.sum.length;
  return n >= 2 && value + draft.offset - draft.first >= draft.sum[n - 2]!;
}

const isRollover = (last: number, value: number, modulus: number | null): boolean =>
  modulus !== null && last < modulus && value + modulus - last <= ROLLOVER_SHARE * modulus;

/** Index of the first reading back at `level`, or 0 when the low values are a new course. */
function glitchEnd(series: Series, from: number, level: number): number {
  const first = series.value[from]!;
  const limit = Math.min(series.at.length, from + GLITCH_READINGS);
  for (let i = from + 1; i < limit; i++) {
    if (series.value[i]! < level) continue;
    // A register that counts its way back was reset; one that jumps back had a glitch.
    return series.value[i - 1]! - first <= (level - first) / 2 ? i : 0;
  }
  return 0;
}
