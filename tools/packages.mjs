/**
 * Puts in place what a fresh clone lacks: packages, generated code, the build.
 *
 * It compares contents, never dates, so a checkout or a copied folder cannot fool it. It knows
 * nothing of databases. `npm start`, `npm test` and `npm run check` call it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Trouble, diskTrouble, isDiskFull } from './trouble.mjs';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMPS = join(ROOT, 'node_modules/.cache/kilter');

/** Runs `npm ci` when a package of the lock file is missing or of another version. */
export async function ensurePackages() {
  if (arePackagesInPlace()) return;
  console.log('Installing packages (npm ci); this takes about half a minute …');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const viaNode = npm && /\.c?js$/.test(npm);
  const command = viaNode ? [process.execPath, npm, ...args] : ['npm', ...args];
  const { code, said } = await runQuietly(command, {
    shell: !viaNode && process.platform === 'win32',
  });
  if (code === 0) return;
  if (isDiskFull(said)) throw diskTrouble(ROOT);
  throw new Trouble(`The packages could not be installed (npm ci ended with ${code}).\n${said}`);
}

function arePackagesInPlace() {
  const installed = readJson(join(ROOT, 'node_modules/.package-lock.json'))?.packages;
  if (!installed) return false;
  const wanted = Object.entries(readJson(join(ROOT, 'package-lock.json')).packages);
  return wanted.every(([path, entry]) => {
    // Optional ones belong to other systems and are rightly absent.
    if (path === '' || entry.optional || entry.devOptional || entry.peer) return true;
    return installed[path]?.version === entry.version;
  });
}

function readJson(path) {
  try {
    return JSON.parse(fs.readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** What is generated, from what, by which command; `output` must exist for the stamp to count. */
const GENERATORS = [
  {
    name: 'svelte-kit',
    // Every route has its own generated types.
    inputs: ['svelte.config.js', 'package-lock.json', 'src/routes'],
    output: '.svelte-kit/tsconfig.json',
    command: ['@sveltejs/kit/svelte-kit.js', 'sync'],
  },
  {
    name: 'prisma',
    inputs: ['prisma/schema', 'prisma.config.ts', 'package-lock.json'],
    output: 'server/generated/prisma/client.ts',
    command: ['prisma/build/index.js', 'generate'],
  },
  {
    name: 'paraglide',
    inputs: [
      ...['src/lib/i18n/messages', 'src/lib/i18n/project.inlang/settings.json'],
      ...['tools/messages.mjs', 'package-lock.json'],
    ],
    output: 'src/lib/i18n/paraglide/messages.js',
    command: ['../tools/messages.mjs'],
  },
];

/** Generates the code that is not kept in git, where its sources changed since. */
export async function ensureGenerated() {
  for (const { name, inputs, output, command } of GENERATORS) {
    const print = fingerprint(inputs);
    if (readStamp(name) === print && fs.existsSync(join(ROOT, output))) continue;
    const { code, said } = await runQuietly(nodeTool(command));
    if (code !== 0) throw new Trouble(`Code could not be generated (${name}).\n${said.trim()}`);
    writeStamp(name, print);
  }
}

/** The command line of a program, named from node_modules, run by this very Node. */
export const nodeTool = ([script, ...args]) => [
  process.execPath,
  join(ROOT, 'node_modules', script),
  ...args,
];

const BUILD_INPUTS = [
  ...['src', 'server', 'static', 'prisma/schema', 'package-lock.json', 'package.json'],
  ...['vite.config.ts', 'svelte.config.js', 'tsconfig.json', 'tools/guard-server.ts'],
  'tools/messages.mjs',
];

/** Builds the app when its sources changed since the last build; says whether it did. */
export async function ensureBuilt() {
  const print = fingerprint(BUILD_INPUTS);
  const stamp = join(ROOT, 'build/.fingerprint');
  const isFresh = fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === print;
  if (isFresh && fs.existsSync(join(ROOT, 'build/index.js'))) return false;
  console.log('Building the app …');
  fs.rmSync(stamp, { force: true });
  const { code, said } = await runQuietly(
    nodeTool(['vite/bin/vite.js', 'build', '--logLevel', 'warn']),
  );
  if (code !== 0) {
    if (isDiskFull(said)) throw diskTrouble(ROOT);
    throw new Trouble(`The app could not be built.\n${said.trim()}`);
  }
  fs.writeFileSync(stamp, print);
  return true;
}

const DERIVED = /(^|\/)(paraglide|generated|node_modules)$|\.test\.ts$|\.bench\.ts$|(^|\/)vectors$/;

/** One hash over names and contents of files and folders, relative to the root. */
export function fingerprint(inputs) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (DERIVED.test(path)) return;
    const full = join(ROOT, path);
    const stat = fs.statSync(full, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory())
      return fs
        .readdirSync(full)
        .sort()
        .forEach((n) => add(`${path}/${n}`));
    hash.update(`${path}\0`).update(fs.readFileSync(full));
  };
  inputs.forEach(add);
  return hash.digest('hex');
}

function readStamp(name) {
  const path = join(STAMPS, name);
  return fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : null;
}

function writeStamp(name, print) {
  const path = join(STAMPS, name);
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.writeFileSync(path, print);
}

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill()));

/** Runs a command to its end and keeps what it said; it does not outlive this process. */
export function runQuietly([program, ...args], { shell = false, env = process.env } = {}) {
  const stdio = ['ignore', 'pipe', 'pipe'];
  const child = spawn(program, args, { cwd: ROOT, stdio, shell, env });
  running.add(child);
  child.on('close', () => running.delete(child));
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  child.stderr.on('data', (data) => (said += data));
  return new Promise((done) => {
    child.on('error', (error) => done({ code: 127, said: `${said}${error.message}` }));
    child.on('close', (code) => done({ code: code ?? 1, said }));
  });
}
