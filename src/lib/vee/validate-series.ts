/**
 * Rules over hourly register values: gaps, steps back, spikes, standstill, clock drift
 * (analytics.md 4). Slots without a value are NaN. Findings name half-open slot ranges of hourly
 * use: slot i is the hour between value i and value i + 1.
 */
import { MINUTE_MS, type Instant } from '#lib/base/interval.ts';

export type SeriesFinding = {
  readonly code: 'gap' | 'negative' | 'rollover' | 'spike' | 'stuck' | 'constant';
  readonly fromSlot: number;
  readonly toSlot: number;
  /** Hours missing, units jumped, or the size of the spike, in register units. */
  readonly amount: number;
};

export type SeriesOptions = {
  /** Value at which the register starts again from zero; null = never. */
  readonly modulus: number | null;
  /** Hours of zero after live history that mean "standing still". */
  readonly stuckHours?: number;
};

const SPIKE_RATIO = 1.8;
const CONSTANT_HOURS = 6;

/** Hourly use between neighbouring values; NaN where one of them is missing. */
export function hourlyUse(values: ArrayLike<number>): Float64Array {
  const use = new Float64Array(Math.max(0, values.length - 1));
  for (let i = 0; i < use.length; i++) use[i] = values[i + 1]! - values[i]!;
  return use;
}

export function validateSeries(
  values: ArrayLike<number>,
  { modulus, stuckHours = 72 }: SeriesOptions,
): SeriesFinding[] {
  const use = hourlyUse(values);
  const findings = [...findGaps(values), ...findSteps(use, modulus), ...findSpikes(use)];
  const [zeros, others] = findRuns(use, stuckHours);
  return [...findings, ...zeros, ...others].sort((a, b) => a.fromSlot - b.fromSlot);
}

function findGaps(values: ArrayLike<number>): SeriesFinding[] {
  const found: SeriesFinding[] = [];
  let from = -1;
  let live = false;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) {
      if (live && from < 0) from = i;
      continue;
    }
    // What lies before the first value is no gap: the meter was not there.
    live = true;
    if (from >= 0) found.push({ code: 'gap', fromSlot: from, toSlot: i, amount: i - from });
    from = -1;
  }
  return found;
}

function findSteps(use: Float64Array, modulus: number | null): SeriesFinding[] {
  const found: SeriesFinding[] = [];
  for (let i = 0; i < use.length; i++) {
    if (!(use[i]! < 0)) continue;
    // Half the dial in one hour can only be the dial's end.
    const round = modulus !== null && use[i]! < -modulus / 2;
    found.push({
      code: round ? 'rollover' : 'negative',
      fromSlot: i,
      toSlot: i + 1,
      amount: round ? use[i]! + modulus : -use[i]!,
    });
  }
  return found;
}

/** (P1 - P3) / P3 > 1.8 for the two largest hours of a day around it, and above the 99.9th part. */
function findSpikes(use: Float64Array): SeriesFinding[] {
  const known = use.filter((x) => x > 0).sort();
  if (known.length < 200) return [];
  const limit = known[Math.floor(known.length * 0.999)]!;
  const found: SeriesFinding[] = [];
  for (let i = 0; i < use.length; i++) {
    if (!(use[i]! > limit)) continue;
    const near = use.slice(Math.max(0, i - 12), i + 13).filter((x) => x >= 0);
    near.sort().reverse();
    const third = near[2] ?? 0;
    if (third > 0 && (near[0]! - third) / third > SPIKE_RATIO && near[0] === use[i]) {
      found.push({ code: 'spike', fromSlot: i, toSlot: i + 1, amount: use[i]! });
    }
  }
  return found;
}

/** Runs of one repeated value: zeros that began after use, and a constant flow that is not zero. */
function findRuns(use: Float64Array, stuckHours: number): [SeriesFinding[], SeriesFinding[]] {
  const zeros: SeriesFinding[] = [];
  const others: SeriesFinding[] = [];
  let from = 0;
  let live = false;
  for (let i = 1; i <= use.length; i++) {
    // An hour that was not delivered ends no run: the register stands the same behind it.
    if (i < use.length && (use[i] === use[from] || Number.isNaN(use[i]!))) continue;
    const hours = i - from;
    const run = { fromSlot: from, toSlot: i, amount: use[from]! };
    if (use[from] === 0 && live && hours > stuckHours) zeros.push({ code: 'stuck', ...run });
    if (use[from]! > 0 && hours >= CONSTANT_HOURS) others.push({ code: 'constant', ...run });
    live ||= use[from]! > 0;
    from = i;
  }
  return [zeros, others];
}

/** A device clock against the time of receipt: 60 s is worth a note, 3 minutes make dates wrong. */
export function validateClock(
  deviceAt: Instant,
  receivedAt: Instant,
): { level: 'accept' | 'note' | 'doubt'; driftMs: number } {
  const driftMs = deviceAt - receivedAt;
  const abs = Math.abs(driftMs);
  const level = abs > 3 * MINUTE_MS ? 'doubt' : abs > MINUTE_MS ? 'note' : 'accept';
  return { level, driftMs };
}
