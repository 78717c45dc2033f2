/** From what flows to what registers show: summing, faulty counting, exchange, lost hours. */
import type { Prng } from '#lib/base/prng.ts';
import type { TownClock } from './calendar.ts';
import type { PlannedFault } from './faults.ts';
import type { TownPoint } from './types.ts';

export type Counted = {
  readonly values: Float64Array;
  /** The meter that came after an exchange. */
  readonly after: { readonly fromSlot: number; readonly values: Float64Array } | null;
};

/** Runs a register over `flow`; a stuck meter counts nothing, a slowed one a share. */
export function count(
  flow: Int32Array,
  options: { start: number; planned: readonly PlannedFault[]; slots: number },
): Counted {
  const { start, planned, slots } = options;
  const last = slots - 1;
  const values = new Float64Array(slots);
  const share = new Float32Array(slots).fill(1);
  for (const p of planned) {
    const [from, to] = [Math.max(0, last - p.fromHoursAgo), last - p.toHoursAgo];
    if (p.kind === 'stuck') share.fill(0, from, to);
    if (p.kind === 'slowed') share.fill(p.amount, from, to);
  }
  let value = start;
  let carry = 0;
  for (let i = 0; i < slots; i++) {
    values[i] = value;
    carry += flow[i]! * share[i]!;
    const whole = Math.floor(carry + 1e-6);
    value += whole;
    carry -= whole;
  }
  for (const p of planned) {
    if (p.kind !== 'gap') continue;
    values.fill(NaN, Math.max(0, last - p.fromHoursAgo), Math.max(0, last - p.toHoursAgo));
  }
  const exchange = planned.find((p) => p.kind === 'exchange');
  const at = exchange ? last - exchange.fromHoursAgo : -1;
  return at > 0 ? split(values, at) : { values, after: null };
}

/** The fitter notes the old end and starts the new meter at a few litres of test flow. */
function split(values: Float64Array, at: number): Counted {
  const after = new Float64Array(values.length).fill(NaN);
  for (let i = at; i < values.length; i++) after[i] = values[i]! - values[at]! + 4;
  const before = values.slice();
  before.fill(NaN, at + 1);
  return { values: before, after: { fromSlot: at, values: after } };
}

/** One delivery in a thousand never arrives. Ends stay, so that every series has both. */
export function loseSomeHours(values: Float64Array, rng: Prng): Float64Array {
  for (let i = 1 + rng.int(0, 2000); i < values.length - 24; i += 1 + rng.int(0, 2000)) {
    values[i] = NaN;
  }
  return values;
}

/** The house meter: its homes, what the house itself uses, and losses that follow the load. */
export function houseFlow(
  point: TownPoint,
  town: { points: readonly TownPoint[]; flows: readonly Int32Array[]; clock: TownClock },
): Int32Array {
  const { points, flows, clock } = town;
  const sum = new Float64Array(clock.slots);
  let members = 0;
  for (const child of points) {
    if (child.parent !== point.index) continue;
    members++;
    const flow = flows[child.index]!;
    for (let i = 0; i < sum.length; i++) sum[i]! += flow[i]!;
  }
  const out = new Int32Array(clock.slots);
  let carry = 0;
  for (let i = 0; i < out.length; i++) {
    carry += sum[i]! + ownUse(point, { members, load: sum[i]!, dark: clock.dark[i]! });
    out[i] = Math.floor(carry);
    carry -= out[i]!;
  }
  return out;
}

/** Stairwell lamps and cable losses (growing with the square), drips, pipes in the walls. */
function ownUse(point: TownPoint, at: { members: number; load: number; dark: number }): number {
  const { members, load, dark } = at;
  if (point.resource === 'electricity') return 6 * members * dark + 20 + 5.5e-7 * load * load;
  if (point.resource === 'heat') return load > 0 ? 12 * members + 0.055 * load : 0;
  if (point.resource === 'gas') return 0.004 * load;
  return 0.02 * members + 0.009 * load;
}
