/** Where single readings came from, and lists of them. Knows tables only. */
import { QUALITIES, SOURCES, type Quality, type Source } from '#lib/domain/reading.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { inScope } from '#server/registry/scope.ts';
import { PAGE_SIZE, type Desk } from './types.ts';

export type ReadingKey = {
  readonly meterId: number;
  readonly register: number;
  readonly at: number;
};

export type OriginRow = {
  source: string;
  raw: Buffer | null;
  verdicts: unknown;
  person: string | null;
  eventId: string | null;
  batchId: string;
  receivedAt: number;
  sha256: string;
  prevSha256: string;
  sender: string;
};

export async function selectOrigin({ client }: Desk, key: ReadingKey): Promise<OriginRow | null> {
  const { rows } = await client.query<OriginRow>(
    `SELECT o.source, o.raw, o.verdicts, u.name AS person, o.event_id::text AS "eventId",
            b.id::text AS "batchId", (extract(epoch FROM b.received_at) * 1000)::float8
              AS "receivedAt",
            encode(b.sha256, 'hex') AS sha256, encode(b.prev_sha256, 'hex') AS "prevSha256",
            s.kind || ' ' || s.name AS sender
       FROM reading_origin o
       JOIN ingest_batch b ON b.id = o.batch_id
       JOIN ingest_source s ON s.id = b.source_id
       LEFT JOIN "user" u ON u.id = o.user_id
      WHERE o.meter_id = $1 AND o.register = $2 AND o.ts = to_timestamp($3 / 1000.0)
      ORDER BY b.id LIMIT 1`,
    [key.meterId, key.register, key.at],
  );
  return rows[0] ?? null;
}

/** Tier of a value and, for packed months, the seal of its month. */
export async function selectTier(
  { client }: Desk,
  key: ReadingKey,
): Promise<{ tier: string; seal: string | null }> {
  const { rows } = await client.query<{ hot: boolean; late: boolean; seal: string | null }>(
    `SELECT EXISTS (SELECT FROM reading_hot WHERE meter_id = $1 AND register = $2
                    AND ts = to_timestamp($3 / 1000.0)) AS hot,
            EXISTS (SELECT FROM reading_late WHERE meter_id = $1 AND register = $2
                    AND ts = to_timestamp($3 / 1000.0)) AS late,
            (SELECT encode(seal, 'hex') FROM reading_month WHERE meter_id = $1 AND register = $2
              AND month = date_trunc('month', to_timestamp($3 / 1000.0) AT TIME ZONE 'UTC')::date)
              AS seal`,
    [key.meterId, key.register, key.at],
  );
  const row = rows[0];
  return { tier: row?.hot ? 'hot' : row?.late ? 'late' : 'month', seal: row?.seal ?? null };
}

export type ReadingFilter = {
  readonly source: Source | null;
  readonly quality: Quality | null;
  readonly verdict: string | null;
  /** Keyset: only readings before this one. */
  readonly before: number | null;
};

export type ReadingRow = {
  meterId: number;
  pointId: number;
  register: number;
  at: number;
  value: string;
  status: number;
  serial: string;
  resource: Resource;
  address: string;
  decimals: number;
  verdicts: unknown;
  eventId: string | null;
};

/** The newest readings of the hot days, filtered by the bits of their status. */
export async function selectReadings(
  { client, now, within }: Desk,
  filter: ReadingFilter,
): Promise<ReadingRow[]> {
  const source = filter.source === null ? null : SOURCES.indexOf(filter.source);
  const quality = filter.quality === null ? null : QUALITIES.indexOf(filter.quality);
  const { rows } = await client.query<ReadingRow>(
    `SELECT h.meter_id AS "meterId", i.point_id AS "pointId", h.register,
            (extract(epoch FROM h.ts) * 1000)::float8 AS at, h.value::text AS value, h.status,
            m.serial, p.resource, pl.address, r.decimals, o.verdicts,
            o.event_id::text AS "eventId"
       FROM reading_hot h
       JOIN meter m ON m.id = h.meter_id
       JOIN register r ON r.meter_id = h.meter_id AND r.register = h.register
       JOIN installation i ON i.meter_id = m.id AND i.to_at IS NULL
       JOIN metering_point p ON p.id = i.point_id
       JOIN place pl ON pl.id = p.place_id
       LEFT JOIN reading_origin o ON o.meter_id = h.meter_id AND o.register = h.register
             AND o.ts = h.ts
      WHERE h.ts < to_timestamp($1 / 1000.0) AND h.ts >= to_timestamp($2 / 1000.0)
        AND ($3::int IS NULL OR (h.status >> 3) & 15 = $3)
        AND ($4::int IS NULL OR h.status & 7 = $4)
        AND ($5::text IS NULL
             OR o.verdicts @> jsonb_build_array(jsonb_build_object('rule', $5::text)))
        AND ${inScope('p.place_id', 6)}
      ORDER BY h.ts DESC, h.meter_id, h.register LIMIT ${PAGE_SIZE}`,
    [filter.before ?? now + 60_000, now - 10 * 86_400_000, source, quality, filter.verdict, within],
  );
  return rows;
}

export type ConflictRow = {
  pointId: number;
  meterId: number;
  register: number;
  at: number;
  serial: string;
  resource: Resource;
  address: string;
  decimals: number;
  kept: string | null;
  other: string;
};

/** Two values for one instant: both are kept, a person should look. */
export async function selectConflicts({ client, within }: Desk): Promise<ConflictRow[]> {
  const { rows } = await client.query<ConflictRow>(
    `SELECT i.point_id AS "pointId", c.meter_id AS "meterId", c.register,
            (extract(epoch FROM c.ts) * 1000)::float8 AS at, m.serial, p.resource, pl.address,
            r.decimals, h.value::text AS kept, c.value::text AS other
       FROM reading_conflict c
       JOIN meter m ON m.id = c.meter_id
       JOIN register r ON r.meter_id = c.meter_id AND r.register = c.register
       JOIN installation i ON i.meter_id = m.id AND i.to_at IS NULL
       JOIN metering_point p ON p.id = i.point_id
       JOIN place pl ON pl.id = p.place_id
       LEFT JOIN reading_hot h ON h.meter_id = c.meter_id AND h.register = c.register
             AND h.ts = c.ts
      WHERE ${inScope('p.place_id', 1)}
      ORDER BY c.received_at DESC LIMIT 100`,
    [within],
  );
  return rows;
}
