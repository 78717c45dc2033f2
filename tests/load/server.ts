/** A whole Kilter with the demo town for a benchmark: the real launcher, ended with SIGTERM. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const PORT = process.env['KILTER_E2E_PORT'] ?? '58101';
const START_LIMIT_MS = 300_000;

/** The real launcher on a throw-away folder, as the browser tests have it. */
export async function startServer(folder: string): Promise<ChildProcess> {
  const origin = `http://localhost:${PORT}`;
  const env = { ...process.env, PORT, ORIGIN: origin, KILTER_DATA_DIR: folder, DATABASE_URL: '' };
  const server = spawn(process.execPath, [join(ROOT, 'tools/start.mjs')], { env, stdio: 'ignore' });
  const until = Date.now() + START_LIMIT_MS;
  while (Date.now() < until && server.exitCode === null) {
    const answer = await fetch(`${origin}/shell`).catch(() => null);
    if (answer?.ok) return server;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  server.kill('SIGTERM');
  throw new Error('The server did not start.');
}

export const stop = (server: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    server.on('exit', () => resolve());
    if (server.exitCode !== null || !server.kill('SIGTERM')) resolve();
  });
