/** Lighthouse's four scores of the resident's home page, as a slow phone sees it with data. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from '../../tools/chromium.mjs';
import { freePort } from '../../tools/db.mjs';
import { ROOT } from '../support/source-files.ts';
import { NotHere, type Bench, type Figures } from './harness.ts';

const START_LIMIT_MS = 300_000;

/** The app as a person starts it, on a data folder that goes when it stops. */
async function startApp(env: NodeJS.ProcessEnv): Promise<() => Promise<unknown>> {
  const app = spawn(process.execPath, [join(ROOT, 'tools/e2e-server.mjs')], {
    env,
    stdio: 'ignore',
  });
  const ended = once(app, 'exit');
  const limit = Date.now() + START_LIMIT_MS;
  while (Date.now() < limit && app.exitCode === null) {
    const answer = await fetch(`${env['ORIGIN']}/shell`).catch(() => null);
    if (answer?.ok) return () => (app.kill('SIGTERM'), ended);
    await new Promise((tick) => setTimeout(tick, 500));
  }
  app.kill('SIGTERM');
  throw new NotHere('Kilter did not start.');
}

/** Runs tools/lighthouse.mjs and reads the scores of its last line. */
async function scores(env: NodeJS.ProcessEnv, repeats: number): Promise<Figures> {
  const args = ['--url', `${env['ORIGIN']}/home`, '--repeats', String(repeats), '--json'];
  const tool = spawn(process.execPath, [join(ROOT, 'tools/lighthouse.mjs'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  tool.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
  await once(tool, 'close');
  const last = said.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`Lighthouse gave no scores:\n${said}`);
  return JSON.parse(last) as Figures;
}

export const bench: Bench = {
  about: "Lighthouse mobile scores of the resident's home; needs Chromium",
  run: async ({ repeats, say }) => {
    if (!findChromium()) throw new NotHere('no Chromium was found; name one in CHROMIUM.');
    const port = String(await freePort());
    const dataDir = mkdtempSync(join(tmpdir(), 'kilter-lighthouse-'));
    const env = {
      ...process.env,
      ...{ PORT: port, ORIGIN: `http://localhost:${port}`, DATABASE_URL: '' },
      ...{ KILTER_E2E_DIR: dataDir, KILTER_DATA_DIR: dataDir },
    };
    const stop = await startApp(env);
    say(`The middle of ${repeats} runs.`);
    return scores(env, repeats).finally(stop);
  },
};
