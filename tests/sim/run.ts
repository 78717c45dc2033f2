/**
 * Many schedules, then every planted bug until it is caught; a failing schedule is made small. It
 * knows how to count and shrink; main.ts prints, sim.test.ts asserts.
 */
import { BUG_NAMES, type Bug } from './bugs.ts';
import { describeStep, makeSchedule, type Step } from './schedule.ts';
import { runSchedule } from './world.ts';

export type Failure = {
  readonly seed: number;
  readonly steps: readonly Step[];
  readonly why: string;
};
export type Totals = {
  readonly schedules: number;
  lost: number;
  duplicated: number;
  diverged: number;
  violations: number;
  /** The first failing schedule, made small. */
  failure: Failure | null;
};

/** Runs `count` schedules of the honest code from `seed` on. */
export function runHonest(count: number, seed: number): Totals {
  const totals: Totals = {
    schedules: count,
    lost: 0,
    duplicated: 0,
    diverged: 0,
    violations: 0,
    failure: null,
  };
  for (let i = 0; i < count; i++) {
    const { checks } = runSchedule(makeSchedule(seed + i), null);
    totals.lost += checks.lost;
    totals.duplicated += checks.duplicated;
    totals.diverged += checks.diverged;
    totals.violations += checks.violations.length;
    if (checks.failed) totals.failure ??= shrink(seed + i, null);
  }
  return totals;
}

/** The first schedule that catches `bug`, made small; null when none of `count` does. */
export function catchBug(bug: Bug, count: number, seed: number): Failure | null {
  for (let i = 0; i < count; i++) {
    if (runSchedule(makeSchedule(seed + i), bug).checks.failed) return shrink(seed + i, bug);
  }
  return null;
}

export const catchAll = (count: number, seed: number): Map<Bug, Failure | null> =>
  new Map(BUG_NAMES.map((bug) => [bug, catchBug(bug, count, seed)]));

/** Leaves out steps, large pieces first, as long as what remains still fails. */
export function shrink(seed: number, bug: Bug | null): Failure {
  let steps = makeSchedule(seed);
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < steps.length;) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)];
      if (runSchedule(fewer, bug).checks.failed) steps = fewer;
      else at += size;
    }
  }
  return { seed, steps, why: verdict(steps, bug) };
}

function verdict(steps: readonly Step[], bug: Bug | null): string {
  const { lost, duplicated, diverged, violations } = runSchedule(steps, bug).checks;
  return [`lost ${lost}, duplicated ${duplicated}, diverged ${diverged}`, ...violations].join('; ');
}

export const describeFailure = ({ seed, steps, why }: Failure): string =>
  [`seed ${seed}: ${why}`, ...steps.map((step) => `  ${describeStep(step)}`)].join('\n');
