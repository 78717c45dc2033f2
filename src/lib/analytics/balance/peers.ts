/**
 * What the meters that already answered tell about those that have not: how much this month is more
 * or less than everybody's habit, and how far a single home strays from it.
 *
 * It knows habits and this visit's levels; it names nobody. house-balance.ts calls it.
 */
import { DAY_MS } from '#lib/base/interval.ts';
import { mean, median } from '../statistics.ts';
import {
  habitOf,
  levelBase,
  spreadOf,
  type Line,
  type Pace,
  type ShownMeter,
} from './member-flow.ts';

/** A meter of the group with what its values tell. */
export type Member = {
  readonly id: number;
  readonly line: Line;
  /** Level before this visit and its standard deviation from month to month. */
  readonly habit: { readonly perDay: number; readonly sd: number | null } | null;
  /** Level since the value before this visit; null while it has not answered. */
  readonly actual: number | null;
};

export type Peers = {
  /** This time's level over the habit, of all that answered together. */
  readonly shift: number;
  readonly shiftSd: number;
  /** Deviation of one home from its shifted habit, as a share of the level between it and all. */
  readonly stray: number;
  /** The same of the usual home: what one burst pipe or an empty flat does not move. */
  readonly usualStray: number;
  /** Mean level of a home and how far homes lie apart. */
  readonly level: number;
  readonly levelSd: number;
};

/** Fewer answers say nothing about a whole house. */
const LEAST_ANSWERS = 8;
/** Until then: households' months vary by this much; heating follows the weather. */
const STRAY = 0.5;
const SHIFT_SD = { steady: 0.15, seasonal: 0.5 } as const;
/** One burst pipe must not make every home look unsteady. */
const MOST_STRAY = 3;
/** From the median of absolute deviations to a standard deviation, and no home is steadier. */
const OF_MEDIAN = 1.48;
const LEAST_STRAY = 0.15;

export function memberOf(id: number, meter: ShownMeter, line: Line): Member {
  const end = line.at.length - 1;
  const base = line.isWhole ? levelBase(line, line.at[end]!) : end;
  const usual = meter.usualPerDay;
  const told = usual && { perDay: (usual[0] + usual[1]) / 2, sd: (usual[1] - usual[0]) / 2 };
  const habit = habitOf(line, base) ?? told;
  if (!line.isWhole || base < 0) return { id, line, habit, actual: null };
  const days = (line.at[end]! - line.at[base]!) / DAY_MS;
  return { id, line, habit, actual: (line.sum[end]! - line.sum[base]!) / days };
}

export function comparePeers(members: readonly Member[], seasonal: boolean): Peers {
  const actuals = members.flatMap(({ actual }) => (actual === null ? [] : [actual]));
  const habits = members.flatMap(({ habit }) => (habit ? [habit.perDay] : []));
  const enough = actuals.length >= LEAST_ANSWERS;
  const level = mean(enough ? actuals : habits) || 0;
  const levelSd = enough ? spreadOf(actuals) : level;
  const pairs = members.flatMap(({ actual, habit }) =>
    actual === null || !habit ? [] : [[actual, habit.perDay] as const],
  );
  const habitual = pairs.reduce((sum, [, habit]) => sum + habit, 0);
  if (pairs.length < LEAST_ANSWERS || habitual <= 0) {
    const shiftSd = SHIFT_SD[seasonal ? 'seasonal' : 'steady'];
    return { shift: 1, shiftSd, stray: STRAY, usualStray: STRAY, level, levelSd };
  }
  const shift = pairs.reduce((sum, [actual]) => sum + actual, 0) / habitual;
  const usual = (habitual * shift) / pairs.length;
  const strays = pairs.map(([actual, habit]) => {
    const between = (shift * habit + usual) / 2;
    return Math.min(MOST_STRAY, between > 0 ? Math.abs(actual - shift * habit) / between : 0);
  });
  const stray = Math.sqrt(mean(strays.map((share) => share ** 2)));
  return {
    shift,
    shiftSd: (shift * stray) / Math.sqrt(pairs.length),
    stray,
    usualStray: Math.max(LEAST_STRAY, OF_MEDIAN * median(strays)),
    level,
    levelSd,
  };
}

/** How a meter that has not answered is thought to go on. */
export function paceOf({ habit }: Member, { shift, stray, level, levelSd }: Peers): Pace {
  if (!habit) return { perDay: level, sd: levelSd };
  const perDay = habit.perDay * shift;
  return { perDay, sd: Math.max((stray * (perDay + level)) / 2, (habit.sd ?? 0) * shift) };
}
