/**
 * Which JavaScript files a first visit of a page loads, read from the build itself.
 *
 * It knows Vite's manifest and the list of routes that Kit generates: start, app, the layouts and
 * the page with everything they import statically. `.size-limit.mjs` limits what it finds; run by
 * hand (`node tools/first-load.mjs`) it prints the files with their sizes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLIENT = join(ROOT, '.svelte-kit/output/client');
const GENERATED = '.svelte-kit/generated/client-optimized';
const START = 'node_modules/@sveltejs/kit/src/runtime/client/entry.js';

/** Limits of the promise to people with slow phones, in gzip. */
export const LIMITS = [
  { name: 'resident home', route: '/home', limit: '120 kB' },
  { name: 'field', route: '/field', limit: '150 kB' },
];

/** Paths, relative to the root, of the files that the browser fetches before the page is alive. */
export function firstLoadOf(route) {
  const manifest = readManifest();
  const entries = [START, `${GENERATED}/app.js`];
  for (const node of nodesOf(route)) entries.push(`${GENERATED}/nodes/${node}.js`);
  const files = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk) throw new Error(`the build has no ${key}`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    chunk.imports?.forEach(visit);
  };
  entries.forEach(visit);
  return [...files].sort().map((file) => `.svelte-kit/output/client/${file}`);
}

function readManifest() {
  const path = join(CLIENT, '.vite/manifest.json');
  if (!existsSync(path)) throw new Error('there is no build to measure; run `npm run build` first');
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Layouts, error pages and the page itself; Kit writes `id: [leaf, [layouts], [errors]]`. */
function nodesOf(route) {
  const app = readFileSync(join(ROOT, GENERATED, 'app.js'), 'utf8');
  const literal = /export const dictionary = (\{[\s\S]*?\n\t?\});/.exec(app)?.[1];
  if (!literal) throw new Error('Kit’s list of routes has another form than expected');
  const dictionary = new Function(`return ${literal}`)();
  const id = Object.keys(dictionary).find(
    (key) => (key.replace(/\/\([^)]+\)/g, '') || '/') === route,
  );
  if (!id) throw new Error(`the app has no page ${route}`);
  const [leaf, layouts = [], errors = []] = dictionary[id];
  // A leaf with a server load is written as its complement.
  const page = leaf < 0 ? ~leaf : leaf;
  return [...new Set([0, 1, ...layouts, ...errors, page])].filter((node) => Number.isInteger(node));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { name, route, limit } of LIMITS) {
    const sizes = firstLoadOf(route).map((file) => {
      const bytes = gzipSync(readFileSync(join(ROOT, file)), { level: 9 }).length;
      return { file: file.replace('.svelte-kit/output/client/_app/immutable/', ''), bytes };
    });
    const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    console.log(`${name} ${route}: ${(total / 1000).toFixed(1)} kB gz of ${limit}`);
    for (const { file, bytes } of sizes) console.log(`  ${String(bytes).padStart(7)}  ${file}`);
  }
}
