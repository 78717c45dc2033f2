/** Eight writers, 40 000 rows: what a pull by (xid, seq) misses, and what one by number misses. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from '#server/db/client.ts';
import { startDatabase } from '../../tools/db.mjs';
import { ensureDatabase, migrate } from '../../tools/migrate.mjs';
import { I10 } from '../sim/invariants.ts';
import {
  committed,
  naiveReader,
  safeReader,
  writeChanges,
  type Reader,
} from '../support/writers.ts';
import { secondsOf, type Bench } from './harness.ts';

const WRITERS = 8;
const ROWS_EACH = 5200;
const ROWS_AT_ONCE = 4;
const ORGANISATION = `INSERT INTO organisation (name) VALUES ('bench') RETURNING id`;

export const bench: Bench = {
  about: `${WRITERS} writers, ${WRITERS * ROWS_EACH} rows: what a pull misses`,
  async run({ say }) {
    const folder = mkdtempSync(join(tmpdir(), 'kilter-bench-'));
    const server = await startDatabase({ dir: join(folder, 'data') });
    try {
      await ensureDatabase(server.url);
      await migrate(server.url);
      const db = openDatabase(server.url, WRITERS + 4);
      const figures = await measure(db);
      await db.close();
      const isGood = figures.missed + figures.twice === 0 && figures.missed_by_number > 0;
      say(isGood ? 'PASS: by horizon nothing is missed, by number it is' : 'NOT REACHED');
      return figures;
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(db: Database) {
  const org = await db.pool.query<{ id: number }>(ORGANISATION);
  const orgId = org.rows[0]!.id;
  const inside = <T>(work: Parameters<typeof db.withOrgSql<T>>[1]) => db.withOrgSql(orgId, work);
  const [safe, naive] = [safeReader(inside), naiveReader(inside)];
  let writing = true;
  const follow = async (reader: Reader) => {
    while (writing) await reader.turn();
  };
  const following = [follow(safe), follow(naive)];
  const each = { rows: ROWS_EACH, rowsAtOnce: ROWS_AT_ONCE };
  const seconds = await secondsOf(() =>
    Promise.all(
      Array.from({ length: WRITERS }, (_, k) => writeChanges(inside, orgId, { k, ...each })),
    ),
  );
  writing = false;
  await Promise.all(following);
  for (const reader of [safe, naive]) while ((await reader.turn()) > 0);
  const all = await committed(db.pool);
  const { missed, twice } = I10.missed(all, safe.seen);
  return {
    rows: all.length,
    missed,
    twice,
    missed_by_number: I10.missed(all, naive.seen).missed,
    transactions_per_s: all.length / ROWS_AT_ONCE / seconds,
  };
}
