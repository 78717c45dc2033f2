/**
 * Pseudo-terminals for tests: a serial port whose other end is a function here. Knows python3, for
 * Node itself cannot make one; no protocol. Called by `.process.test.ts` files.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('pseudo-terminal.py', import.meta.url));

export const canHavePorts = spawnSync('python3', ['-c', 'import pty; pty.openpty()']).status === 0;
if (!canHavePorts) {
  console.warn('SKIPPED: serial ports, because python3 cannot make a pseudo-terminal here.');
}

const running = new Set<ChildProcess>();
const folders: string[] = [];

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kilter-port-'));
  folders.push(folder);
  return folder;
}

/** For `afterEach`. */
export function unplugAll(): void {
  for (const one of running) one.kill('SIGKILL');
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export type Plugged = {
  send(bytes: Uint8Array): void;
  pullOut(): Promise<void>;
  /** The device takes no bytes any more. */
  stall(): void;
};

/** A device behind `path`, a name that stays while the terminal behind it changes. */
export async function plugIn(path: string, onBytes: (bytes: Uint8Array) => void): Promise<Plugged> {
  const child = spawn('python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  running.add(child);
  child.stdin.on('error', () => {});
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  symlinkSync(first.toString('latin1').trim(), path);
  child.stdout.on('data', (bytes: Buffer) => onBytes(Uint8Array.from(bytes)));
  return {
    send: (bytes) => void child.stdin.write(bytes),
    stall: () => void child.kill('SIGSTOP'),
    async pullOut() {
      unlinkSync(path);
      child.kill('SIGKILL');
      await once(child, 'exit');
      running.delete(child);
    },
  };
}
