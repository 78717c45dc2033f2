/** `npm run sim -- --level 2`: schedules of real code on a PostgreSQL of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startDatabase } from '../../../tools/db.mjs';
import { ensureDatabase, migrate } from '../../../tools/migrate.mjs';
import { runReal } from './run.ts';
import { describeRealStep, makeRealSchedule } from './schedule.ts';
import { startRealServer } from './server.ts';

type Wish = { readonly seed: number; readonly schedules: number; say(text: string): void };

/** True when nothing failed. One schedule is shown step by step. */
export async function runLevel2({ seed, schedules, say }: Wish): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'kilter-sim-'));
  const postgres = await startDatabase({
    dir: join(folder, 'data'),
    durable: false,
    database: 'sim',
  });
  try {
    await ensureDatabase(postgres.url);
    await migrate(postgres.url);
    const server = await startRealServer({ first: postgres.url, copy: copyDatabase });
    if (schedules === 1) {
      for (const step of makeRealSchedule(seed)) say(`  ${describeRealStep(step)}`);
    }
    let failed = 0;
    for (let i = 0; i < schedules; i++) {
      const began = performance.now();
      const { findings, ...counts } = await runReal(server, seed + i);
      const ms = Math.round(performance.now() - began);
      say(`${JSON.stringify({ ...counts, ms })} ${findings.join('; ') || 'good'}`);
      if (findings.length) failed++;
    }
    say(`level 2: ${schedules} schedules from seed ${seed}, ${failed} failed`);
    await server.close();
    return failed === 0;
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

let made = 0;

async function copyDatabase(address: string): Promise<string> {
  const url = new URL(address);
  const source = url.pathname.slice(1);
  const name = `copy_${made++}`;
  const admin = new URL(address);
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  await client.query(`CREATE DATABASE ${name} TEMPLATE "${source}" STRATEGY FILE_COPY`);
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}
