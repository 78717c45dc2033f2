/**
 * What `npm test` runs and in which order; test.mjs loads it once Node is known to be fit.
 *
 * Cheap answers come first, a browser that measures time gets the machine for itself.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { findChromium, installChromium } from './chromium.mjs';
import { ROOT, ensureGenerated, ensurePackages } from './packages.mjs';
import * as steps from './steps.mjs';
import { giveUp } from './trouble.mjs';

const SCHEDULES = '10000';
/** What other people's meters said lies beside the repository; tests that need it skip without. */
const BESIDE = ['vectors', 'data'];

// Leaving through exit() takes the running steps along.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

/** Everything, in about ten minutes on two cores. */
export async function runTests() {
  const began = performance.now();
  try {
    process.chdir(ROOT);
    await ensurePackages();
    await ensureGenerated();
    const browser = findChromium() ?? (process.env.CHROMIUM ? null : installChromium());
    if (browser) process.env.CHROMIUM = browser;
    const dataDir = mkdtempSync(join(os.tmpdir(), 'kilter-e2e-'));
    const total = await steps.runSteps(allSteps(browser, dataDir));
    rmSync(dataDir, { recursive: true, force: true });
    if (!browser) console.log(`\n${NO_BROWSER}`);
    steps.conclude(total, began);
  } catch (error) {
    giveUp(error);
    console.log('0 passed, 1 failed');
  }
}

/** Leaves out the tests that build the app; `npm test` runs them. */
const FAST = { KILTER_FAST_TESTS: '1' };

/** The fast part: types, lint, import rules, unit tests. */
export async function runChecks() {
  const began = performance.now();
  try {
    process.chdir(ROOT);
    await ensurePackages();
    await ensureGenerated();
    const [core, app] = steps.typeSteps;
    const tests = [steps.vitest('unit', FAST), steps.vitest('process')];
    const group = [app, core, ...steps.lintSteps, ...tests];
    steps.conclude(await steps.runSteps([group]), began);
  } catch (error) {
    giveUp(error);
  }
}

const NO_BROWSER =
  'NO CHROMIUM WAS FOUND: component and end-to-end tests did not run.\n' +
  'Install Chromium or Chrome, or name an existing one in CHROMIUM, and run npm test again.';

/** Skipped tests are told as a step of their own; in CI, where the folders are, it fails. */
const skippedFor = (isFailure) =>
  BESIDE.filter((name) => !existsSync(join(ROOT, '../shared', name))).map((name) =>
    steps.untried(name, `no ../shared/${name}, its tests were skipped`, isFailure),
  );

function allSteps(browser, dataDir) {
  const isCi = process.env.CI === 'true';
  const [core, app] = steps.typeSteps;
  const sim = ['tsx/dist/cli.mjs', 'tests/sim/main.ts', '--schedules', SCHEDULES, '--json'];
  const quick = [
    app,
    core,
    ...steps.lintSteps,
    steps.vitest('unit'),
    steps.vitest('process'),
    steps.single('sync sim', sim),
  ];
  const build = { name: 'build', command: [process.execPath, 'tools/build.mjs'], env: {} };
  const size = steps.single('size', ['size-limit/bin.js']);
  if (!browser) {
    const missing = (name) => steps.untried(name, 'no Chromium found', isCi);
    const untried = [missing('chromium'), missing('e2e'), ...skippedFor(isCi)];
    return [quick, [build, steps.vitest('pg')], [size], untried];
  }
  const e2e = steps.playwright('e2e', { KILTER_E2E_DIR: dataDir });
  const browsed = [steps.vitest('chromium'), size];
  return [quick, [build, steps.vitest('pg')], browsed, [e2e, ...skippedFor(isCi)]];
}
