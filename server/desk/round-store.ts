/** Rounds and their stops as the desk sees them. Knows tables only. */
import { AppError } from '#server/errors.ts';
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
  splitOf: number | null;
  houses: number;
  total: number;
  read: number;
  doubt: number;
  cannot: number;
};

/** Houses a round leads through lie all within the caller's places. */
const roundInScope = (n: number): string =>
  `($${n}::int4[] IS NULL OR (${inScope('r.house_id', n)} AND NOT EXISTS (
     SELECT FROM round_stop o WHERE o.round_id = r.id AND NOT ${inScope('o.house_id', n)})))`;

export type RoundFilter = {
  /** Leaves what is due today or still open. */
  readonly today?: boolean;
  readonly id?: number;
  /** The round and all that were divided from it. */
  readonly family?: number;
};

/** Newest due first. Stops are counted for the listed rounds alone. */
export async function selectRounds(
  { client, now, within }: Desk,
  only: RoundFilter,
): Promise<RoundRow[]> {
  const { rows } = await client.query<RoundRow>(
    `WITH listed AS MATERIALIZED (
       SELECT r.id, r.name, r.house_id, r.due_on, r.status, r.assignee_id, r.split_of
         FROM round r JOIN organisation o ON o.id = r.org_id
        WHERE ($1::int IS NULL OR r.id = $1)
          AND ($5::int IS NULL OR r.id = $5 OR r.split_of = $5)
          AND ${roundInScope(4)}
          AND (NOT $2 OR (r.status IN ('planned', 'active') AND r.due_on <=
               (to_timestamp($3 / 1000.0) AT TIME ZONE o.time_zone)::date))
        ORDER BY r.due_on DESC, r.id DESC LIMIT 100)
     SELECT r.id, r.name, h.address AS house, to_char(r.due_on, 'YYYY-MM-DD') AS "dueOn", r.status,
            r.assignee_id AS "assigneeId", u.name AS assignee, r.split_of AS "splitOf", n.*
       FROM listed r
       JOIN place h ON h.id = r.house_id
       LEFT JOIN "user" u ON u.id = r.assignee_id
       CROSS JOIN LATERAL (
         SELECT count(*)::int AS total, count(DISTINCT s.house_id)::int AS houses,
                count(*) FILTER (WHERE s.state = 'read')::int AS read,
                count(*) FILTER (WHERE s.state = 'doubt')::int AS doubt,
                count(*) FILTER (WHERE s.state = 'cannot')::int AS cannot
           FROM round_stop s WHERE s.round_id = r.id) n
      ORDER BY r.due_on DESC, r.id DESC`,
    [only.id ?? null, only.today ?? false, now, within, only.family ?? null],
  );
  return rows;
}

export type RoundHead = {
  readonly houseId: number;
  readonly name: string;
  readonly dueOn: string;
  readonly assigneeId: string | null;
  readonly splitOf: number | null;
};

export async function insertRound({ client, orgId }: Desk, head: RoundHead): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO round (org_id, house_id, name, due_on, assignee_id, split_of)
     VALUES ($1, $2, $3, $4::date, $5, $6) RETURNING id`,
    [orgId, head.houseId, head.name, head.dueOn, head.assigneeId, head.splitOf],
  );
  return rows[0]!.id;
}

export async function selectHouseIn({ client, within }: Desk, id: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM place WHERE id = $1 AND kind = 'house' AND ${inScope('place.id', 2)}`,
    [id, within],
  );
  return rowCount === 1;
}

/** Throws `not-found` unless the person reads meters here; nobody is no mistake. */
export async function mustBeReader({ client }: Desk, userId: string | null): Promise<void> {
  if (userId === null) return;
  const { rowCount } = await client.query(
    `SELECT FROM membership WHERE user_id = $1 AND role = 'reader' AND revoked_at IS NULL`,
    [userId],
  );
  if (!rowCount) throw new AppError('not-found', 'This person is no reader here.');
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
       JOIN metering_point mp ON mp.place_id = b.id
       JOIN installation i ON i.point_id = mp.id AND i.to_at IS NULL
      GROUP BY h.id, h.address ORDER BY ${naturally('h.address')}`,
    [within],
  );
  return rows;
}
