import adapter from '@sveltejs/adapter-node';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  kit: {
    adapter: adapter({ out: 'build' }),
    // The offline shell is one page answered for every address, so its links must be absolute.
    paths: { relative: false },
    // On a slow network each style sheet is a round trip before the first word is drawn.
    inlineStyleThreshold: 60_000,
    serviceWorker: { register: false },
    typescript: {
      config: (config) => ({
        ...config,
        include: [
          ...config.include,
          '../server/**/*.ts',
          '../tests/**/*.ts',
          '../prisma/**/*.ts',
          '../prisma.config.ts',
        ],
      }),
    },
  },
};
