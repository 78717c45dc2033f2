/**
 * Whether a reading can be true, in the four cases a person can check at the meter.
 *
 * It knows the last values, the usual use of this meter and where its dial turns over; it blocks
 * nothing and knows no words. Keypad, radio and optical use cases call it.
 */
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { dialSpan, type Dial } from './dial.ts';

/** Codes that travel with the reading (`flags` of fieldsync/1). */
export type DoubtCase = 'equal' | 'lower' | 'rollover' | 'too-high' | 'too-low';

export type Doubt = {
  readonly code: DoubtCase;
  /** Since the last value, in the register's scale; after a turn of the dial for `rollover`. */
  readonly used: bigint;
  /** The same per thirty days; what the sentence names. */
  readonly usedPerMonth: bigint;
  /** Usual use of thirty days, low and high; null when the meter has no history of use. */
  readonly usualPerMonth: readonly [bigint, bigint] | null;
  readonly before: { readonly at: Instant; readonly value: bigint };
};

export type MeterPast = Dial & {
  /** Newest first, integers in the register's scale as text (contract/round.ts). */
  readonly history: readonly (readonly [number, string])[];
  readonly usualPerDay: readonly [string, string] | null;
};

const MONTH_DAYS = 30n;
/** Between the usual high and this multiple lies a party, a leak or a guest: no doubt yet. */
const HIGH_FACTOR = 3n;
const LOW_FACTOR = 4n;
/** A day of use counts before anything is too little: a quick second look is not a doubt. */
const MIN_AGE_MS = 2 * DAY_MS;

/** Null: nothing odd, or nothing known to compare with. */
export function doubtOf(meter: MeterPast, value: bigint, at: Instant): Doubt | null {
  const last = meter.history[0];
  if (!last) return null;
  const before = { at: last[0], value: BigInt(last[1]) };
  const ageMs = BigInt(Math.max(DAY_MS / 24, at - before.at));
  const rate = ratesOf(meter);
  const code = caseOf({ meter, value, before: before.value, ageMs, rate });
  if (!code) return null;
  const turned = code === 'rollover' ? dialSpan(meter) : 0n;
  const used = value + turned - before.value;
  return {
    code,
    used,
    usedPerMonth: (used * MONTH_DAYS * BigInt(DAY_MS)) / ageMs,
    usualPerMonth: rate && [rate[0] * MONTH_DAYS, rate[1] * MONTH_DAYS],
    before,
  };
}

type Question = {
  readonly meter: MeterPast;
  readonly value: bigint;
  readonly before: bigint;
  readonly ageMs: bigint;
  readonly rate: readonly [bigint, bigint] | null;
};

function caseOf({ meter, value, before, ageMs, rate }: Question): DoubtCase | null {
  const used = value - before;
  const day = BigInt(DAY_MS);
  const most = rate && (rate[1] * HIGH_FACTOR * ageMs) / day + slackOf(meter);
  if (used < 0n) {
    const turned = used + dialSpan(meter);
    return turned <= (most ?? dialSpan(meter) / 50n) ? 'rollover' : 'lower';
  }
  if (most !== null && used > most) return 'too-high';
  if (!rate || ageMs < BigInt(MIN_AGE_MS)) return null;
  const least = (rate[0] * ageMs) / day / LOW_FACTOR;
  if (used === 0n) return least > 0n ? 'equal' : null;
  return used < least ? 'too-low' : null;
}

/** Half a cubic metre or five kilowatt-hours: a smaller jump is a kettle, not a misread digit. */
const slackOf = (meter: MeterPast): bigint => {
  const one = dialSpan(meter) / 10n ** BigInt(meter.digits);
  return meter.register <= 9 || meter.register === 13 ? 5n * one : one / 2n;
};

/** Low and high use per day: as the server says, else from the meter's own past. */
function ratesOf(meter: MeterPast): readonly [bigint, bigint] | null {
  if (meter.usualPerDay) return [BigInt(meter.usualPerDay[0]), BigInt(meter.usualPerDay[1])];
  const rates: bigint[] = [];
  for (let i = 0; i + 1 < meter.history.length; i++) {
    const [at, value] = meter.history[i]!;
    const [since, then] = meter.history[i + 1]!;
    const used = BigInt(value) - BigInt(then);
    if (at > since && used >= 0n) rates.push((used * BigInt(DAY_MS)) / BigInt(at - since));
  }
  if (rates.length < 3) return null;
  rates.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return [rates[0]!, rates[rates.length - 1]!];
}
