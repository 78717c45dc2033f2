/**
 * The app for end-to-end tests: the real launcher on a throw-away data folder.
 *
 * It knows where Playwright wants the app and removes the folder afterwards; playwright.config.ts
 * starts it. Tests find database and secrets through KILTER_E2E_DIR (server/config.ts reads them).
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './packages.mjs';

const dataDir = process.env.KILTER_E2E_DIR;
const env = { ...process.env, KILTER_DATA_DIR: dataDir, DATABASE_URL: '', HOST: '127.0.0.1' };
const app = spawn(process.execPath, [join(ROOT, 'tools/start.mjs')], { env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => app.kill(signal));
app.on('exit', (code) => {
  rmSync(dataDir, { recursive: true, force: true });
  process.exit(code ?? 1);
});
