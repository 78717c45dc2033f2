/** Metering points, their places and their meters as the desk lists them. Knows tables only. */
import type { Resource } from '#lib/domain/resource.ts';
import { inScope } from '#server/registry/scope.ts';
import { naturally } from './natural-order.ts';
import { PAGE_SIZE, type Desk } from './types.ts';

export type PlaceNode = {
  id: number;
  parentId: number | null;
  kind: string;
  name: string;
  address: string;
  points: number;
};

/** Places down to houses, with how many metering points hang at or below each. */
export async function selectPlaces({ client, within }: Desk): Promise<PlaceNode[]> {
  const { rows } = await client.query<PlaceNode>(
    `WITH RECURSIVE up AS (
       SELECT place_id AS id, count(*) AS n FROM metering_point GROUP BY place_id
       UNION ALL SELECT p.parent_id, u.n FROM up u JOIN place p ON p.id = u.id
        WHERE p.parent_id IS NOT NULL)
     SELECT p.id, p.parent_id AS "parentId", p.kind, p.name, p.address,
            coalesce(sum(u.n), 0)::int AS points
       FROM place p LEFT JOIN up u ON u.id = p.id
      WHERE p.kind NOT IN ('entrance', 'flat')
        AND ${inScope('p.id', 1)}
      GROUP BY p.id ORDER BY p.sort, ${naturally('p.name')}`,
    [within],
  );
  return rows;
}

export type PointFilter = {
  readonly placeId: number | null;
  readonly resource: Resource | null;
  readonly text: string;
  readonly page: number;
};

export type PointRow = {
  id: number;
  name: string;
  resource: Resource;
  role: string;
  address: string;
  meterId: number | null;
  serial: string | null;
  protocol: string | null;
  register: number | null;
  digits: number | null;
  decimals: number | null;
  total: number;
};

/** Letters that LIKE gives a meaning are meant as they are. */
const literal = (word: string): string => word.replace(/[\\%_]/g, '\\$&');

/** One page; `total` counts all that fit. Words of the address, or the end of a number. */
export async function selectPoints(
  { client, within }: Desk,
  filter: PointFilter,
): Promise<PointRow[]> {
  const words = filter.text.split(/\s+/).filter(Boolean).map(literal);
  const { rows } = await client.query<PointRow>(
    `WITH RECURSIVE below AS (
       SELECT id FROM place WHERE $1::int IS NOT NULL AND id = $1
       UNION ALL SELECT p.id FROM below b JOIN place p ON p.parent_id = b.id)
     SELECT mp.id, mp.name, mp.resource, mp.role, pl.address, m.id AS "meterId", m.serial,
            m.protocol, r.register, coalesce(r.digits, m.digits) AS digits,
            coalesce(r.decimals, m.decimals) AS decimals, count(*) OVER ()::int AS total
       FROM metering_point mp
       JOIN place pl ON pl.id = mp.place_id
       LEFT JOIN installation i ON i.point_id = mp.id AND i.to_at IS NULL
       LEFT JOIN meter m ON m.id = i.meter_id
       LEFT JOIN LATERAL (
         SELECT register, digits, decimals FROM register
          WHERE meter_id = m.id ORDER BY register LIMIT 1) r ON true
      WHERE ($1::int IS NULL OR mp.place_id IN (SELECT id FROM below))
        AND ($2::text IS NULL OR mp.resource = $2)
        AND ${inScope('mp.place_id', 5)}
        AND NOT EXISTS (
          SELECT FROM unnest($3::text[]) AS w(word)
           WHERE NOT (pl.address ILIKE '%' || word || '%' OR mp.name ILIKE '%' || word || '%'
                      OR coalesce(m.serial, '') ILIKE '%' || word
                      OR coalesce(m.radio_id, '') ILIKE '%' || word))
      ORDER BY (mp.role <> 'house'), ${naturally('pl.address')}, mp.resource, mp.id
      LIMIT ${PAGE_SIZE} OFFSET $4`,
    [filter.placeId, filter.resource, words, filter.page * PAGE_SIZE, within],
  );
  return rows;
}

