/**
 * Writers to the change log and readers that follow it: one by (xid, seq) below the horizon, as
 * phones pull, and one by number alone, to show what that loses. pull.pg.test.ts and the benchmark
 * `pull` call it.
 */
import type pg from 'pg';
import { selectChanges } from '#server/sync/package-store.ts';

export type Inside = <T>(work: (client: pg.PoolClient) => Promise<T>) => Promise<T>;

const LIMIT = 2000;
/** Some transactions stay open after they took their number: that is the trap. */
const SLOW_EVERY = 7;

export const insertChange = (client: pg.ClientBase, orgId: number, key: string) =>
  client.query(
    `INSERT INTO change_log (org_id, kind, key, op, scope) VALUES ($1, 'round', $2, 'put', $2)`,
    [orgId, key],
  );

export type Writer = { readonly k: number; readonly rows: number; readonly rowsAtOnce: number };

/** `rows` in transactions of `rowsAtOnce`. */
export async function writeChanges(inside: Inside, orgId: number, writer: Writer): Promise<void> {
  const { k, rows, rowsAtOnce } = writer;
  for (let i = 0; i < rows; i += rowsAtOnce) {
    await inside(async (client) => {
      for (let j = i; j < Math.min(rows, i + rowsAtOnce); j++) {
        await insertChange(client, orgId, `${k}-${j}`);
      }
      if ((i / rowsAtOnce) % SLOW_EVERY === 0) await client.query('SELECT pg_sleep(0.02)');
    });
  }
}

export type Reader = {
  /** Numbers in the order they came, repeated ones too. */
  readonly seen: string[];
  turn(): Promise<number>;
};

export function safeReader(inside: Inside): Reader {
  const seen: string[] = [];
  let from = { xid: 0n, seq: 0n };
  return {
    seen,
    async turn() {
      const rows = await inside((client) => selectChanges(client, from, LIMIT));
      for (const { seq } of rows) seen.push(String(seq));
      from = rows.at(-1) ?? from;
      return rows.length;
    },
  };
}

export function naiveReader(inside: Inside): Reader {
  const seen: string[] = [];
  let from = '0';
  return {
    seen,
    async turn() {
      const { rows } = await inside((client) =>
        client.query<{ seq: string }>(
          'SELECT seq::text FROM change_log WHERE seq > $1 ORDER BY change_log.seq LIMIT $2',
          [from, LIMIT],
        ),
      );
      for (const { seq } of rows) seen.push(seq);
      from = rows.at(-1)?.seq ?? from;
      return rows.length;
    },
  };
}

export const committed = async (pool: pg.Pool): Promise<string[]> => {
  const { rows } = await pool.query<{ seq: string }>('SELECT seq::text FROM change_log');
  return rows.map(({ seq }) => seq);
};
