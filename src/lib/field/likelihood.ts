/**
 * Which meter a person in the stairwell stands at next.
 *
 * It knows walking order, floors and what the receiver hears; it guesses and never hides a meter.
 * The round's screen calls it.
 */
import { MINUTE_MS, type Instant } from '#lib/base/interval.ts';

export type Stop = {
  readonly meterId: number;
  readonly sequence: number;
  readonly entrance: string | null;
  readonly floor: number | null;
  readonly state: 'ahead' | 'read' | 'doubt' | 'cannot';
};

export type Signal = { readonly rssiDbm: number | null; readonly at: Instant };

type Heard = { readonly signals: ReadonlyMap<number, Signal>; readonly now: Instant };

/** A signal older than this says where the person was, not where he is. */
const FRESH_MS = 2 * MINUTE_MS;
const OTHER_FLOOR = 3;
const OTHER_ENTRANCE = 12;
/** Going back costs more than going on: order is a habit. */
const BACKWARDS = 2;

/**
 * Stops ahead, the likeliest `count` of them, the very likeliest first. `lastId` is where the last
 * reading was taken. One pass: a round may have ten thousand stops and this runs at every telegram.
 */
export function likeliest<S extends Stop>(
  stops: readonly S[],
  lastId: number | null,
  ask: Heard & { readonly count: number },
): S[] {
  const last = stops.find((stop) => stop.meterId === lastId) ?? null;
  const { count } = ask;
  const best: { stop: S; cost: number }[] = [];
  for (const stop of stops) {
    if (stop.state !== 'ahead') continue;
    const cost = costOf(stop, last, ask);
    const isBefore = (other: { stop: S; cost: number }): boolean =>
      cost < other.cost || (cost === other.cost && stop.sequence < other.stop.sequence);
    const worst = best.at(-1);
    if (best.length === count && worst && !isBefore(worst)) continue;
    const at = best.findIndex(isBefore);
    best.splice(at < 0 ? best.length : at, 0, { stop, cost });
    if (best.length > count) best.pop();
  }
  return best.map(({ stop }) => stop);
}

function costOf(stop: Stop, last: Stop | null, { signals, now }: Heard): number {
  let cost = stop.sequence;
  if (last) {
    const steps = stop.sequence - last.sequence;
    cost = steps >= 0 ? steps : -BACKWARDS * steps;
    if (stop.entrance !== last.entrance) cost += OTHER_ENTRANCE;
    else if (stop.floor !== last.floor) cost += OTHER_FLOOR;
  }
  const signal = signals.get(stop.meterId);
  if (signal && now - signal.at < FRESH_MS) cost -= signalBars(signal.rssiDbm);
  return cost;
}

/** Bars of the signal sign, 0 to 5; wM-Bus receivers hear from about −105 to −40 dBm. */
export function signalBars(rssiDbm: number | null): 0 | 1 | 2 | 3 | 4 | 5 {
  if (rssiDbm === null) return 3;
  const steps = [-95, -85, -75, -65] as const;
  return (1 + steps.filter((limit) => rssiDbm >= limit).length) as 1 | 2 | 3 | 4 | 5;
}

/** Minutes for `left` more meters at the pace of the kept instants; null before there is a pace. */
export function minutesLeft(keptAt: readonly Instant[], left: number): number | null {
  const recent = [...keptAt].sort((a, b) => a - b).slice(-12);
  const first = recent[0];
  const last = recent.at(-1);
  if (first === undefined || last === undefined || recent.length < 4) return null;
  return Math.max(1, Math.ceil(((last - first) / (recent.length - 1) / MINUTE_MS) * left));
}
