/** SQL over places, metering points and their meters. Called by points.ts and places.ts. */
import type pg from 'pg';
import type { Resource } from '#lib/domain/resource.ts';
import type { ListPoints, PlaceNode } from '#lib/contract/registry.ts';

export type PointQuery = ListPoints & {
  /** Subtrees the asker is narrowed to; null = the whole organisation. */
  readonly within: readonly number[] | null;
};

export type FoundPoint = {
  readonly pointId: number;
  readonly placeId: number;
  readonly address: string;
  readonly resource: Resource;
  readonly role: string;
  readonly name: string;
  readonly meterId: number | null;
  readonly serial: string;
  readonly manufacturer: string | null;
  readonly radioId: string | null;
  readonly protocol: string;
  readonly hasKey: boolean;
  readonly total: number;
};

/** Letters that LIKE gives a meaning are meant as they are. */
const literal = (word: string): string => word.replace(/[\\%_]/g, '\\$&');

/** Plan: subtree of places, filter, sort by address; the total counts before the page is cut. */
export async function selectPoints(client: pg.ClientBase, ask: PointQuery): Promise<FoundPoint[]> {
  const words = (ask.search ?? '').trim().split(/\s+/).filter(Boolean).map(literal);
  const { rows } = await client.query<FoundPoint>(
    `WITH RECURSIVE below AS (
       SELECT id FROM place WHERE id = ANY($1::int4[])
       UNION SELECT p.id FROM place p JOIN below b ON p.parent_id = b.id),
     scope AS (
       SELECT id FROM place WHERE $2::int4[] IS NOT NULL AND id = ANY($2::int4[])
       UNION SELECT p.id FROM place p JOIN scope s ON p.parent_id = s.id)
     SELECT mp.id AS "pointId", pl.id AS "placeId", pl.address, mp.resource, mp.role, mp.name,
            m.id AS "meterId", m.serial, m.manufacturer, m.radio_id AS "radioId", m.protocol,
            EXISTS (SELECT FROM meter_key k WHERE k.meter_id = m.id AND k.retired_at IS NULL)
              AS "hasKey",
            count(*) OVER ()::int AS total
       FROM metering_point mp
       JOIN place pl ON pl.id = mp.place_id
       LEFT JOIN LATERAL (SELECT meter_id FROM installation
                           WHERE point_id = mp.id AND to_at IS NULL
                           ORDER BY from_at DESC LIMIT 1) i ON true
       LEFT JOIN meter m ON m.id = i.meter_id
      WHERE ($1::int4[] IS NULL OR pl.id IN (SELECT id FROM below))
        AND ($2::int4[] IS NULL OR pl.id IN (SELECT id FROM scope))
        AND ($3::text IS NULL OR mp.resource = $3)
        AND ($4::text IS NULL OR mp.role = $4)
        AND NOT EXISTS (
          SELECT FROM unnest($5::text[]) AS w(word)
           WHERE NOT (pl.address ILIKE '%' || word || '%' OR mp.name ILIKE '%' || word || '%'
                      OR coalesce(m.serial, '') ILIKE '%' || word
                      OR coalesce(m.radio_id, '') ILIKE '%' || word))
      ORDER BY (mp.role = 'house') DESC, regexp_replace(pl.address, '\\d+$', ''),
               nullif(substring(pl.address FROM '(\\d{1,9})$'), '')::int8 NULLS FIRST,
               pl.address, mp.resource, mp.id
      LIMIT $6 OFFSET $7`,
    [
      ask.placeId === undefined ? null : [ask.placeId],
      ask.within,
      ask.resource ?? null,
      ask.role ?? null,
      words,
      ask.limit ?? 50,
      ask.offset ?? 0,
    ],
  );
  return rows;
}

export type PointHead = {
  readonly pointId: number;
  readonly placeId: number;
  readonly address: string;
  readonly resource: Resource;
  readonly role: string;
  readonly name: string;
  readonly hint: string | null;
  readonly parentId: number | null;
  readonly floor: number | null;
};

export async function selectPointHead(
  client: pg.ClientBase,
  pointId: number,
): Promise<PointHead | null> {
  const { rows } = await client.query<PointHead>(
    `SELECT mp.id AS "pointId", pl.id AS "placeId", pl.address, mp.resource, mp.role, mp.name,
            mp.hint, mp.parent_id AS "parentId", pl.floor
       FROM metering_point mp JOIN place pl ON pl.id = mp.place_id WHERE mp.id = $1`,
    [pointId],
  );
  return rows[0] ?? null;
}

export type MeterHead = {
  readonly id: number;
  readonly serial: string;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly radioId: string | null;
  readonly protocol: string;
  readonly verificationDueOn: string | null;
  readonly hasKey: boolean;
};

export async function selectMeters(
  client: pg.ClientBase,
  meterIds: readonly number[],
): Promise<Map<number, MeterHead>> {
  const { rows } = await client.query<MeterHead>(
    `SELECT m.id, m.serial, m.manufacturer, m.model, m.radio_id AS "radioId", m.protocol,
            to_char(m.verification_due_on, 'YYYY-MM-DD') AS "verificationDueOn",
            EXISTS (SELECT FROM meter_key k WHERE k.meter_id = m.id AND k.retired_at IS NULL)
              AS "hasKey"
       FROM meter m WHERE m.id = ANY($1::int4[])`,
    [meterIds],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Seals by installation id. */
export async function selectSeals(
  client: pg.ClientBase,
  pointId: number,
): Promise<Map<number, string[]>> {
  const { rows } = await client.query<{ id: number; seals: string[] | null }>(
    'SELECT id, seals FROM installation WHERE point_id = $1',
    [pointId],
  );
  return new Map(rows.map((row) => [row.id, row.seals ?? []]));
}

/** The tree of places, parents before children, with the number of points at each. */
export async function selectPlaces(
  client: pg.ClientBase,
  within: readonly number[] | null,
): Promise<PlaceNode[]> {
  const { rows } = await client.query<PlaceNode>(
    `WITH RECURSIVE tree AS (
       SELECT p.*, 0 AS depth FROM place p
        WHERE CASE WHEN $1::int4[] IS NULL THEN p.parent_id IS NULL
                   ELSE p.id = ANY($1::int4[]) END
       UNION ALL SELECT p.*, t.depth + 1 FROM place p JOIN tree t ON p.parent_id = t.id
                  WHERE t.depth < 12)
     SELECT t.id, t.parent_id AS "parentId", t.kind, t.name, t.address, t.floor,
            (SELECT count(*)::int FROM metering_point mp WHERE mp.place_id = t.id) AS points
       FROM tree t ORDER BY t.depth, t.sort, t.id`,
    [within],
  );
  return rows;
}
