/**
 * The three coefficients (analytics.md 3; B-80, B-81, B-82). 1 is the mean of the peers.
 *
 * Knows quantities of homes over one period; knows no address. Fewer than five homes with data give
 * no figure at all, because a mean of few is a neighbour's private number.
 */
import { mean, trimmedMean } from '../statistics.ts';

export const LEAST_PEERS = 5;
/** Share of the period's days that must have data. */
export const LEAST_COVERAGE = 0.8;
const TRIM = 0.1;

export type Coefficient = {
  readonly value: number | null;
  readonly own: number | null;
  readonly peers: number | null;
  readonly peersCount: number;
  readonly reason: 'no-data' | 'too-few-peers' | 'too-little-coverage' | 'no-sensor' | null;
};

const none = (reason: Coefficient['reason'], own: number | null, peersCount = 0): Coefficient => ({
  value: null,
  own,
  peers: null,
  peersCount,
  reason,
});

/** Own figure over the peers' mean; `peers` contains the own home too, as the house's mean does. */
export function ratioToPeers(
  own: number | null,
  peers: readonly number[],
  centre: (list: readonly number[]) => number = (list) => trimmedMean(list, TRIM),
): Coefficient {
  if (own === null) return none('no-data', null, peers.length);
  if (peers.length < LEAST_PEERS) return none('too-few-peers', own, peers.length);
  const middle = centre(peers);
  if (!(middle > 0)) return none('no-data', own, peers.length);
  return { value: own / middle, own, peers: middle, peersCount: peers.length, reason: null };
}

/** K_c: use per person (or m²) and day with data. */
export function consumptionPerDay(
  daily: readonly (number | null)[],
  share: number | null,
): number | null {
  const known = daily.filter((x): x is number => x !== null);
  if (known.length < daily.length * LEAST_COVERAGE || known.length === 0) return null;
  return share !== null && share > 0 ? mean(known) / share : null;
}

/** K_t: mean indoor temperature over the same days; hundredths of a degree in, degrees out. */
export function meanTemperature(dailyCdeg: readonly (number | null)[]): number | null {
  const known = dailyCdeg.filter((x): x is number => x !== null);
  if (known.length < dailyCdeg.length * LEAST_COVERAGE || known.length === 0) return null;
  return mean(known) / 100;
}

/**
 * h: heat per m², kelvin and hour, Wh/(m² K h), over days on which use, room and outdoor
 * temperature are all known. Null below 20 heating days, where the ratio is noise.
 */
export function specificLoss(home: {
  readonly heatWh: readonly (number | null)[];
  readonly roomCdeg: readonly (number | null)[];
  readonly outdoorC: readonly (number | null)[];
  readonly areaM2: number | null;
}): number | null {
  const { heatWh, roomCdeg, outdoorC, areaM2 } = home;
  if (areaM2 === null || areaM2 <= 0) return null;
  let heat = 0;
  let degreeHours = 0;
  let days = 0;
  for (let i = 0; i < heatWh.length; i++) {
    const [q, room, out] = [heatWh[i] ?? null, roomCdeg[i] ?? null, outdoorC[i] ?? null];
    if (q === null || room === null || out === null || q <= 0) continue;
    heat += q;
    degreeHours += 24 * Math.max(0, room / 100 - out);
    days++;
  }
  if (days < 20 || degreeHours <= 0) return null;
  return heat / (areaM2 * degreeHours);
}

/** K_e: the peers' mean loss over the own one; above 1 this home gives more warmth per unit. */
export function efficiency(own: number | null, peers: readonly number[]): Coefficient {
  const inverse = ratioToPeers(own, peers, mean);
  if (inverse.value === null) return inverse;
  return { ...inverse, value: inverse.value > 0 ? 1 / inverse.value : null };
}
