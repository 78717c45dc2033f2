/**
 * Keeps the top-level server/ folder out of every bundle that a browser loads.
 *
 * Kit 2 guards only src/lib/server and *.server.* names. This refuses modules of server/ in client
 * and in worker bundles (workers have their own plugin list), so that a secret cannot reach a
 * browser by import. vite.config.ts calls it; tests/fences proves it by breaking it.
 */
import { sep } from 'node:path';
import type { Plugin } from 'vite';

/** `serverDir` is the absolute path of server/, ending with a slash. */
export function guardServer(serverDir: string): Plugin {
  const folder = serverDir.replaceAll(sep, '/');
  return {
    name: 'kilter-guard-server',
    enforce: 'pre',
    load(id, options) {
      if (!options?.ssr && id.startsWith(folder)) {
        const path = `server/${id.slice(folder.length)}`;
        this.error(`${path} is server-only and must not reach a browser`);
      }
    },
  };
}
