/**
 * `npm run sim -- [--schedules N] [--seed S] [--json]`: the sync simulation from a command line.
 * Exit code 1 when a schedule fails or a planted bug is not caught; the seed and the smallest
 * failing schedule are printed.
 */
import { parseArgs } from 'node:util';
import { BUGS } from './bugs.ts';
import { catchAll, describeFailure, runHonest } from './run.ts';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const schedules = Number(values.schedules);
const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
if (!Number.isInteger(schedules) || schedules < 1 || !Number.isInteger(seed)) {
  process.stderr.write('--schedules and --seed take whole numbers.\n');
  process.exit(2);
}
const say = (text: string) => process.stderr.write(`${text}\n`);

say(`sync simulation: ${schedules} schedules from seed ${seed}`);
const startedAt = performance.now();
const totals = runHonest(schedules, seed);
if (totals.failure) say(describeFailure(totals.failure));
const caught = catchAll(schedules, seed);
for (const [bug, failure] of caught) {
  const found = failure
    ? `caught by seed ${failure.seed}, ${failure.steps.length} steps`
    : 'NOT CAUGHT';
  say(`  ${bug}: ${BUGS[bug]}: ${found}`);
  if (failure && values.verbose) say(describeFailure(failure));
}
const bugsCaught = [...caught.values()].filter(Boolean).length;
say(`done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);

const { lost, duplicated, diverged } = totals;
const figures = { schedules, lost, duplicated, diverged, bugsPlanted: caught.size, bugsCaught };
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(totals.failure || bugsCaught < caught.size ? 1 : 0);
