/**
 * Under eight writers a pull by (xid, seq) below the horizon misses nothing; by number it does.
 * `npm run bench -- pull` does the same with 40 000 rows.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type pg from 'pg';
import type { App } from '#server/app.ts';
import { I10 } from '../../tests/sim/invariants.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { makeOrganisation, testApp, type Small } from '../../tests/support/two-organisations.ts';
import * as writers from '../../tests/support/writers.ts';
import { capTransaction } from './store.ts';

const WRITERS = 8;
const ROWS_EACH = 600;
const HORIZON_MS = 20_000;

let database: TestDatabase;
let app: App;
let alpha: Small;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  alpha = await makeOrganisation(app, 'ALPHA', 1);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const inAlpha = <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  app.db.withOrgSql(alpha.orgId, work);
const insert = (client: pg.ClientBase, key: string) =>
  writers.insertChange(client, alpha.orgId, key);
const resultOf = async (reader: writers.Reader) =>
  I10.missed(await writers.committed(app.db.pool), reader.seen);
/** Polls, for the horizon is the whole server's: a test in another database may hold it back. */
const caughtUp = (reader: writers.Reader) =>
  expect
    .poll(async () => (await reader.turn(), resultOf(reader)), { timeout: HORIZON_MS })
    .toEqual({ missed: 0, twice: 0 });

test('a row that was numbered first and committed last is missed by number only', async () => {
  const [safe, naive] = [writers.safeReader(inAlpha), writers.naiveReader(inAlpha)];
  await inAlpha(async (slow) => {
    await insert(slow, 'slow');
    await inAlpha((quick) => insert(quick, 'quick'));
    await safe.turn();
    await naive.turn();
  });
  await naive.turn();
  await caughtUp(safe);
  // Shown, so that nobody simplifies the query: the obvious one loses rows for ever.
  expect(await resultOf(naive)).toEqual({ missed: 1, twice: 0 });
});

test('a pull under eight writers is exactly the committed rows, each once', async () => {
  const readers = [writers.safeReader(inAlpha), writers.naiveReader(inAlpha)] as const;
  let writing = true;
  const follow = async (reader: writers.Reader) => {
    while (writing) await reader.turn();
  };
  const following = readers.map(follow);
  const each = { rows: ROWS_EACH, rowsAtOnce: 10 };
  await Promise.all(
    Array.from({ length: WRITERS }, (_, k) =>
      writers.writeChanges(inAlpha, alpha.orgId, { k, ...each }),
    ),
  );
  writing = false;
  await Promise.all(following);
  const [safe, naive] = readers;
  await caughtUp(safe);
  expect(safe.seen.length).toBeGreaterThanOrEqual(WRITERS * ROWS_EACH);
  while ((await naive.turn()) > 0);
  expect((await resultOf(naive)).missed).toBeGreaterThan(0);
});

test('a push cannot hold the horizon: its transaction is ended', async () => {
  const slow = inAlpha(async (client) => {
    await capTransaction(client);
    const { rows } = await client.query<{ statement_timeout: string }>('SHOW statement_timeout');
    expect(rows[0]?.statement_timeout).toBe('5s');
    await client.query(`SELECT set_config('statement_timeout', '50', true)`);
    await client.query('SELECT pg_sleep(5)');
  });
  await expect(slow).rejects.toThrow(/statement timeout/);
  const { rows } = await app.db.pool.query<{ limit: string }>(
    `SELECT current_setting('idle_in_transaction_session_timeout') AS limit`,
  );
  expect(rows[0]?.limit).toBe('15s');
});
