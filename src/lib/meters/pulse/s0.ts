/**
 * The pulse wire itself: S0 outputs of electricity meters (EN 62053-31:1998) and switches of water
 * and gas meters with line supervision (NAMUR, EN 60947-5-6:2000). Knows levels, lengths and
 * currents, no module. Called by the simulated wire and whoever samples an input.
 */
import { decimal, type Decimal } from '#lib/base/decimal.ts';

export type LineState = 'wire-break' | 'open' | 'closed' | 'short-circuit';

/** Currents of a supervised switch in microamperes (EN 60947-5-6:2000 clause 8.2). */
const BREAK_UA = 150;
const OPEN_UA = 1200;
const CLOSED_UA = 2100;
const SHORT_UA = 6500;

/**
 * State of a supervised wire. Between 1.2 and 2.1 mA the state is the one before, so that a slow
 * edge is one edge.
 */
export function lineStateOf(current_ua: number, before: LineState): LineState {
  if (current_ua < BREAK_UA) return 'wire-break';
  if (current_ua > SHORT_UA) return 'short-circuit';
  if (current_ua <= OPEN_UA) return 'open';
  if (current_ua >= CLOSED_UA) return 'closed';
  return before === 'closed' ? 'closed' : 'open';
}

/** EN 62053-31:1998 clause 4.2: a pulse and a pause last 30 ms at least. */
export const SHORTEST_MS = 30;

export type PulseCount = {
  readonly pulses: number;
  /** Bounces and disturbances that were too short to be a pulse. */
  readonly ignored: number;
  readonly state: LineState;
  /** When the line took this state, and whether the pulse it belongs to is counted already. */
  readonly since: number;
  readonly isCounted: boolean;
};

export const startCount = (at: number): PulseCount => ({
  pulses: 0,
  ignored: 0,
  state: 'open',
  since: at,
  isCounted: false,
});

/**
 * One sample of the wire at `at` (milliseconds, never falling). A pulse counts when the wire has
 * been closed for 30 ms; a break or a short circuit is no edge, whatever was before it.
 */
export function countSample(count: PulseCount, state: LineState, at: number): PulseCount {
  const lasted = at - count.since;
  const isLong = count.state === 'closed' && !count.isCounted && lasted >= SHORTEST_MS;
  const counted = isLong ? { ...count, pulses: count.pulses + 1, isCounted: true } : count;
  if (state === counted.state) return counted;
  const isBounce = counted.state === 'closed' && !counted.isCounted;
  // A pause that was too short belongs to the pulse before it, which is counted once.
  const isPause = state === 'open' && counted.state === 'closed';
  const isSamePulse = state === 'closed' && counted.state === 'open' && lasted < SHORTEST_MS;
  return {
    ...counted,
    ignored: counted.ignored + (isBounce ? 1 : 0),
    state,
    since: at,
    isCounted: (isPause || isSamePulse) && counted.isCounted,
  };
}

/** Weight of one pulse in kWh, from the meter's constant in pulses per kWh (its name plate). */
export function weightOf(pulsesPerKwh: number): Decimal | null {
  if (!Number.isInteger(pulsesPerKwh) || pulsesPerKwh <= 0) return null;
  // Nine places: constants that divide no power of ten, as 96, are never worth more.
  const PLACES = 9;
  const scaled = 10n ** BigInt(PLACES);
  const units = (scaled + BigInt(pulsesPerKwh) / 2n) / BigInt(pulsesPerKwh);
  return decimal(units, -PLACES);
}

const MS_PER_HOUR = 3_600_000;

/** Mean power in watts between two pulses; null when they coincide. */
export function powerBetween(pulsesPerKwh: number, gap_ms: number): number | null {
  if (gap_ms <= 0 || pulsesPerKwh <= 0) return null;
  return (1000 * MS_PER_HOUR) / (pulsesPerKwh * gap_ms);
}
