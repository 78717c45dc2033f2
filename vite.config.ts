import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const serverDir = fileURLToPath(new URL('./server/', import.meta.url));

/**
 * Kit 2 guards only src/lib/server and *.server.* names. This refuses every module of the top-level
 * server/ folder in client and worker bundles, so that a secret cannot reach a browser by import.
 */
const guardServer: Plugin = {
  name: 'kilter-guard-server',
  enforce: 'pre',
  load(id, options) {
    if (!options?.ssr && id.startsWith(serverDir)) {
      this.error(`${id.slice(serverDir.length - 7)} is server-only and must not reach a browser`);
    }
  },
};

export default defineConfig({
  plugins: [
    guardServer,
    paraglideVitePlugin({
      project: './src/lib/i18n/project.inlang',
      outdir: './src/lib/i18n/paraglide',
      strategy: ['cookie', 'preferredLanguage', 'baseLocale'],
      cookieName: 'kilter-locale',
    }),
    sveltekit(),
  ],
  worker: { format: 'es', plugins: () => [guardServer] },
  build: { target: 'es2022' },
});
