/**
 * Runs checks and tests as named steps, some at a time, and adds up their results.
 *
 * It knows how to run a step, time it and read a runner's report; which steps there are is said by
 * test.mjs and check.mjs, its only callers.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, nodeTool, runQuietly } from './packages.mjs';

const REPORTS = join(ROOT, 'node_modules/.cache/kilter/reports');

/** Where the step's runner writes its JSON report. */
export const reportPath = (name) => join(REPORTS, `${name}.json`);

/** A step that passes or fails as one. */
export const single = (name, command, env = {}) => ({ name, command: nodeTool(command), env });

/** A vitest project, counted by its tests; `env` is what vitest.config.ts may read. */
export const vitest = (project, env = {}) => ({
  name: project,
  command: nodeTool([
    'vitest/vitest.mjs',
    ...['run', '--project', project, '--reporter=default', '--reporter=json'],
    `--outputFile.json=${reportPath(project)}`,
  ]),
  env,
  count: countVitest,
});

/** Playwright, counted by its tests. */
export const playwright = (name, env) => ({
  name,
  command: nodeTool(['@playwright/test/cli.js', 'test', '--reporter=list,json']),
  env: { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: reportPath(name) },
  count: countPlaywright,
});

/** A step that could not be tried; `isFailure` says whether that is allowed. */
export const untried = (name, reason, isFailure) => ({ name, reason, isFailure });

export const typeSteps = [
  single('core types', ['typescript/bin/tsc', '-p', 'tsconfig.core.json']),
  single('app types', [
    'svelte-check/bin/svelte-check',
    ...['--tsconfig', './tsconfig.json', '--fail-on-warnings', '--output', 'human'],
  ]),
];

export const lintSteps = [
  single('lint', [
    'eslint/bin/eslint.js',
    ...['.', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '--max-warnings=0'],
  ]),
  single('import rules', [
    'dependency-cruiser/bin/dependency-cruise.mjs',
    ...['src', 'server', '--config', '.dependency-cruiser.cjs'],
  ]),
];

function countVitest(report) {
  const failedFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + failedFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function countPlaywright({ stats, errors }) {
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  };
}

/** Runs groups one after another, the steps of a group `width` at a time; returns the sums. */
export async function runSteps(groups, width = 2) {
  mkdirSync(REPORTS, { recursive: true });
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const group of groups) {
    const queue = [...group];
    const worker = async () => {
      for (let step = queue.shift(); step; step = queue.shift()) {
        const result = await runStep(step);
        for (const key of Object.keys(total)) total[key] += result[key];
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
  }
  return total;
}

async function runStep(step) {
  if (step.reason) {
    console.log(`!! ${step.name}: ${step.isFailure ? 'FAILED' : 'SKIPPED'}: ${step.reason}`);
    return step.isFailure ? counts(0, 1, 0) : counts(0, 0, 1);
  }
  rmSync(reportPath(step.name), { force: true });
  const began = performance.now();
  const env = { ...process.env, NO_COLOR: '1', ...step.env };
  delete env.FORCE_COLOR;
  const { code, said } = await runQuietly(step.command, { env });
  const result = judge(step, code);
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
  const tally = `${result.passed} passed, ${result.failed} failed`;
  const skips = result.skipped ? `, ${result.skipped} skipped` : '';
  console.log(`${result.failed ? '✗' : '✓'} ${step.name.padEnd(14)}${seconds} s  ${tally}${skips}`);
  const odd = linesAbout(said, ODD);
  if (result.failed) console.log(`${indent(said)}\n`);
  else if (odd) console.log(indent(odd));
  return result;
}

/** The report's counts; a runner that failed without a failed test still counts as one failure. */
function judge(step, code) {
  const path = reportPath(step.name);
  if (!step.count || !existsSync(path)) return code === 0 ? counts(1, 0, 0) : counts(0, 1, 0);
  const result = step.count(JSON.parse(readFileSync(path, 'utf8')));
  if (code !== 0 && result.failed === 0) result.failed = 1;
  return result;
}

const counts = (passed, failed, skipped) => ({ passed, failed, skipped });
const MOST_LINES = 150;
/** What a passed step must still tell: tests that were skipped or needed a second try. */
const ODD = /skipped|\(retry x|flaky|retry #/i;
const indent = (text) =>
  text
    .trimEnd()
    .split('\n')
    .slice(-MOST_LINES)
    .map((l) => `    ${l}`)
    .join('\n');
const linesAbout = (text, pattern) =>
  text
    .split('\n')
    .filter((l) => pattern.test(l))
    .join('\n');

/** The closing line that machines read; the process fails when anything failed. */
export function conclude({ passed, failed, skipped }, began) {
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`\n${minutes} min`);
  console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}