export type PointHead = {
  id: number;
  name: string;
  hint: string | null;
  resource: Resource;
  role: string;
  address: string;
  placeName: string;
  zone: string;
};

export async function selectPoint({ client }: Desk, id: number): Promise<PointHead | null> {
  const { rows } = await client.query<PointHead>(
    `SELECT mp.id, mp.name, mp.hint, mp.resource, mp.role, pl.address, pl.name AS "placeName",
            o.time_zone AS zone
       FROM metering_point mp JOIN place pl ON pl.id = mp.place_id
       JOIN organisation o ON o.id = mp.org_id
      WHERE mp.id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

export type MeterHead = {
  id: number;
  serial: string;
  manufacturer: string | null;
  radioId: string | null;
  model: string | null;
  protocol: string;
  digits: number;
  decimals: number;
  verificationDueOn: string | null;
  module: string | null;
  channel: number | null;
  pulseWeight: string | null;
  flags: string[] | null;
  keys: number;
  fromAt: number;
  toAt: number | null;
  seals: string[];
};

/** Every meter that ever hung at the point, the present one first. */
export async function selectMeters({ client }: Desk, pointId: number): Promise<MeterHead[]> {
  const { rows } = await client.query<MeterHead>(
    `SELECT m.id, m.serial, m.manufacturer, m.radio_id AS "radioId", m.model, m.protocol, m.digits,
            m.decimals, to_char(m.verification_due_on, 'YYYY-MM-DD') AS "verificationDueOn",
            cm.serial AS module, m.module_channel AS channel,
            pc.pulse_weight::text AS "pulseWeight", pc.flags,
            (SELECT count(*)::int FROM meter_key k
              WHERE k.meter_id = m.id AND k.retired_at IS NULL) AS keys,
            (extract(epoch FROM i.from_at) * 1000)::float8 AS "fromAt",
            (extract(epoch FROM i.to_at) * 1000)::float8 AS "toAt", i.seals
       FROM installation i
       JOIN meter m ON m.id = i.meter_id
       LEFT JOIN communication_module cm ON cm.id = m.module_id
       LEFT JOIN pulse_channel pc ON pc.module_id = m.module_id AND pc.meter_id = m.id
      WHERE i.point_id = $1 ORDER BY i.to_at DESC NULLS FIRST, i.from_at DESC`,
    [pointId],
  );
  return rows;
}

export type EventRow = {
  meterId: number;
  code: string;
  source: string;
  detail: Readonly<Record<string, string | number>>;
  /** First and last time it was said; the same when it was said once. */
  at: number;
  until: number;
};

/**
 * The last events, newest first. What is said again within three days is one line: a battery that
 * is low stays so until somebody changes it.
 */
export async function selectEvents({ client }: Desk, meterIds: number[]): Promise<EventRow[]> {
  const { rows } = await client.query<EventRow>(
    `WITH last AS (
       SELECT meter_id, at, code, source, detail FROM meter_event
        WHERE meter_id = ANY($1) ORDER BY at DESC LIMIT 600),
     marked AS (
       SELECT *, at - lag(at) OVER (PARTITION BY meter_id, code ORDER BY at)
                   <= interval '3 days' AS again FROM last),
     runs AS (
       SELECT *, count(*) FILTER (WHERE again IS NOT TRUE)
                   OVER (PARTITION BY meter_id, code ORDER BY at) AS run FROM marked)
     SELECT meter_id AS "meterId", code, min(source) AS source,
            (array_agg(detail ORDER BY at DESC))[1] AS detail,
            (extract(epoch FROM min(at)) * 1000)::float8 AS at,
            (extract(epoch FROM max(at)) * 1000)::float8 AS until
       FROM runs GROUP BY meter_id, code, run ORDER BY max(runs.at) DESC LIMIT 60`,
    [meterIds],
  );
  return rows;
}
