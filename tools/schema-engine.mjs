#!/usr/bin/env node
/**
 * Stands in for Prisma's native `schema-engine` program, so that no binary is downloaded.
 *
 * It speaks the engine's JSON-RPC over standard input and output and lets Prisma's own WebAssembly
 * build of the engine do the work over @prisma/adapter-pg. It knows nothing of our schema; only the
 * Prisma command line may call it (prisma.config.ts names it). The protocol is internal to Prisma,
 * which is why the five packages are pinned to one version (docs/adr/0007).
 */
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';

/** Column types of the engine's protocol that catalogue columns are told to have. */
const CHARACTER = 6;
const TEXT = 7;
const TEXT_OID = 25;

/**
 * The adapter is written for the client and does not know the catalogue's own types ("char",
 * int2vector, regproc, pg_node_tree, regclass, regtype, ...), which introspection reads.
 */
const CATALOGUE_TYPES = new Map([
  [18, CHARACTER],
  ...[22, 24, 30, 194, 2205, 2206, 3220].map((oid) => [oid, TEXT]),
]);

/** Makes an adapter name the catalogue's types: shown as text, then marked in the answer. */
function teachCatalogue(adapter) {
  let marks = [];
  const performIO = adapter.performIO.bind(adapter);
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.performIO = async (query) => {
    const answer = await performIO(query);
    marks = [];
    answer?.fields?.forEach((field, column) => {
      if (!CATALOGUE_TYPES.has(field.dataTypeID)) return;
      marks.push([column, CATALOGUE_TYPES.get(field.dataTypeID)]);
      field.dataTypeID = TEXT_OID;
    });
    return answer;
  };
  adapter.queryRaw = async (query) => {
    const answer = await queryRaw(query);
    for (const [column, type] of marks) answer.columnTypes[column] = type;
    return answer;
  };
  // The adapter cuts scripts at every semicolon, also inside function bodies and comments. One
  // simple query runs the whole script, in one implicit transaction.
  adapter.executeScript = async (script) => {
    try {
      await adapter.client.query(script);
    } catch (error) {
      adapter.onError(error);
    }
  };
  return adapter;
}

const connect = async (url) =>
  teachCatalogue(await new PrismaPg({ connectionString: url, max: 1 }).connect());

async function runSql(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    if (sql) await client.query(sql);
  } finally {
    await client.end();
  }
}

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

