/**
 * Which meters of a house a person should look at first: those whose use changed more than homes
 * change. It knows levels, no cause: somebody who moved out and a dial that sticks look alike.
 * house-balance.ts calls it; a screen says "check this meter" and never more.
 */
import type { Member, Peers } from './peers.ts';

export type Unusual = {
  readonly id: number;
  /** No use at all, far less, far more, or a value below the one before. */
  readonly what: 'still' | 'fell' | 'rose' | 'lower';
  /** Use a day now and as it was to be expected, in register units; null where unknown. */
  readonly perDay: number | null;
  readonly expected: number | null;
};

const LEAST_DEVIATIONS = 1.5;
const FELL_BELOW = 0.6;
const ROSE_ABOVE = 1.8;
/** A home that hardly used anything before has nothing to lose. */
const LEAST_SHARE = 0.25;
const SHOWN = 5;

/** The largest gaps first; at most five. `short`: the house counted more than its homes. */
export function findUnusual(
  members: readonly Member[],
  peers: Peers,
  short: boolean,
): readonly Unusual[] {
  const found = members.flatMap((member) => unusualOf(member, peers) ?? []);
  const gap = ({ perDay, expected }: Unusual): number => (expected ?? 0) - (perDay ?? 0);
  // What the house misses, a home that counts less may hold; the other way round likewise.
  const weight = (one: Unusual): number => (short ? gap(one) : -gap(one));
  const strange = found.filter(({ what }) => what === 'lower');
  const rest = found.filter(({ what }) => what !== 'lower');
  return [...strange, ...rest.sort((a, b) => weight(b) - weight(a))].slice(0, SHOWN);
}

function unusualOf({ id, line, habit, actual }: Member, peers: Peers): Unusual | null {
  if (actual === null) {
    // A visit's value that fits none before it: the register was reset, or read wrongly.
    return line.hasBreak ? { id, what: 'lower', perDay: null, expected: null } : null;
  }
  if (!habit) return null;
  const expected = habit.perDay * peers.shift;
  if (expected < LEAST_SHARE * peers.level && actual < expected * ROSE_ABOVE) return null;
  const spread = Math.max(habit.sd ?? 0, (peers.usualStray * (expected + peers.level)) / 2);
  const facts = { id, perDay: actual, expected };
  if (actual <= 0) return { ...facts, what: 'still' };
  if (Math.abs(actual - expected) < LEAST_DEVIATIONS * spread) return null;
  if (actual < FELL_BELOW * expected) return { ...facts, what: 'fell' };
  return actual > ROSE_ABOVE * Math.max(expected, LEAST_SHARE * peers.level)
    ? { ...facts, what: 'rose' }
    : null;
}
