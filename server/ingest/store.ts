/**
 * SQL of the ingest: sources, batches with their hash chain, origins, rejects. Called by
 * pipeline.ts inside a transaction of one organisation.
 */
import type pg from 'pg';
import type { IngestCounts, IngestReject, IngestSource } from './types.ts';
import type { Verdict } from './verdicts.ts';

export type KnownBatch = { readonly id: bigint; readonly counts: IngestCounts };

/** Id of the source, made on first use; holds the source's chain until the transaction ends. */
export async function lockSource(
  client: pg.ClientBase,
  orgId: number,
  { kind, name }: IngestSource,
): Promise<number> {
  await client.query(
    `INSERT INTO ingest_source (org_id, kind, name) VALUES ($1, $2, $3)
     ON CONFLICT (org_id, kind, name) DO NOTHING`,
    [orgId, kind, name],
  );
  const { rows } = await client.query<{ id: number }>(
    'SELECT id FROM ingest_source WHERE org_id = $1 AND kind = $2 AND name = $3 FOR UPDATE',
    [orgId, kind, name],
  );
  return rows[0]!.id;
}

export async function findBatch(
  client: pg.ClientBase,
  sourceId: number,
  sourceKey: string,
): Promise<KnownBatch | null> {
  const { rows } = await client.query<{ id: string; counts: IngestCounts }>(
    `SELECT id, jsonb_build_object('rows', n_rows, 'stored', n_new, 'duplicates', n_dup,
              'conflicts', n_conflict, 'rejects', n_reject) AS counts
       FROM ingest_batch WHERE source_id = $1 AND source_key = $2`,
    [sourceId, sourceKey],
  );
  const row = rows[0];
  return row ? { id: BigInt(row.id), counts: row.counts } : null;
}

/** The id of the coming batch and the hash it is chained to (32 zeros for the first). */
export async function nextBatch(
  client: pg.ClientBase,
  sourceId: number,
): Promise<{ id: bigint; previous: Uint8Array }> {
  const { rows } = await client.query<{ id: string; previous: Buffer | null }>(
    `SELECT nextval(pg_get_serial_sequence('ingest_batch', 'id')) AS id,
            (SELECT sha256 FROM ingest_batch WHERE source_id = $1
              ORDER BY id DESC LIMIT 1) AS previous`,
    [sourceId],
  );
  return { id: BigInt(rows[0]!.id), previous: rows[0]!.previous ?? Buffer.alloc(32) };
}

export type BatchRow = {
  readonly id: bigint;
  readonly orgId: number;
  readonly sourceId: number;
  readonly sourceKey: string;
  readonly sha256: Uint8Array;
  readonly previous: Uint8Array;
  readonly counts: IngestCounts;
  readonly body: Uint8Array;
};

/** Written last: the batch is acknowledged when this row commits. */
export async function insertBatch(client: pg.ClientBase, row: BatchRow): Promise<void> {
  const { counts } = row;
  await client.query(
    `INSERT INTO ingest_batch (id, org_id, source_id, source_key, sha256, prev_sha256, n_rows,
                               n_new, n_dup, n_conflict, n_reject, body)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      String(row.id),
      row.orgId,
      row.sourceId,
      row.sourceKey,
      Buffer.from(row.sha256),
      Buffer.from(row.previous),
      counts.rows,
      counts.stored,
      counts.duplicates,
      counts.conflicts,
      counts.rejects,
      Buffer.from(row.body),
    ],
  );
}

export type OriginRow = {
  readonly meterId: number;
  readonly register: number;
  readonly at: number;
  readonly eventId: string | null;
  readonly source: string;
  readonly raw: Uint8Array | null;
  readonly userId: string | null;
  readonly verdicts: readonly Verdict[];
};

export async function insertOrigins(
  client: pg.ClientBase,
  { orgId, batchId }: { orgId: number; batchId: bigint },
  rows: readonly OriginRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO reading_origin (meter_id, register, ts, org_id, batch_id, event_id, source, raw,
                                 user_id, verdicts)
     SELECT u.meter_id, u.register, timestamptz 'epoch' + u.ms * interval '1 millisecond', $9, $10,
            u.event_id, u.source, decode(u.raw, 'hex'), u.user_id, u.verdicts
       FROM unnest($1::int4[], $2::int2[], $3::int8[], $4::uuid[], $5::text[], $6::text[],
                   $7::text[], $8::jsonb[])
            AS u(meter_id, register, ms, event_id, source, raw, user_id, verdicts)
     ON CONFLICT DO NOTHING`,
    [
      rows.map((r) => r.meterId),
      rows.map((r) => r.register),
      rows.map((r) => r.at),
      rows.map((r) => r.eventId),
      rows.map((r) => r.source),
      rows.map((r) => r.raw && Buffer.from(r.raw).toString('hex')),
      rows.map((r) => r.userId),
      rows.map((r) => JSON.stringify(r.verdicts)),
      orgId,
      String(batchId),
    ],
  );
}

export async function insertRejects(
  client: pg.ClientBase,
  { orgId, batchId }: { orgId: number; batchId: bigint },
  rows: readonly IngestReject[],
): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO ingest_reject (batch_id, row, org_id, code, detail, raw)
     SELECT $5, u.row, $6, u.code, u.detail, decode(u.raw, 'hex')
       FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[]) AS u(row, code, detail, raw)
     ON CONFLICT DO NOTHING`,
    [
      rows.map((r) => r.row),
      rows.map((r) => r.code),
      rows.map((r) => r.detail),
      rows.map((r) => (r.raw ? Buffer.from(r.raw).toString('hex') : null)),
      String(batchId),
      orgId,
    ],
  );
}
