import { sveltekit } from '@sveltejs/kit/vite';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS, findChromium } from './tools/chromium.mjs';

// The layers that compile without DOM and Node must also run in both: their unit tests do.
const PURE = ['base', 'domain', 'meters', 'vee', 'tariffs', 'analytics', 'contract', 'sim'];
const ELSEWHERE = [
  '**/*.svelte.test.ts',
  '**/*.pg.test.ts',
  '**/*.process.test.ts',
  '**/node_modules/**',
];
// Three whole builds; `npm run check` leaves them to `npm test`.
if (process.env['KILTER_FAST_TESTS']) ELSEWHERE.push('tests/fences/server-guard.test.ts');
const executablePath = findChromium();
// As in playwright.config.ts: a second try on CI's shared machine is told, not hidden.
const retry = process.env['CI'] === 'true' ? 1 : 0;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.ts', 'server/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ELSEWHERE,
          // No test of ours leaves a global behind; modules loaded once halve the time.
          pool: 'threads',
          isolate: false,
          // Compilers and builds run inside some tests; a busy machine is no failure.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          // Native code that lives on the loop of the main thread: it ends a worker's process.
          name: 'process',
          environment: 'node',
          include: ['server/**/*.process.test.ts'],
          pool: 'forks',
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'pg',
          environment: 'node',
          include: ['{src,server,tests,prisma}/**/*.pg.test.ts'],
          globalSetup: ['tests/support/postgres.setup.ts'],
          // Two cores are shared with the server itself; more files at once only wait for it.
          maxWorkers: 2,
          retry,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [sveltekit()],
        // Found only while tests run, they would reload the page in the middle of one.
        optimizeDeps: {
          include: [
            '@noble/ciphers/aes.js',
            '@noble/curves/nist.js',
            '@noble/hashes/legacy.js',
            '@noble/hashes/sha2.js',
            'fast-check',
          ],
        },
        test: {
          name: 'chromium',
          retry,
          include: ['{src,tests}/**/*.svelte.test.ts', `src/lib/{${PURE.join(',')}}/**/*.test.ts`],
          exclude: ['**/*.node.test.ts', '**/*.pg.test.ts', '**/node_modules/**'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(executablePath && { executablePath }),
                args: [...CHROMIUM_ARGS],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
