/**
 * Many schedules, then every planted bug until it is caught; a failing schedule is made small. It
 * knows how to count, share the work between processes and shrink; main.ts prints, sim.test.ts
 * asserts.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BUG_NAMES, type Bug } from './bugs.ts';
import { describeStep, makeSchedule, type Step } from './schedule.ts';
import { runSchedule, type World } from './world.ts';

export type Failure = {
  readonly seed: number;
  readonly steps: readonly Step[];
  readonly why: string;
};
export type Totals = {
  schedules: number;
  lost: number;
  duplicated: number;
  diverged: number;
  violations: number;
  /** The first failing schedule, made small. */
  failure: Failure | null;
};

/** How often a long run tells how far it is. */
const TELL_EVERY = 200;

const nothing = (): Totals => ({
  schedules: 0,
  lost: 0,
  duplicated: 0,
  diverged: 0,
  violations: 0,
  failure: null,
});

/** Runs `count` schedules of the honest code from `seed` on. */
export function runHonest(count: number, seed: number, tell?: (totals: Totals) => void): Totals {
  const totals = nothing();
  for (let i = 0; i < count; i++) {
    const { checks } = runSchedule(makeSchedule(seed + i), null);
    totals.schedules++;
    totals.lost += checks.lost;
    totals.duplicated += checks.duplicated;
    totals.diverged += checks.diverged;
    totals.violations += checks.violations.length;
    if (checks.failed) totals.failure ??= shrink(seed + i, null);
    if (totals.schedules % TELL_EVERY === 0) tell?.(totals);
  }
  return totals;
}

type Share = { readonly workers: number; readonly tell: (done: number) => void };

/** The same in `workers` processes; the failure is the one with the lowest seed of each part. */
export async function runShared(count: number, seed: number, share: Share): Promise<Totals> {
  const each = Math.ceil(count / share.workers);
  const done = new Map<number, number>();
  const parts = Array.from({ length: share.workers }, (_, k) => {
    const size = Math.max(0, Math.min(each, count - k * each));
    return runPart(size, seed + k * each, (schedules) => {
      done.set(k, schedules);
      share.tell([...done.values()].reduce((sum, n) => sum + n, 0));
    });
  });
  return (await Promise.all(parts)).reduce(
    (sum, part) => ({
      schedules: sum.schedules + part.schedules,
      lost: sum.lost + part.lost,
      duplicated: sum.duplicated + part.duplicated,
      diverged: sum.diverged + part.diverged,
      violations: sum.violations + part.violations,
      failure: sum.failure ?? part.failure,
    }),
    nothing(),
  );
}

/** One process of its own; main.ts answers `--part` with totals as messages. */
async function runPart(count: number, seed: number, tell: (done: number) => void) {
  let last = nothing();
  await inProcess(['--part', '--schedules', `${count}`, '--seed', `${seed}`], (totals: Totals) => {
    last = totals;
    tell(totals.schedules);
  });
  if (last.schedules < count) throw new Error(`${last.schedules} of ${count} from seed ${seed}.`);
  return last;
}

/** Runs main.ts with `args` and hands on what it tells; rejects when it fails. */
function inProcess<T>(args: readonly string[], hear: (message: T) => void): Promise<void> {
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), args);
  return new Promise((done, fail) => {
    child.on('message', hear);
    child.on('error', fail);
    child.on('exit', (code) =>
      code === 0 ? done() : fail(new Error(`${args.join(' ')} ended with ${code}.`)),
    );
  });
}

/** The first schedule that catches `bug`, made small; null when none of `count` does. */
export function catchBug(bug: Bug, count: number, seed: number): Failure | null {
  for (let i = 0; i < count; i++) {
    if (runSchedule(makeSchedule(seed + i), bug).checks.failed) return shrink(seed + i, bug);
  }
  return null;
}

export type Caught = readonly [bug: Bug, failure: Failure | null];

/** All planted bugs, shared between `workers` processes; in the order of the list. */
export async function catchShared(count: number, seed: number, workers: number): Promise<Caught[]> {
  const caught = new Map<Bug, Failure | null>();
  const given = ['--schedules', `${count}`, '--seed', `${seed}`];
  const parts = Array.from({ length: workers }, (_, k) => {
    const bugs = BUG_NAMES.filter((__, i) => i % workers === k);
    const args = [...given, ...bugs.flatMap((bug) => ['--bug', bug])];
    return inProcess<Caught>(args, ([bug, failure]) => void caught.set(bug, failure));
  });
  await Promise.all(parts);
  return BUG_NAMES.map((bug) => [bug, caught.get(bug) ?? null]);
}

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
  return { seed, steps, why: verdictOf(runSchedule(steps, bug)) };
}

export const verdictOf = ({ checks }: World): string => {
  const { lost, duplicated, diverged, violations } = checks;
  return [`lost ${lost}, duplicated ${duplicated}, diverged ${diverged}`, ...violations].join('; ');
};

export const describeFailure = ({ seed, steps, why }: Failure): string =>
  [`seed ${seed}: ${why}`, ...steps.map((step) => `  ${describeStep(step)}`)].join('\n');
