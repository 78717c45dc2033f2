import { defineConfig } from '@playwright/test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM_ARGS, findChromium } from './tools/chromium.mjs';

const port = process.env['KILTER_E2E_PORT'] ?? '58101';
const origin = `http://localhost:${port}`;
// Workers load this file too and must see the same folder, so it travels in the environment.
process.env['KILTER_E2E_DIR'] ??= mkdtempSync(join(tmpdir(), 'kilter-e2e-'));
const executablePath = findChromium();

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  // One after another: the tests measure time and share one database.
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env['CI'] === 'true',
  // CI's machine also runs the server and its database; a second try is reported as flaky.
  retries: process.env['CI'] === 'true' ? 1 : 0,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    baseURL: origin,
    trace: 'on-first-retry',
    launchOptions: { ...(executablePath && { executablePath }), args: [...CHROMIUM_ARGS] },
  },
  webServer: {
    command: 'node tools/e2e-server.mjs',
    url: `${origin}/shell`,
    env: { PORT: port, ORIGIN: origin },
    timeout: 300_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
    stdout: 'ignore',
    stderr: 'pipe',
  },
});
