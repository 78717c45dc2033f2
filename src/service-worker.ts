/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
/**
 * Keeps the app's files on the phone and answers navigations when the network is away. It holds no
 * data and sends none: readings live in IndexedDB and are pushed by lib/offline, because background
 * sync exists in one browser family only.
 */
import { build, files, prerendered, version } from '$service-worker';
import { cleanupOutdatedCaches, matchPrecache, precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';

declare const self: ServiceWorkerGlobalScope;

const SHELL = '/shell';
/** A weak network must not hold up a person longer than this. */
const NAVIGATION_LIMIT_MS = 3000;

precacheAndRoute([
  // Hashed by Vite: the name changes with the content.
  ...build.map((url) => ({ url, revision: null })),
  ...files.map((url) => ({ url, revision: version })),
  ...prerendered.map((url) => ({ url, revision: version })),
]);
cleanupOutdatedCaches();

const shell = async (): Promise<Response> => (await matchPrecache(SHELL)) ?? Response.error();

/** The field app is the same page for every address, so it never waits for a network. */
registerRoute(
  ({ request, url }) => request.mode === 'navigate' && url.pathname.startsWith('/field'),
  shell,
);

registerRoute(
  ({ request, url }) => request.mode === 'navigate' && !url.pathname.startsWith('/api/'),
  async ({ request }) => {
    try {
      return await fetch(request, { signal: AbortSignal.timeout(NAVIGATION_LIMIT_MS) });
    } catch {
      return shell();
    }
  },
);

const TILES = 'tiles';
/** About 60 MB of usual tiles: a district in the zooms of a walk. The oldest go first. */
const TILES_KEPT = 3000;

/** A picture that was seen once needs no network again; whether there are tiles is asked anew. */
registerRoute(
  ({ url }) => url.pathname.startsWith('/api/tile'),
  async ({ request, url }) => {
    const cache = await caches.open(TILES);
    const isFacts = url.pathname === '/api/tile';
    const kept = await cache.match(request);
    if (kept && !isFacts) return kept;
    try {
      const answer = await fetch(request);
      if (answer.ok) await keepTile(cache, request, answer.clone());
      return answer;
    } catch {
      return kept ?? Response.error();
    }
  },
);

/** A full phone keeps readings first: a tile that does not fit is only shown. */
async function keepTile(cache: Cache, request: Request, answer: Response): Promise<void> {
  try {
    await cache.put(request, answer);
    const names = await cache.keys();
    const tooMany = names.slice(0, Math.max(0, names.length - TILES_KEPT));
    await Promise.all(tooMany.map((name) => cache.delete(name)));
  } catch {
    await caches.delete(TILES);
  }
}

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

// The page asks for the new version only while nothing is being sent (lib/api/service-worker.ts).
self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type === 'SKIP_WAITING') void self.skipWaiting();
});