function sibling(url, database) {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(database)}`;
  return other.href;
}

/** What the engine opens its connections with. */
const adapterFactory = (url) => ({
  provider: 'postgres',
  adapterName: '@prisma/adapter-pg',
  connect: () => connect(url),
  // The adapter's own version forgets the shadow's name when it was given a connection string (it
  // would work on the main database) and drops it while still connected.
  async connectToShadowDb() {
    const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await runSql(url, `CREATE DATABASE ${quoted(name)}`);
    const adapter = await connect(sibling(url, name));
    const dispose = adapter.dispose.bind(adapter);
    adapter.dispose = async () => {
      await dispose();
      await runSql(url, `DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`);
    };
    return adapter;
  },
});

const args = process.argv.slice(2);
const valuesOf = (option) => args.flatMap((arg, i) => (arg === option ? [args[i + 1]] : []));
const url = JSON.parse(valuesOf('--datasource')[0] ?? '{}').url;

/** PostgreSQL's codes → those of Prisma, which the command line turns into words. */
const PRISMA_CODES = { '3D000': 'P1003', '28P01': 'P1000', '42P04': 'P1009' };

/** `schema-engine cli <command>`: one question about the database itself. */
async function answerOnce(command) {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const admin = sibling(url, 'postgres');
  try {
    if (command === 'can-connect-to-database') await runSql(url);
    if (command === 'create-database') await runSql(admin, `CREATE DATABASE ${quoted(name)}`);
    if (command === 'drop-database') {
      await runSql(admin, `DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`);
    }
    process.exit(0);
  } catch (error) {
    const fields = {
      message: String(error.message || error.code),
      error_code: PRISMA_CODES[error.code] ?? 'P1001',
    };
    const timestamp = new Date().toISOString();
    const line = { timestamp, level: 'ERROR', fields, target: 'schema_engine::logger' };
    process.stderr.write(`\n${JSON.stringify(line)}\n`);
    process.exit(1);
  }
}

let lastPanic = '';

async function loadEngine() {
  const require = createRequire(import.meta.url);
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const folder = dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => (lastPanic = message) };
  const module = new WebAssembly.Module(readFileSync(join(folder, 'schema_engine_bg.wasm')));
  const instance = new WebAssembly.Instance(module, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  const files = valuesOf('--datamodels');
  const datamodels = files.length ? files.map((f) => [f, readFileSync(f, 'utf8')]) : undefined;
  const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(url));
  return glue.SchemaEngine.new({ datamodels }, () => {}, factory);
}

// One engine answers all calls: it holds Prisma's advisory lock on its connection, and a second one
// would wait ten seconds for it.
let enginePromise;
const engine = () => (enginePromise ??= loadEngine());

const send = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

/** What stands between the migrations and the schema, as SQL. */
async function pendingDiff(params) {
  const diff = await (
    await engine()
  ).diff({
    from: { tag: 'migrations', ...params.migrationsList },
    to: { tag: 'schemaDatamodel', ...params.schema },
    script: true,
    exitCode: true,
    shadowDatabaseUrl: null,
    filters: params.filters,
  });
  return { sql: diff.stdout ?? '', isEmpty: diff.exitCode !== 2 };
}

/**
 * The calls the WebAssembly engine does not answer as the binary does. Its own `evaluateDataLoss`
 * and `createMigration` cannot get a shadow database on PostgreSQL; its diff can, and holds
 * everything they answer.
 */
const ANSWERS = {
  getDatabaseVersion: async (params) => (await engine()).version(params),
  createDatabase: async () => ({ databaseName: new URL(url).pathname.slice(1) }),
  async diff(params, id) {
    const answer = await (await engine()).diff(params);
    const content = answer.stdout;
    if (content != null) send({ id: `print${id}`, method: 'print', params: { content } });
    return answer;
  },
  async evaluateDataLoss(params) {
    const { sql, isEmpty } = await pendingDiff(params);
    const losses = [...sql.matchAll(/^.*\bDROP (?:TABLE|COLUMN)\b.*$/gm)];
    const warnings = losses.map(([line]) => ({
      stepIndex: 0,
      message: `Data will be lost: ${line.trim()}`,
    }));
    return { migrationSteps: isEmpty ? 0 : 1, unexecutableSteps: [], warnings };
  },
  async createMigration(params) {
    const { sql, isEmpty } = await pendingDiff(params);
    const common = { connectorType: 'postgresql', extension: 'sql' };
    if (isEmpty && !params.draft) {
      return { ...common, generatedMigrationName: null, migrationScript: null };
    }
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
    return {
      ...common,
      generatedMigrationName: `${stamp}_${params.migrationName}`.replace(/_$/, ''),
      migrationScript: isEmpty ? '-- This is an empty migration.' : sql,
    };
  },
};

async function answer(line) {
  const { id, method, params } = JSON.parse(line);
  if (!method) return; // The command line's answer to a `print` we sent.
  try {
    const own = ANSWERS[method];
    const core = await engine();
    if (!own && typeof core[method] !== 'function') {
      throw new Error(`schema-engine (wasm): ${method} is not supported`);
    }
    const result = own ? await own(params, id) : await core[method](params);
    send({ id, result: result ?? null });
  } catch (error) {
    const data = {
      is_panic: lastPanic !== '',
      message: lastPanic || error?.message || String(error),
      meta: error?.meta,
      error_code: error?.code,
    };
    const message = 'An error happened. Check the data field for details.';
    send({ id, error: { code: 4466, message, data } });
  }
}

if (args.includes('--version')) {
  console.log('schema-engine-cli wasm');
  process.exit(0);
}
const once = args.indexOf('cli');
if (once >= 0) await answerOnce(args[once + 1]);

let queue = Promise.resolve();
createInterface({ input: process.stdin })
  .on('line', (line) => (queue = queue.then(() => answer(line))))
  .on('close', () => queue.then(() => process.exit(0)));
