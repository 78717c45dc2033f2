/**
 * `npm start` and `npm run dev`: from a fresh clone to a page in the browser, and down again.
 *
 * It knows the order of the steps and what the person at the terminal must read; how each step is
 * done stands in its own file. Only start.mjs and dev.mjs call it.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join, resolve } from 'node:path';
import { isAlive, isListening, startDatabase } from './db.mjs';
import { ensureDatabase, migrate, withClient } from './migrate.mjs';
import { ROOT, ensureBuilt, ensureGenerated, ensurePackages, nodeTool } from './packages.mjs';
import { ensureSecrets } from './secrets.mjs';
import { Trouble, giveUp, placeOf } from './trouble.mjs';

const DEFAULT_PORT = 3000;
const PORTS_TO_TRY = 20;
const READY_LIMIT_MS = 30_000;
/** What ends by itself is started again, unless it does so this often within a minute. */
const MOST_DEATHS = 10;
const MINUTE_MS = 60_000;
/** After a crash the dead server's processes hold its memory for a moment. */
const DATABASE_TRIES = 40;
const TRY_AGAIN_MS = 250;

/** What must be undone at the end, newest first. */
const undo = [];
let isStopping = false;

/** Brings everything up and stays until a signal or the app's end. `mode`: 'build' or 'dev'. */
export async function launch(mode) {
  process.chdir(ROOT);
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));
  try {
    await bringUp(mode);
  } catch (error) {
    if (isStopping) return;
    giveUp(error);
    await stop(1);
  }
}

async function bringUp(mode) {
  const began = performance.now();
  const dataDir = resolve(process.env.KILTER_DATA_DIR || '.data');
  await refuseSecondInstance(dataDir);
  const { port, host } = await choosePort();
  await ensurePackages();
  await ensureGenerated();
  const env = { ...ensureSecrets(dataDir), ...ownAddress(port, host), ...process.env };
  env.KILTER_DATA_DIR = dataDir;
  env.PORT = String(port);
  env.DATABASE_URL = await openDatabase(dataDir, env);
  const built = mode === 'build' ? ensureBuilt() : Promise.resolve(false);
  built.catch(() => {}); // Awaited below; a failure during seeding must not end the process early.
  await seedDemo(env);
  await built;
  if (isStopping) return;
  undo.push(() => fs.rmSync(join(dataDir, 'running.json'), { force: true }));
  const app = serve(mode, { env, port, host, dataDir });
  await untilReady(app, host, port);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`\nKilter is ready after ${seconds} s:  ${env.ORIGIN}\n`);
  await printDemoLinks(env);
  console.log('Ctrl-C stops everything; the data stay.');
}

const ownAddress = (port, host) => ({
  HOST: host,
  ORIGIN: `http://localhost:${port}`,
  // A photo of a dial is about 1 MB; a round is sent with dozens of them.
  BODY_SIZE_LIMIT: '32M',
  SHUTDOWN_TIMEOUT: '5',
  NODE_ENV: 'production',
});

/** One data folder serves one running Kilter; a second start says where the first one is. */
async function refuseSecondInstance(dataDir) {
  const file = join(dataDir, 'running.json');
  if (!fs.existsSync(file)) return;
  const { pid, origin, port } = JSON.parse(fs.readFileSync(file, 'utf8') || '{}');
  // After a reboot the number may belong to another process, so the port must answer too.
  if (pid && isAlive(pid) && (await isListening(port))) {
    throw new Trouble(`Kilter already runs from this folder at ${origin} (process ${pid}).`);
  }
  fs.rmSync(file, { force: true });
}

function announceRunning(dataDir, { app, env }) {
  const file = join(dataDir, 'running.json');
  const { ORIGIN: origin, PORT, DATABASE_URL: databaseUrl } = env;
  const note = { pid: app.pid, origin, port: Number(PORT), databaseUrl };
  fs.writeFileSync(file, JSON.stringify(note), { mode: 0o600 });
}

/** The port of PORT or fail; without PORT the first free one from 3000. */
async function choosePort() {
  const host = process.env.HOST || '127.0.0.1';
  const named = process.env.PORT;
  const first = named ? Number(named) : DEFAULT_PORT;
  if (!Number.isInteger(first) || first < 1 || first > 65_535) {
    throw new Trouble(`PORT is "${named}"; it must be a number from 1 to 65535.`);
  }
  for (let port = first; port < first + (named ? 1 : PORTS_TO_TRY); port++) {
    const problem = await bindProblem(port, host);
    if (problem === null) {
      if (port !== first) console.log(`Port ${first} is taken; using ${port} instead.`);
      return { port, host };
    }
    if (problem !== 'EADDRINUSE') throw bindTrouble(problem, port, host);
  }
  throw new Trouble(
    named
      ? `Port ${first} is taken by another program. Choose another: PORT=${first + 1} npm start`
      : `Ports from ${first} on are all taken. Choose one yourself: PORT=8080 npm start`,
  );
}

function bindTrouble(code, port, host) {
  if (code === 'EACCES') {
    return new Trouble(`This user may not open port ${port}. Choose one above 1023 with PORT.`);
  }
  return new Trouble(`HOST is "${host}", which is no address of this machine (${code}).`);
}

