/**
 * The fast way for whole batches: binary COPY into a temporary table, one ordered merge.
 *
 * It knows PostgreSQL's binary COPY format; it knows no rule about readings. Called by store.ts for
 * batches too large to follow row by row. A table under row security takes no COPY, its temporary
 * copy does, and the merge is held to the policies.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import copyStreams from 'pg-copy-streams';
import type { AppendResult, NewReading } from './types.ts';

/** 2000-01-01T00:00Z: PostgreSQL counts microseconds from here. */
const PG_EPOCH_MS = 946_684_800_000;
/** Field count, then five fields each led by its length: 8 + 8 + 4 + 2 + 2 bytes of content. */
const ROW_BYTES = 2 + 5 * 4 + 24;
const ROWS_A_CHUNK = 16_384;
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);

export async function bulkInsertHot(
  client: pg.ClientBase,
  rows: readonly NewReading[],
  { batchId }: { batchId: bigint },
): Promise<AppendResult> {
  await client.query(
    `CREATE TEMP TABLE IF NOT EXISTS incoming_reading (ts timestamptz(3) NOT NULL,
       value int8 NOT NULL, meter_id int4 NOT NULL, register int2 NOT NULL, status int2 NOT NULL)
     ON COMMIT DELETE ROWS`,
  );
  await client.query('TRUNCATE incoming_reading');
  const sink = client.query(
    copyStreams.from('COPY incoming_reading FROM STDIN WITH (FORMAT binary)'),
  );
  await pipeline(Readable.from(binaryRows(rows), { objectMode: false }), sink);
  const merged = await client.query(
    `INSERT INTO reading_hot (ts, value, meter_id, register, status)
     SELECT ts, value, meter_id, register, status FROM incoming_reading
      ORDER BY ts, register, meter_id
     ON CONFLICT DO NOTHING`,
  );
  const inserted = merged.rowCount ?? 0;
  const conflicts = inserted === rows.length ? 0 : await keepBulkConflicts(client, batchId);
  const duplicates = rows.length - inserted - conflicts;
  return { inserted, duplicates, conflicts, late: 0, outcomes: null };
}

/** Moves rows that contradict a stored value to reading_conflict; returns how many there are. */
async function keepBulkConflicts(client: pg.ClientBase, batchId: bigint): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `WITH other AS (
       SELECT i.* FROM incoming_reading i JOIN reading_hot h USING (ts, register, meter_id)
        WHERE h.value <> i.value
          AND h.ts BETWEEN (SELECT min(ts) FROM incoming_reading)
                       AND (SELECT max(ts) FROM incoming_reading)),
     kept AS (
       INSERT INTO reading_conflict (meter_id, register, ts, batch_id, value, status)
       SELECT meter_id, register, ts, $1::int8, value, status FROM other
       ON CONFLICT DO NOTHING)
     SELECT count(*)::int AS n FROM other`,
    [String(batchId)],
  );
  return rows[0]?.n ?? 0;
}

function* binaryRows(rows: readonly NewReading[]): Generator<Buffer> {
  yield SIGNATURE;
  for (let from = 0; from < rows.length; from += ROWS_A_CHUNK) {
    const count = Math.min(ROWS_A_CHUNK, rows.length - from);
    const chunk = Buffer.allocUnsafe(count * ROW_BYTES);
    for (let i = 0; i < count; i++) writeRow(chunk, i * ROW_BYTES, rows[from + i]!);
    yield chunk;
  }
  yield TRAILER;
}

function writeRow(chunk: Buffer, start: number, row: NewReading): void {
  let at = chunk.writeInt16BE(5, start);
  at = chunk.writeInt32BE(8, at);
  at = chunk.writeBigInt64BE(BigInt(row.at - PG_EPOCH_MS) * 1000n, at);
  at = chunk.writeInt32BE(8, at);
  at = chunk.writeBigInt64BE(row.value, at);
  at = chunk.writeInt32BE(4, at);
  at = chunk.writeInt32BE(row.meterId, at);
  at = chunk.writeInt32BE(2, at);
  at = chunk.writeInt16BE(row.register, at);
  at = chunk.writeInt32BE(2, at);
  chunk.writeInt16BE(row.status, at);
}
