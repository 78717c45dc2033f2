import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { guardServer } from './tools/guard-server.ts';
import { MESSAGES } from './tools/messages.mjs';

const guard = guardServer(fileURLToPath(new URL('./server/', import.meta.url)));

export default defineConfig({
  plugins: [guard, paraglideVitePlugin(MESSAGES), sveltekit()],
  worker: { format: 'es', plugins: () => [guard] },
  build: { target: 'es2022' },
});
