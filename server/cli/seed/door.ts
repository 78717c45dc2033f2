/**
 * The seed's way into the database: one transaction, whole tables at a time.
 *
 * COPY goes to a temporary table first, because PostgreSQL refuses COPY FROM on tables with row
 * security for everyone but superusers, and DATABASE_URL may name an ordinary owner.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

export type Row = Readonly<Record<string, unknown>>;

/** Inserts rows given as objects with the table's column names. */
export async function insertRows(
  client: pg.PoolClient,
  table: string,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0]!)
    .map((name) => `"${name}"`)
    .join(', ');
  await client.query(
    `INSERT INTO "${table}" (${columns})
     SELECT ${columns} FROM json_populate_recordset(NULL::"${table}", $1)`,
    [JSON.stringify(rows)],
  );
}

/** Takes `n` ids from the table's own sequence. */
export async function takeIds(client: pg.PoolClient, table: string, n: number): Promise<number[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2)`,
    [`"${table}"`, n],
  );
  return rows.map((row) => Number(row.id));
}

/** Text lines of COPY into `table`; each line ends with a newline and holds `columns`. */
export async function copyRows(
  client: pg.PoolClient,
  target: { table: string; columns: string },
  lines: Iterable<string>,
): Promise<void> {
  const { table, columns } = target;
  await client.query(
    `CREATE TEMP TABLE seed_copy ON COMMIT DROP AS SELECT ${columns} FROM ${table} LIMIT 0`,
  );
  const stream = client.query(copyFrom(`COPY seed_copy (${columns}) FROM STDIN`));
  await pipeline(Readable.from(lines), stream);
  await client.query(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM seed_copy`);
  await client.query('DROP TABLE seed_copy');
}

export const setOrganisation = (client: pg.PoolClient, orgId: number): Promise<unknown> =>
  client.query(`SELECT set_config('app.org', $1, true)`, [String(orgId)]);

/** bytea in JSON and COPY text. */
export const bytea = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString('hex')}`;
