/** Level 2 of the sync simulation; every failing seed is printed and replays by itself. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyDatabase, freshDatabase, type TestDatabase } from '../../support/database.ts';
import { runReal, type RealResult } from './run.ts';
import { startRealServer, type RealServer } from './server.ts';

/** Half a minute's worth on an idle machine; `npm run sim -- --level 2` runs 500. */
const SCHEDULES = Number(process.env['KILTER_REAL_SCHEDULES'] ?? 50);
const LIMIT_MS = 240_000;

let database: TestDatabase;
let server: RealServer;

beforeAll(async () => {
  database = await freshDatabase();
  server = await startRealServer({ first: database.url, copy: copyDatabase });
});

afterAll(async () => {
  await server?.close();
  await database?.drop();
});

test(
  `${SCHEDULES} schedules of real code lose, double and split nothing`,
  async () => {
    const results: RealResult[] = [];
    for (let seed = 1; seed <= SCHEDULES; seed++) results.push(await runReal(server, seed));
    const sum = (of: (result: RealResult) => number) =>
      results.reduce((total, result) => total + of(result), 0);
    console.log(
      `level 2: ${results.length} schedules, ${sum((r) => r.events)} events, ` +
        `${sum((r) => r.photos)} photos, ${sum((r) => r.kills)} kills, ` +
        `${sum((r) => r.faults)} network faults, ${sum((r) => r.forks)} forks`,
    );
    const failed = results.filter(({ findings }) => findings.length > 0);
    const words = failed.map(({ seed, findings }) => `seed ${seed}: ${findings.join('; ')}`);
    expect(words).toEqual([]);
    // An idle simulation proves nothing.
    expect(sum((r) => r.kills)).toBeGreaterThan(SCHEDULES / 5);
    expect(sum((r) => r.faults)).toBeGreaterThan(SCHEDULES);
    expect(sum((r) => r.forks)).toBeGreaterThan(SCHEDULES / 100);
    expect(sum((r) => r.photos)).toBeGreaterThan(SCHEDULES / 5);
  },
  LIMIT_MS,
);
