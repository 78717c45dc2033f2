/**
 * `npx tsx server/cli/seed.ts`: fills an empty, migrated database with the demo town.
 *
 * It knows the tables and the town; it knows no rule of the product. The launcher calls it on the
 * first run, tests call `seedDemo`. Everything is one transaction: cut short, it leaves nothing. It
 * needs DATABASE_URL and, to seal meter keys, KILTER_MASTER_KEY.
 */
import pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import { sealKey } from '#server/registry/keys.ts';
import { seedUsers } from './seed/people.ts';
import { seedForest, seedNordwerk, type SeedInput } from './seed/towns.ts';

export type SeedResult = { readonly readings: number; readonly skipped: boolean };

/** Does nothing when any organisation exists. */
export async function seedDemo(options: {
  url: string;
  masterKey: string;
  nowAt: Instant;
  say: (step: string) => void;
}): Promise<SeedResult> {
  const pool = new pg.Pool({ connectionString: options.url, max: 1 });
  const client = await pool.connect();
  try {
    const { rows } = await client.query('SELECT EXISTS (SELECT FROM organisation) AS filled');
    if (rows[0].filled) return { readings: 0, skipped: true };
    const input: SeedInput = {
      ...options,
      seal: (name, key) => sealKey(options.masterKey, name, key),
    };
    const readings = await inTransaction(client, input);
    options.say('statistics for the planner');
    await client.query('ANALYZE');
    return { readings, skipped: false };
  } finally {
    client.release();
    await pool.end();
  }
}

async function inTransaction(client: pg.PoolClient, input: SeedInput): Promise<number> {
  await client.query('BEGIN');
  try {
    await seedUsers(client);
    const readings = (await seedForest(client, input)) + (await seedNordwerk(client, input));
    await client.query('COMMIT');
    return readings;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** One line that is written over on a terminal, one line a step elsewhere. */
function sayOnOneLine(step: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[KDemo town: ${step} …`);
  else process.stdout.write(`Demo town: ${step} …\n`);
}

async function main(): Promise<void> {
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL is not set: it names the database to fill.');
  const masterKey = process.env['KILTER_MASTER_KEY'] ?? '';
  const startedAt = Date.now();
  const result = await seedDemo({ url, masterKey, nowAt: startedAt, say: sayOnOneLine });
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const done = result.skipped
    ? 'Demo town: already there, nothing changed.'
    : `Demo town: ${result.readings.toLocaleString('en')} readings in ${seconds} s.`;
  process.stdout.write(process.stdout.isTTY ? `\r\u001b[K${done}\n` : `${done}\n`);
}

if (process.argv[1]?.endsWith('seed.ts')) {
  main().catch((error: unknown) => {
    process.stderr.write(`\nThe demo town could not be made: ${String(error)}\n`);
    process.exitCode = 1;
  });
}
