/** SQL behind origin.ts. */
import type pg from 'pg';
import type { OriginVerdict } from '#lib/contract/readings.ts';

export type OriginKey = {
  readonly meterId: number;
  readonly register: number;
  readonly at: number;
};

const AT = `timestamptz 'epoch' + $3::int8 * interval '1 millisecond'`;
const MS = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::int8::text`;
const keyOf = (key: OriginKey): unknown[] => [key.meterId, key.register, key.at];

export type OriginRecord = {
  readonly batchId: string;
  readonly receivedMs: string;
  readonly source: string;
  readonly sender: string;
  readonly eventId: string | null;
  readonly person: string | null;
  readonly verdicts: readonly OriginVerdict[];
  readonly raw: Buffer | null;
};

export async function selectOrigins(
  client: pg.ClientBase,
  key: OriginKey,
): Promise<OriginRecord[]> {
  const { rows } = await client.query<OriginRecord>(
    `SELECT o.batch_id AS "batchId", ${MS('b.received_at')} AS "receivedMs", o.source,
            coalesce(s.kind || ' ' || s.name, '') AS sender, o.event_id AS "eventId",
            u.name AS person, o.verdicts, o.raw
       FROM reading_origin o
       LEFT JOIN ingest_batch b ON b.id = o.batch_id
       LEFT JOIN ingest_source s ON s.id = b.source_id
       LEFT JOIN "user" u ON u.id = o.user_id
      WHERE o.meter_id = $1 AND o.register = $2 AND o.ts = ${AT} ORDER BY o.batch_id`,
    keyOf(key),
  );
  return rows;
}

export type ConflictRecord = {
  readonly value: string;
  readonly receivedMs: string;
  readonly sender: string;
};

export async function selectConflicts(
  client: pg.ClientBase,
  key: OriginKey,
): Promise<ConflictRecord[]> {
  const { rows } = await client.query<ConflictRecord>(
    `SELECT c.value, ${MS('c.received_at')} AS "receivedMs",
            coalesce(s.kind || ' ' || s.name, '') AS sender
       FROM reading_conflict c
       LEFT JOIN ingest_batch b ON b.id = c.batch_id
       LEFT JOIN ingest_source s ON s.id = b.source_id
      WHERE c.meter_id = $1 AND c.register = $2 AND c.ts = ${AT} ORDER BY c.batch_id`,
    keyOf(key),
  );
  return rows;
}

export type CorrectionRecord = {
  readonly version: number;
  readonly value: string;
  readonly method: string;
  readonly reason: string;
  readonly person: string | null;
  readonly createdMs: string;
};

export async function selectCorrections(
  client: pg.ClientBase,
  key: OriginKey,
): Promise<CorrectionRecord[]> {
  const { rows } = await client.query<CorrectionRecord>(
    `SELECT c.version, c.value, c.method, c.reason, u.name AS person,
            ${MS('c.created_at')} AS "createdMs"
       FROM reading_correction c LEFT JOIN "user" u ON u.id = c.user_id
      WHERE c.meter_id = $1 AND c.register = $2 AND c.ts = ${AT} ORDER BY c.version`,
    keyOf(key),
  );
  return rows;
}
