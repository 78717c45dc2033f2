import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { guardServer } from './tools/guard-server.ts';
import { MESSAGES } from './tools/messages.mjs';

const guard = guardServer(fileURLToPath(new URL('./server/', import.meta.url)));

/**
 * Modules that several pages share, a few chunks instead of fifty: on a slow network each file is
 * a turn in a queue, and most of them would hold one icon or one word. A higher threshold puts a
 * small module beside a large one that few pages need, and the reader's first page loads decoders.
 */
const shared = {
  name: 'shared',
  minShareCount: 2,
  entriesAware: true,
  entriesAwareMergeThreshold: 2_000,
};

export default defineConfig({
  plugins: [guard, paraglideVitePlugin(MESSAGES), sveltekit()],
  worker: { format: 'es', plugins: () => [guard] },
  build: { target: 'es2022' },
  environments: {
    client: { build: { rolldownOptions: { output: { codeSplitting: { groups: [shared] } } } } },
  },
});
