/** How a round goes, in SQL: sums by house and by reader, stops a page at a time. */
import { PAUSE } from './plan-store.ts';
import { PAGE_SIZE, type Desk } from './types.ts';

/** Houses with more stops show a bar instead of a tile each. */
const TILES_LIMIT = 120;

export type HouseProgress = {
  readonly houseId: number;
  readonly address: string;
  readonly total: number;
  readonly read: number;
  readonly doubt: number;
  readonly cannot: number;
  /**
   * One letter a stop in walking order: a(head), r(ead by radio or cable), h(and), d(oubt),
   * c(annot). Empty where there are more stops than tiles.
   */
  readonly tiles: string;
};

export async function selectHouseProgress(
  { client }: Desk,
  roundId: number,
): Promise<HouseProgress[]> {
  const { rows } = await client.query<HouseProgress>(
    `SELECT s.house_id AS "houseId", p.address, s.total, s.read, s.doubt, s.cannot,
            CASE WHEN s.total <= ${TILES_LIMIT} THEN s.tiles ELSE '' END AS tiles
       FROM (SELECT house_id, min(sequence) AS first, count(*)::int AS total,
                    count(*) FILTER (WHERE state = 'read')::int AS read,
                    count(*) FILTER (WHERE state = 'doubt')::int AS doubt,
                    count(*) FILTER (WHERE state = 'cannot')::int AS cannot,
                    string_agg(CASE WHEN state = 'read' AND visited_source IN
                      ('typed', 'photo', 'resident') THEN 'h' ELSE left(state, 1) END, ''
                      ORDER BY sequence) AS tiles
               FROM round_stop WHERE round_id = $1 GROUP BY house_id) s
       JOIN place p ON p.id = s.house_id ORDER BY s.first`,
    [roundId],
  );
  return rows;
}

export type ReaderProgress = {
  readonly userId: string;
  readonly name: string | null;
  /** Has the round now; others had it, or captured for it. */
  readonly isAssigned: boolean;
  readonly read: number;
  readonly doubt: number;
  readonly cannot: number;
  readonly lastAt: number | null;
  /** When a phone of the person was last in touch; null = never. */
  readonly syncedAt: number | null;
  /** Captures the phones say they hold and the server has not. */
  readonly unsent: number;
  /** Seconds a meter, of the last twenty visits; null before there is a pace. */
  readonly pace: number | null;
};

export async function selectReaderProgress(
  { client }: Desk,
  roundId: number,
): Promise<ReaderProgress[]> {
  const { rows } = await client.query<ReaderProgress>(
    `WITH visit AS (
       SELECT visited_by, state, visited_at,
              visited_at - lag(visited_at) OVER w AS took,
              row_number() OVER (PARTITION BY visited_by ORDER BY visited_at DESC) AS back
         FROM round_stop WHERE round_id = $1 AND visited_by IS NOT NULL
       WINDOW w AS (PARTITION BY visited_by ORDER BY visited_at)),
     reader AS (
       SELECT assignee_id AS id FROM round WHERE id = $1 AND assignee_id IS NOT NULL
       UNION SELECT visited_by FROM visit)
     SELECT reader.id AS "userId", u.name, r.assignee_id IS NOT DISTINCT FROM reader.id
              AS "isAssigned", n.*, d.*
       FROM reader
       JOIN round r ON r.id = $1
       LEFT JOIN "user" u ON u.id = reader.id
       CROSS JOIN LATERAL (
         SELECT count(*) FILTER (WHERE state = 'read')::int AS read,
                count(*) FILTER (WHERE state = 'doubt')::int AS doubt,
                count(*) FILTER (WHERE state = 'cannot')::int AS cannot,
                (extract(epoch FROM max(visited_at)) * 1000)::float8 AS "lastAt",
                extract(epoch FROM avg(took) FILTER (WHERE back <= 20 AND took < ${PAUSE}))::float8
                  AS pace
           FROM visit WHERE visited_by = reader.id) n
       CROSS JOIN LATERAL (
         SELECT (extract(epoch FROM max(last_beat_at)) * 1000)::float8 AS "syncedAt",
                coalesce(sum(greatest(0, captured_n -
                  coalesce((beat #>> ARRAY['epochs', epoch::text, 'hw'])::int, captured_n))), 0)
                  ::int AS unsent
           FROM field_device WHERE user_id = reader.id AND revoked_at IS NULL) d
      ORDER BY 3 DESC, u.name`,
    [roundId],
  );
  return rows;
}

export type StopFilter = {
  readonly roundId: number;
  readonly houseId: number | null;
  readonly state: string | null;
  readonly page: number;
};

export type StopRow = {
  meterId: number;
  pointId: number;
  sequence: number;
  state: string;
  serial: string;
  resource: string;
  address: string;
  source: string | null;
  at: number | null;
  by: string | null;
  value: string | null;
  reason: string | null;
  /** Of a meter that could not be read: a card hangs at the door, and when to come again. */
  cardLeft: boolean;
  nextVisitOn: string | null;
  eventId: string | null;
};

/** A page of stops in walking order, with what the phone's event says where it has arrived. */
export async function selectStops({ client }: Desk, ask: StopFilter): Promise<StopRow[]> {
  const { rows } = await client.query<StopRow>(
    `SELECT s.meter_id AS "meterId", s.point_id AS "pointId", s.sequence, s.state, m.serial,
            p.resource, pl.address, s.visited_source AS source, u.name AS by,
            (extract(epoch FROM s.visited_at) * 1000)::float8 AS at,
            e.canonical::jsonb #>> '{body,value}' AS value,
            e.canonical::jsonb #>> '{body,reason}' AS reason,
            coalesce(e.canonical::jsonb #> '{body,cardLeft}' = 'true', false) AS "cardLeft",
            e.canonical::jsonb #>> '{body,nextVisitOn}' AS "nextVisitOn",
            s.event_id::text AS "eventId"
       FROM (SELECT * FROM round_stop
              WHERE round_id = $1 AND ($2::int IS NULL OR house_id = $2)
                AND ($3::text IS NULL OR state = $3)
              ORDER BY sequence, meter_id LIMIT ${PAGE_SIZE} OFFSET $4) s
       JOIN meter m ON m.id = s.meter_id
       JOIN metering_point p ON p.id = s.point_id
       JOIN place pl ON pl.id = p.place_id
       LEFT JOIN "user" u ON u.id = s.visited_by
       LEFT JOIN capture_event e ON e.id = s.event_id
      ORDER BY s.sequence, s.meter_id`,
    [ask.roundId, ask.houseId, ask.state, ask.page * PAGE_SIZE],
  );
  return rows;
}

export type SafetyRow = {
  eventId: string;
  name: string | null;
  at: number;
  work: string;
  points: string[];
  serial: string | null;
};

/** Who confirmed what before work on this round, the newest first. */
export async function selectSafety({ client }: Desk, roundId: number): Promise<SafetyRow[]> {
  const { rows } = await client.query<SafetyRow>(
    `SELECT s.event_id AS "eventId", u.name, (extract(epoch FROM s.at) * 1000)::float8 AS at,
            s.work, s.points, m.serial
       FROM safety_confirmation s
       LEFT JOIN "user" u ON u.id = s.user_id
       LEFT JOIN meter m ON m.id = s.meter_id
      WHERE s.round_id = $1 ORDER BY s.at DESC, s.event_id LIMIT ${PAGE_SIZE}`,
    [roundId],
  );
  return rows;
}
