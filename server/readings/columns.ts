/**
 * Rows of readings as columns of one SQL parameter each, which is how thousands of rows travel in
 * one statement. Used by the stores of this folder.
 */
import type pg from 'pg';
import type { NewReading } from './types.ts';

/** The five parameters of `columnsOf` as a relation `i (row, ts, value, meter_id, register, …)`. */
export const INCOMING = `(SELECT (n - 1)::int AS row,
    timestamptz 'epoch' + ms * interval '1 millisecond' AS ts, value, meter_id, register, status
    FROM unnest($1::int8[], $2::int8[], $3::int4[], $4::int2[], $5::int2[])
    WITH ORDINALITY AS u(ms, value, meter_id, register, status, n)) AS i`;

/** `{1,2,3}` texts: PostgreSQL parses them faster than the driver would build them. */
export function columnsOf(rows: readonly NewReading[]): string[] {
  const list = (pick: (row: NewReading) => bigint | number): string => `{${rows.map(pick).join()}}`;
  return [
    list((row) => row.at),
    list((row) => row.value),
    list((row) => row.meterId),
    list((row) => row.register),
    list((row) => row.status),
  ];
}

export const keyOf = (row: NewReading): string => `${row.meterId}/${row.register}/${row.at}`;

/** Keeps the contradicting rows beside the stored ones. */
export async function keepConflicts(
  client: pg.ClientBase,
  batchId: bigint,
  rows: readonly NewReading[],
): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO reading_conflict (meter_id, register, ts, batch_id, value, status)
     SELECT meter_id, register, ts, $6::int8, value, status FROM ${INCOMING}
     ON CONFLICT DO NOTHING`,
    [...columnsOf(rows), String(batchId)],
  );
}
