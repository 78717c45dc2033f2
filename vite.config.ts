import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { guardServer } from './tools/guard-server.ts';

const guard = guardServer(fileURLToPath(new URL('./server/', import.meta.url)));

export default defineConfig({
  plugins: [
    guard,
    paraglideVitePlugin({
      project: './src/lib/i18n/project.inlang',
      outdir: './src/lib/i18n/paraglide',
      strategy: ['cookie', 'preferredLanguage', 'baseLocale'],
      cookieName: 'kilter-locale',
    }),
    sveltekit(),
  ],
  worker: { format: 'es', plugins: () => [guard] },
  build: { target: 'es2022' },
});
