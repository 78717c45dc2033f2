/** Rounds and their stops as the desk sees them. Knows tables only. */
import { inScope } from '#server/registry/scope.ts';
import { naturally } from './natural-order.ts';
import type { Desk } from './types.ts';

export type RoundRow = {
  id: number;
  name: string;
  house: string;
  dueOn: string;
  status: string;
  assigneeId: string | null;
  assignee: string | null;
  total: number;
  read: number;
  doubt: number;
  cannot: number;
};

/** Newest due first; `today` leaves what is due today or still open. */
export async function selectRounds(
  { client, now, within }: Desk,
  only: { readonly today?: boolean; readonly id?: number },
): Promise<RoundRow[]> {
  const { rows } = await client.query<RoundRow>(
    `SELECT r.id, r.name, h.address AS house, to_char(r.due_on, 'YYYY-MM-DD') AS "dueOn", r.status,
            r.assignee_id AS "assigneeId", u.name AS assignee, count(s.meter_id)::int AS total,
            count(*) FILTER (WHERE s.state = 'read')::int AS read,
            count(*) FILTER (WHERE s.state = 'doubt')::int AS doubt,
            count(*) FILTER (WHERE s.state = 'cannot')::int AS cannot
       FROM round r
       JOIN place h ON h.id = r.house_id
       JOIN organisation o ON o.id = r.org_id
       LEFT JOIN "user" u ON u.id = r.assignee_id
       LEFT JOIN round_stop s ON s.round_id = r.id
      WHERE ($1::int IS NULL OR r.id = $1)
        AND ${inScope('r.house_id', 4)}
        AND (NOT $2 OR (r.status IN ('planned', 'active') AND r.due_on <=
             (to_timestamp($3 / 1000.0) AT TIME ZONE o.time_zone)::date))
      GROUP BY r.id, h.address, u.name
      ORDER BY r.due_on DESC, r.id DESC LIMIT 200`,
    [only.id ?? null, only.today ?? false, now, within],
  );
  return rows;
}

export type StopRow = {
  meterId: number;
  pointId: number;
  sequence: number;
  state: string;
  serial: string;
  resource: string;
  address: string;
  flat: string;
  source: string | null;
  at: number | null;
  value: string | null;
  reason: string | null;
};

/** Stops in walking order, with what the phone's event says where it has arrived. */
export async function selectStops({ client }: Desk, roundId: number): Promise<StopRow[]> {
  const { rows } = await client.query<StopRow>(
    `SELECT s.meter_id AS "meterId", s.point_id AS "pointId", s.sequence, s.state, m.serial,
            p.resource, pl.address, pl.name AS flat,
            e.canonical::jsonb #>> '{body,source}' AS source,
            (extract(epoch FROM (e.canonical::jsonb #>> '{at,wall}')::timestamptz) * 1000)::float8
              AS at,
            e.canonical::jsonb #>> '{body,value}' AS value,
            e.canonical::jsonb #>> '{body,reason}' AS reason
       FROM round_stop s
       JOIN meter m ON m.id = s.meter_id
       JOIN metering_point p ON p.id = s.point_id
       JOIN place pl ON pl.id = p.place_id
       LEFT JOIN capture_event e ON e.id = s.event_id
      WHERE s.round_id = $1 ORDER BY s.sequence`,
    [roundId],
  );
  return rows;
}

export type HouseRow = { id: number; address: string; meters: number };

/** Houses that have meters below them. */
export async function selectHouses({ client, within }: Desk): Promise<HouseRow[]> {
  const { rows } = await client.query<HouseRow>(
    `WITH RECURSIVE below AS (
       SELECT id AS house, id FROM place WHERE kind = 'house' AND ${inScope('place.id', 1)}
       UNION ALL SELECT b.house, p.id FROM below b JOIN place p ON p.parent_id = b.id)
     SELECT h.id, h.address, count(i.id)::int AS meters
       FROM below b
       JOIN place h ON h.id = b.house
       JOIN metering_point mp ON mp.place_id = b.id AND mp.role <> 'house'
       JOIN installation i ON i.point_id = mp.id AND i.to_at IS NULL
      GROUP BY h.id, h.address ORDER BY ${naturally('h.address')}`,
    [within],
  );
  return rows;
}

/** Every installed meter of a house becomes a stop: by entrance, floor from the top, flat. */
export async function insertStops(
  { client, orgId }: Desk,
  round: { readonly id: number; readonly houseId: number; readonly resource: string | null },
): Promise<number> {
  const { rowCount } = await client.query(
    `WITH RECURSIVE below AS (
       SELECT id, sort, floor, name, 0 AS entrance FROM place WHERE id = $2
       UNION ALL
       SELECT p.id, p.sort, p.floor, p.name,
              CASE WHEN p.kind = 'entrance' THEN p.sort ELSE b.entrance END
         FROM below b JOIN place p ON p.parent_id = b.id)
     INSERT INTO round_stop (round_id, meter_id, org_id, point_id, sequence)
     SELECT $1, i.meter_id, $3, mp.id,
            row_number() OVER (ORDER BY b.entrance, b.floor DESC NULLS LAST, b.sort,
                               ${naturally('b.name')}, mp.resource, mp.id)
       FROM below b
       JOIN metering_point mp ON mp.place_id = b.id AND mp.role <> 'house'
       JOIN installation i ON i.point_id = mp.id AND i.to_at IS NULL
      WHERE $4::text IS NULL OR mp.resource = $4`,
    [round.id, round.houseId, orgId, round.resource],
  );
  return rowCount ?? 0;
}
