/** SQL behind disputes.ts. Called by it alone, inside transactions of one organisation. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import type { DisputeKind, Told } from '#lib/vee/two-captures.ts';

export type ToldReading = Told & {
  readonly meterId: number;
  readonly register: number;
  /** 0 = a collector's hourly value, which has no story of its own. */
  readonly batch: string;
  readonly source: string;
  readonly eventId: string | null;
  readonly receivedAt: Instant;
};

type Row = Omit<ToldReading, 'value'> & { value: string };
const MS = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** Ways of capture at a meter; files and demo data are not somebody who stood there. */
const STOOD_THERE =
  "('radio', 'optical', 'bluetooth', 'photo', 'typed', 'resident', 'self-install')";
/** Source of a collector's value in the bits of `status` (SOURCES). */
const COLLECTOR = 7;

/**
 * Captures of `meterIds` since `from` that nobody took back or decided against, each with the
 * collector's values next to it. Plan: the key of reading_origin, then probes.
 */
export async function selectTold(
  client: pg.ClientBase,
  meterIds: readonly number[],
  from: Instant,
): Promise<ToldReading[]> {
  const { rows } = await client.query<Row>(
    `WITH told AS (
       SELECT o.meter_id, o.register, o.ts, o.batch_id, o.source, o.event_id, b.received_at,
              coalesce(o.user_id, '') || '/' || o.source AS by,
              coalesce(c.value, r.value) AS value
         FROM reading_origin o
         JOIN ingest_batch b ON b.id = o.batch_id
         LEFT JOIN reading_conflict c USING (meter_id, register, ts, batch_id)
         LEFT JOIN LATERAL (
           SELECT value FROM reading_hot
            WHERE meter_id = o.meter_id AND register = o.register AND ts = o.ts
           UNION ALL SELECT value FROM reading_late
            WHERE meter_id = o.meter_id AND register = o.register AND ts = o.ts
           LIMIT 1) r ON true
        WHERE o.meter_id = ANY($1::int4[]) AND o.ts >= $2 AND o.source IN ${STOOD_THERE}
          AND NOT EXISTS (SELECT FROM reading_correction v WHERE v.meter_id = o.meter_id
                AND v.register = o.register AND v.ts = o.ts AND v.reason = 'voided')),
     near AS (
       SELECT DISTINCT t.meter_id, t.register, h.ts, h.value, t.received_at
         FROM told t CROSS JOIN LATERAL (
           (SELECT ts, value FROM reading_hot WHERE meter_id = t.meter_id
               AND register = t.register AND ts <= t.ts AND ts > t.ts - interval '36 hours'
               AND (status >> 3) & 15 = ${COLLECTOR} AND status & 7 <> 4
             ORDER BY ts DESC LIMIT 1)
           UNION ALL
           (SELECT ts, value FROM reading_hot WHERE meter_id = t.meter_id
               AND register = t.register AND ts >= t.ts AND ts < t.ts + interval '36 hours'
               AND (status >> 3) & 15 = ${COLLECTOR} AND status & 7 <> 4
             ORDER BY ts LIMIT 1)) h)
     SELECT meter_id AS "meterId", register, ${MS('ts')} AS at, value::text AS value, by, source,
            batch_id::text AS batch, event_id::text AS "eventId", ${MS('received_at')}
              AS "receivedAt"
       FROM told WHERE value IS NOT NULL
     UNION ALL
     SELECT meter_id, register, ${MS('ts')}, value::text, '/concentrator', 'concentrator', '0',
            NULL, 0 FROM near`,
    [meterIds, new Date(from)],
  );
  return rows.map((row) => ({ ...row, value: BigInt(row.value) }));
}

export type NewDispute = {
  readonly a: ToldReading;
  readonly b: ToldReading;
  readonly kind: DisputeKind;
};

/** The round of a dispute is the one that either event names. A known pair stays as it is. */
export async function insertDispute(
  client: pg.ClientBase,
  { orgId, now }: { readonly orgId: number; readonly now: Instant },
  { a, b, kind }: NewDispute,
): Promise<void> {
  await client.query(
    `INSERT INTO capture_dispute (org_id, meter_id, register, kind, a_ts, a_batch, a_value,
                                  a_source, b_ts, b_batch, b_value, b_source, found_at, round_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
       (SELECT (canonical::jsonb #>> '{body,roundId}')::int FROM capture_event
         WHERE id = ANY(array_remove(ARRAY[$14, $15]::uuid[], NULL))
           AND canonical::jsonb #>> '{body,roundId}' ~ '^[0-9]{1,9}$'
         ORDER BY id = $15::uuid DESC LIMIT 1))
     ON CONFLICT DO NOTHING`,
    [
      orgId,
      a.meterId,
      a.register,
      kind,
      new Date(a.at),
      a.batch,
      String(a.value),
      a.source,
      new Date(b.at),
      b.batch,
      String(b.value),
      b.source,
      new Date(now),
      a.eventId,
      b.eventId,
    ],
  );
}

/** Visited meters of a round, by id. */
export async function selectVisited(client: pg.ClientBase, roundId: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT meter_id AS id FROM round_stop
      WHERE round_id = $1 AND state IN ('read', 'doubt') ORDER BY meter_id`,
    [roundId],
  );
  return rows.map((row) => row.id);
}
