/**
 * Bundles TypeScript as the application's own build does, so that a benchmark measures what runs
 * and not what a loader adds. Knows Vite; benchmarks call it.
 */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OUT = join(ROOT, 'node_modules/.cache/kilter/bench');

/** The path of one file with `entry` (relative to the root) and all that it imports. */
export async function bundle(entry: string, platform: 'node' | 'browser'): Promise<string> {
  const name = entry.replace(/.*\//, '').replace('.ts', `.${platform}`);
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: /noble/ },
    build: {
      target: 'es2022',
      outDir: OUT,
      emptyOutDir: false,
      minify: platform === 'browser',
      ...(platform === 'node' && { ssr: join(ROOT, entry) }),
      ...(platform === 'browser' && {
        lib: { entry: join(ROOT, entry), formats: ['es'], fileName: name },
      }),
      rolldownOptions: { output: { entryFileNames: `${name}.mjs`, codeSplitting: false } },
    },
  });
  return join(OUT, `${name}.mjs`);
}

/** The exports of `entry`, bundled for this Node. */
export async function importBundled<T>(entry: string): Promise<T> {
  return (await import(pathToFileURL(await bundle(entry, 'node')).href)) as T;
}
