/**
 * The sync simulation from a command line:
 *
 *     npm run sim -- --schedules 1000000 [--seed S] [--workers N]   many, and every planted bug
 *     npm run sim -- --seed S                                       one schedule, step by step
 *     npm run sim -- --level 2 [--seed S | --schedules N]           real code, real PostgreSQL
 *
 * Exit code 1 when a schedule fails or a planted bug is not caught; the seed and the smallest
 * failing schedule are printed. `--json` prints nothing but the figures on standard output.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { BUGS, BUG_NAMES } from './bugs.ts';
import {
  catchBug,
  catchShared,
  describeFailure,
  runHonest,
  runShared,
  shrink,
  verdictOf,
} from './run.ts';
import { describeStep, makeSchedule } from './schedule.ts';
import { runSchedule } from './world.ts';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string' },
    seed: { type: 'string' },
    level: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(Math.min(4, availableParallelism())) },
    part: { type: 'boolean', default: false },
    bug: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const DEFAULT_SCHEDULES = values.level === '2' ? '500' : '2000';
/** A planted bug that this many schedules do not find will not be found by more either. */
const MOST_FOR_A_BUG = 10_000;
const TELL_MS = 10_000;

const isOne = values.seed !== undefined && values.schedules === undefined;
const schedules = Number(values.schedules ?? DEFAULT_SCHEDULES);
const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const workers = Number(values.workers);
if (![schedules, seed, workers].every(Number.isInteger) || schedules < 0 || workers < 1) {
  process.stderr.write('--schedules, --seed and --workers take whole numbers.\n');
  process.exit(2);
}
const say = (text: string) => process.stderr.write(`${text}\n`);

function replay(): boolean {
  const steps = makeSchedule(seed);
  const world = runSchedule(steps, null);
  for (const step of steps) say(`  ${describeStep(step)}`);
  say(`seed ${seed}: ${verdictOf(world)}`);
  if (world.checks.failed) say(`the smallest that fails:\n${describeFailure(shrink(seed, null))}`);
  return !world.checks.failed;
}

/** Loaded only when asked for: it needs the whole server. */
async function real(): Promise<boolean> {
  const { runLevel2 } = await import('./real/main.ts');
  return runLevel2({ seed, schedules: isOne ? 1 : schedules, say });
}

async function many(): Promise<boolean> {
  say(`sync simulation: ${schedules} schedules from seed ${seed}, ${workers} processes`);
  const began = performance.now();
  let told = began;
  const tell = (done: number) => {
    if (performance.now() - told < TELL_MS) return;
    told = performance.now();
    const rate = (done / (told - began)) * 1000;
    const left = Math.round((schedules - done) / rate);
    say(`  ${done} of ${schedules}, ${rate.toFixed(0)} a second, ${left} s to go`);
  };
  const totals = await runShared(schedules, seed, { workers, tell });
  if (totals.failure) say(describeFailure(totals.failure));
  const caught = await catchShared(Math.min(schedules, MOST_FOR_A_BUG), seed, workers);
  for (const [bug, failure] of caught) {
    const found = failure
      ? `caught by seed ${failure.seed}, ${failure.steps.length} steps`
      : 'NOT CAUGHT';
    say(`  ${bug}: ${BUGS[bug]}: ${found}`);
    if (failure && values.verbose) say(describeFailure(failure));
  }
  const bugsCaught = caught.filter(([, failure]) => failure !== null).length;
  say(`done in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const { lost, duplicated, diverged, violations } = totals;
  const bugs = { bugsPlanted: caught.length, bugsCaught };
  const figures = { schedules: totals.schedules, lost, duplicated, diverged, violations, ...bugs };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  return totals.failure === null && bugsCaught === caught.length;
}

/** A share of `catchShared`: tells each bug when it is caught, or not. */
function catchGiven(): void {
  for (const bug of BUG_NAMES.filter((name) => values.bug.includes(name))) {
    process.send?.([bug, catchBug(bug, schedules, seed)]);
  }
}

if (values.bug.length > 0) {
  catchGiven();
} else if (values.part) {
  const tell = (totals: object) => process.send?.(totals);
  tell(runHonest(schedules, seed, tell));
} else {
  const good = values.level === '2' ? await real() : isOne ? replay() : await many();
  process.exitCode = good ? 0 : 1;
}