function bindProblem(port, host) {
  return new Promise((done) => {
    const probe = net.createServer();
    probe.on('error', (error) => done(error.code));
    probe.listen(port, host, () => probe.close(() => done(null)));
  });
}

/** The database of DATABASE_URL, or the embedded one; brought to the newest migration. */
async function openDatabase(dataDir, env) {
  const url = process.env.DATABASE_URL || (await startEmbedded(dataDir, env));
  if (process.env.DATABASE_URL) {
    await withClient(url, (client) => client.query('SELECT 1'));
    console.log(`Using the database at ${placeOf(url)}.`);
  }
  const count = await migrate(url);
  if (count > 0) console.log(`The database took ${count} migration${count > 1 ? 's' : ''}.`);
  return url;
}

async function startEmbedded(dataDir, env) {
  const port = Number(process.env.KILTER_DB_PORT || 0);
  const dir = join(dataDir, 'pg');
  let db = await startDatabase({ dir, port, password: env.KILTER_DB_PASSWORD });
  undo.push(() => db.stop());
  await ensureDatabase(db.url);
  // The app knows this address, so the next server must have it too.
  const again = () => startDatabase({ dir, port: db.port, password: env.KILTER_DB_PASSWORD });
  void keepRunning(
    'database',
    () => db.ended,
    async () => {
      db = await insist(again);
    },
  );
  return db.url;
}

/** Waits for a part's end and starts it again, until Kilter is stopped or it dies too often. */
async function keepRunning(name, ended, start) {
  const deaths = [];
  for (;;) {
    await ended();
    if (isStopping) return;
    deaths.push(Date.now());
    const recent = deaths.filter((at) => at > Date.now() - MINUTE_MS);
    if (recent.length > MOST_DEATHS) break;
    console.error(`\nThe ${name} ended by itself; it is started again.`);
    try {
      await start();
    } catch (error) {
      giveUp(error);
      break;
    }
  }
  console.error(`\nThe ${name} does not stay up.`);
  await stop(1);
}

async function insist(work) {
  for (let left = DATABASE_TRIES; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || isStopping) throw error;
      await new Promise((done) => setTimeout(done, TRY_AGAIN_MS));
    }
  }
}

/** Fills an empty database with the demo town, all or nothing, unless KILTER_DEMO=off. */
async function seedDemo(env) {
  if (env.KILTER_DEMO === 'off') return;
  const { rows } = await withClient(env.DATABASE_URL, (client) =>
    client.query('SELECT EXISTS (SELECT FROM organisation) AS filled'),
  );
  if (rows[0].filled) return;
  console.log('First run: making the demo town …');
  const code = await runCli('server/cli/seed.ts', env);
  if (code !== 0) throw new Trouble(`The demo town could not be made (exit ${code}, see above).`);
}

async function printDemoLinks(env) {
  if (env.KILTER_DEMO === 'off') return;
  const code = await runCli('server/cli/demo-links.ts', env);
  if (code !== 0) {
    console.error(`The demo sign-in links could not be made (demo-links ended with ${code}).`);
  }
}

/** Runs one of our TypeScript commands with the app's own environment and shows what it says. */
function runCli(script, env) {
  const [program, ...args] = nodeTool(['tsx/dist/cli.mjs', script]);
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const end = () => child.kill('SIGTERM');
  undo.push(end);
  return new Promise((done) =>
    child.on('close', (code) => (undo.splice(undo.indexOf(end), 1), done(code ?? 1))),
  );
}

/** Starts the app and keeps it running; returns how to ask for the process of the moment. */
function serve(mode, { env, port, host, dataDir }) {
  const vite = ['vite/bin/vite.js', 'dev', '--port', String(port), '--strictPort', '--host', host];
  const line = mode === 'dev' ? nodeTool(vite) : [process.execPath, join(ROOT, 'build/index.js')];
  if (mode === 'dev') env.NODE_ENV = 'development';
  let child;
  let ended;
  const begin = () => {
    const options = { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] };
    child = spawn(line[0], line.slice(1), options);
    ended = new Promise((done) => child.once('exit', done));
    announceRunning(dataDir, { app: child, env });
  };
  begin();
  undo.push(() => endChild(child));
  void keepRunning('app', () => ended, begin);
  return child;
}

function endChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', done);
    child.kill('SIGTERM');
    // Open event streams must not keep the terminal waiting.
    setTimeout(() => child.kill('SIGKILL'), 8000).unref();
  });
}

async function untilReady(app, host, port) {
  const anywhere = host === '0.0.0.0' || host === '::';
  const limit = Date.now() + READY_LIMIT_MS;
  while (Date.now() < limit && app.exitCode === null) {
    if (await answers({ host: anywhere ? '127.0.0.1' : host, port, path: '/shell' })) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Trouble('The app did not answer within half a minute; its own words are above.');
}

/** Plain HTTP, because `fetch` refuses a list of ports that a person may well choose. */
function answers(where) {
  return new Promise((done) => {
    const request = http.get(where, (response) => (response.resume(), done(true)));
    request.on('error', () => done(false));
  });
}

/** Takes everything down, newest first, and ends the process. */
async function stop(code) {
  if (isStopping) return;
  isStopping = true;
  for (const step of undo.reverse()) await Promise.resolve(step()).catch(() => {});
  process.exit(process.exitCode || code);
}
