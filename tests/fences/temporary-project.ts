/**
 * A throw-away project with the repository's real configuration and planted sources.
 *
 * It knows which configuration files a build needs; it knows no fence. Only tests/fences calls it.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../support/source-files.ts';

const CONFIGURATION = [
  ...['package.json', 'vite.config.ts', 'svelte.config.js', 'tsconfig.json', 'tools'],
  ...['.dependency-cruiser.cjs', 'src/lib/i18n/project.inlang/settings.json'],
  ...['src/lib/i18n/messages', 'src/app.html'],
];

/** Makes the folder from `path → text`, beside copies of the real configuration. */
export function temporaryProject(sources: Record<string, string>): string {
  const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'kilter fence ')));
  for (const path of CONFIGURATION)
    fs.cpSync(`${ROOT}${path}`, join(root, path), { recursive: true });
  fs.symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'junction');
  for (const [path, text] of Object.entries(sources)) {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    fs.writeFileSync(join(root, path), text);
  }
  return root;
}

export type Outcome = { readonly code: number; readonly said: string };

/** Runs a program of node_modules inside the project. */
export function runTool(root: string, script: string, args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, NODE_ENV: 'production', FORCE_COLOR: '0' };
  delete (env as Record<string, unknown>)['VITEST'];
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', script), ...args], {
    cwd: root,
    env,
  });
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  child.stderr.on('data', (data) => (said += data));
  return new Promise((done) => child.on('close', (code) => done({ code: code ?? 1, said })));
}

export const removeProject = (root: string): void =>
  fs.rmSync(root, { recursive: true, force: true });
