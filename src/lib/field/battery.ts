/**
 * How long a phone's battery still lasts, in hours. Knows the browser's own figure and, where it
 * says none, how fast the level fell since the app was opened. Pure; the field app keeps samples.
 */
import { HOUR_MS, MINUTE_MS, type Instant } from '#lib/base/interval.ts';

/** `level` from 0 to 1. */
export type BatterySample = { readonly at: Instant; readonly level: number };

/** Less fall or less time than this says nothing: levels come in whole per cents. */
const LEAST_FALL = 0.03;
const LEAST_MS = 15 * MINUTE_MS;
/** Longer than a working day: the figure would only be a promise. */
const MOST_HOURS = 24;

/**
 * Null while it charges, or while nothing is known. `dischargingS`: the browser's own figure in
 * seconds, Infinity when it has none (Battery Status API).
 */
export function hoursLeft(
  samples: readonly BatterySample[],
  { charging, dischargingS }: { readonly charging: boolean; readonly dischargingS: number },
): number | null {
  if (charging) return null;
  const own = Number.isFinite(dischargingS) && dischargingS > 0 ? dischargingS / 3600 : null;
  const hours = own ?? fromFall(samples);
  return hours === null || hours > MOST_HOURS ? null : hours;
}

function fromFall(samples: readonly BatterySample[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) return null;
  const [fall, took] = [first.level - last.level, last.at - first.at];
  if (fall < LEAST_FALL || took < LEAST_MS) return null;
  return (last.level / fall) * (took / HOUR_MS);
}
