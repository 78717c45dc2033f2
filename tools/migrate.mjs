/**
 * Brings a database to the newest migration, through Prisma's own command.
 *
 * It knows where migrations lie and how Prisma records them; it knows nothing of their content. The
 * launchers and the tests' set-up call it, after packages are installed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Trouble, databaseTrouble, diskTrouble, isDiskFull } from './trouble.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MIGRATIONS = join(ROOT, 'prisma/migrations');
const CONNECT_LIMIT_MS = 10_000;

/** Runs `work(client)` on one connection; a failed connection becomes a plain sentence. */
export async function withClient(url, work) {
  const { default: pg } = await import('pg');
  const client = openClient(pg, url);
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw databaseTrouble(error, url);
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function openClient(pg, url) {
  try {
    new URL(url);
    return new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_LIMIT_MS });
  } catch (error) {
    throw databaseTrouble(error, url);
  }
}

/** Makes the database named in `url` when the server lacks it. */
export async function ensureDatabase(url) {
  const admin = new URL(url);
  const name = decodeURIComponent(admin.pathname.slice(1));
  admin.pathname = '/postgres';
  await withClient(admin.href, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE "${name.replaceAll('"', '""')}"`);
  });
}

/** Names of migrations on disk which the database has not finished, or finished differently. */
export async function pendingMigrations(url) {
  const wanted = migrationsOnDisk();
  const applied = await withClient(url, async (client) => {
    const table = await client.query("SELECT to_regclass('_prisma_migrations') AS oid");
    if (table.rows[0].oid === null) return new Map();
    const { rows } = await client.query(
      'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL',
    );
    return new Map(rows.map((row) => [row.migration_name, row.checksum]));
  });
  return wanted.filter(({ name, checksum }) => applied.get(name) !== checksum).map((m) => m.name);
}

function migrationsOnDisk() {
  if (!existsSync(MIGRATIONS)) return [];
  const names = readdirSync(MIGRATIONS).filter((name) =>
    existsSync(join(MIGRATIONS, name, 'migration.sql')),
  );
  return names.sort().map((name) => {
    const sql = readFileSync(join(MIGRATIONS, name, 'migration.sql'));
    return { name, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/** Applies what is pending and says how many there were; nothing pending costs one query. */
export async function migrate(url) {
  const pending = await pendingMigrations(url);
  if (pending.length === 0) return 0;
  const { code, said } = await runPrisma(['migrate', 'deploy'], url);
  if (code === 0) return pending.length;
  if (isDiskFull(said)) throw diskTrouble('the database server');
  throw new Trouble(`The database could not be brought up to date.\n${said.trim()}`);
}

function runPrisma(args, url) {
  const prisma = join(ROOT, 'node_modules/prisma/build/index.js');
  const env = { ...process.env, DATABASE_URL: url, PRISMA_HIDE_UPDATE_MESSAGE: '1' };
  const child = spawn(process.execPath, [prisma, ...args], { cwd: ROOT, env });
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  child.stderr.on('data', (data) => (said += data));
  return new Promise((done) => child.on('close', (code) => done({ code, said })));
}
