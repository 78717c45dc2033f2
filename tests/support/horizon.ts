/**
 * Transaction numbers belong to the whole server, so a transaction of another test file's database
 * holds the horizon of a pull back while it runs.
 */
import type pg from 'pg';
import { expect } from 'vitest';

/** Until a pull may see everything that was committed so far. */
export async function settled(pool: pg.Pool): Promise<void> {
  const last = await pool.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
  const passed = async (): Promise<boolean> => {
    const sql = 'SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS passed';
    const { rows } = await pool.query<{ passed: boolean }>(sql, [last.rows[0]!.xid]);
    return rows[0]!.passed;
  };
  await expect.poll(passed, { timeout: 20_000, interval: 20 }).toBe(true);
}
