/**
 * Whether two captures of one register can both be true.
 *
 * It knows dials, time and the usual use; it knows no table and nobody's name. The server calls it
 * when a capture arrives, so that a person at the desk sees both side by side.
 */
import { DAY_MS, type Instant } from '#lib/base/interval.ts';

export type DisputeKind = 'lower' | 'too-far' | 'same-instant';

export type Capture = { readonly at: Instant; readonly value: bigint };

/** Integers in register scale a day: usual 10th and 90th percentile; null = unknown. */
export type UsualPerDay = readonly [bigint, bigint] | null;

/** One whole unit of the dial (kWh or m3): a person may round the last digits away. */
export const DIAL_UNIT = 1000n;
/** More than this many times the usual heavy day is not explained by living. */
const TIMES_USUAL = 3n;
/** A meter of which nothing is known may use this much a day. */
const UNKNOWN_PER_DAY = 10n * DIAL_UNIT;

/** `a` is not later than `b`. Null: time explains the difference. */
export function judgePair(a: Capture, b: Capture, usual: UsualPerDay): DisputeKind | null {
  const gap = b.value - a.value;
  if (a.at === b.at) return gap === 0n ? null : 'same-instant';
  if (gap < -DIAL_UNIT) return 'lower';
  const perDay = usual ? usual[1] * TIMES_USUAL : UNKNOWN_PER_DAY;
  const allowed = DIAL_UNIT + (perDay * BigInt(b.at - a.at)) / BigInt(DAY_MS);
  return gap > allowed ? 'too-far' : null;
}

export type Told = Capture & {
  /** Names who captured it and how: the same mouth does not contradict itself. */
  readonly by: string;
};

/** Captures further apart than this belong to two periods of reading. */
export const PERIOD_MS = 15 * DAY_MS;

export type Pair<T> = { readonly a: T; readonly b: T; readonly kind: DisputeKind };

/** Pairs of different mouths within one period that cannot both be true; one of each is `fresh`. */
export function findPairs<T extends Told>(
  told: readonly T[],
  fresh: (one: T) => boolean,
  usual: UsualPerDay,
): Pair<T>[] {
  const sorted = [...told].sort((x, y) => x.at - y.at);
  return sorted.flatMap((a, i) =>
    sorted.slice(i + 1).flatMap((b): Pair<T>[] => {
      if (b.at - a.at > PERIOD_MS || a.by === b.by || !(fresh(a) || fresh(b))) return [];
      const kind = judgePair(a, b, usual);
      return kind ? [{ a, b, kind }] : [];
    }),
  );
}
