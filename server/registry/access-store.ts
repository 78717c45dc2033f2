/** SQL behind access.ts. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';

/** True when the point exists at or below one of the places; null means any place. */
export async function isBelow(
  client: pg.ClientBase,
  pointId: number,
  placeIds: readonly number[] | null,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `WITH RECURSIVE above AS (
       SELECT p.id, p.parent_id FROM metering_point mp JOIN place p ON p.id = mp.place_id
        WHERE mp.id = $1
       UNION ALL SELECT p.id, p.parent_id FROM place p JOIN above a ON p.id = a.parent_id)
     SELECT 1 FROM above WHERE $2::int4[] IS NULL OR id = ANY($2::int4[]) LIMIT 1`,
    [pointId, placeIds],
  );
  return rowCount === 1;
}

export type HouseholdStay = {
  readonly from: Instant;
  readonly to: Instant;
  readonly hourlyFrom: Instant | null;
};

/** When the person lived where the point measures, oldest first. */
export async function selectHouseholds(
  client: pg.ClientBase,
  { userId, pointId }: { userId: string; pointId: number },
): Promise<HouseholdStay[]> {
  const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::int8::text`;
  const { rows } = await client.query<{ f: string; t: string | null; hourly: string | null }>(
    `SELECT ${ms('h.from_at')} AS f,
            ${ms('least(h.to_at, m.to_at)')} AS t, ${ms('m.hourly_from')} AS hourly
       FROM metering_point mp
       JOIN household h ON h.place_id = mp.place_id
       JOIN household_member m ON m.household_id = h.id AND m.user_id = $2
      WHERE mp.id = $1 AND mp.role <> 'house' ORDER BY 1`,
    [pointId, userId],
  );
  return rows.map((row) => ({
    from: Number(row.f),
    to: row.t === null ? Number.MAX_SAFE_INTEGER : Number(row.t),
    hourlyFrom: row.hourly === null ? null : Number(row.hourly),
  }));
}
