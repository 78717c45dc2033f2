/** How stops move, in SQL: one statement a change, so that phones hear of one change. */
import { naturally } from './natural-order.ts';
import type { Desk } from './types.ts';
import type { Removal, StopMove } from './round-edit.ts';

/** Houses in walking order. */
export async function selectHouseIds({ client }: Desk, roundId: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT house_id AS id FROM round_stop WHERE round_id = $1
      GROUP BY house_id ORDER BY min(sequence)`,
    [roundId],
  );
  return rows.map((row) => row.id);
}

/** Numbers stops anew by an ORDER BY over `s`; those that keep their number are not touched. */
const renumber = (order: string, join = ''): string => `
  UPDATE round_stop t SET sequence = n.place
    FROM (SELECT s.meter_id, row_number() OVER (ORDER BY ${order}) AS place
            FROM round_stop s ${join} WHERE s.round_id = $1) n
   WHERE t.round_id = $1 AND t.meter_id = n.meter_id AND t.sequence <> n.place`;

export async function orderHouses(
  { client }: Desk,
  roundId: number,
  houseIds: readonly number[],
): Promise<void> {
  const order = 'array_position($2::int4[], s.house_id), s.sequence, s.meter_id';
  await client.query(renumber(order), [roundId, houseIds]);
}

/** False when the two are not stops of one house. */
export async function orderStop(
  { client }: Desk,
  { roundId, meterId, beforeId }: StopMove,
): Promise<boolean> {
  const { rows } = await client.query<{ at: number | null }>(
    `SELECT CASE WHEN $3::int IS NULL
              THEN (SELECT max(o.sequence) + 0.5 FROM round_stop o
                     WHERE o.round_id = $1 AND o.house_id = s.house_id)
              ELSE (SELECT o.sequence - 0.5 FROM round_stop o WHERE o.round_id = $1
                       AND o.meter_id = $3 AND o.house_id = s.house_id)
            END::float8 AS at
       FROM round_stop s WHERE s.round_id = $1 AND s.meter_id = $2`,
    [roundId, meterId, beforeId],
  );
  const at = rows[0]?.at ?? null;
  if (at === null) return false;
  const order = 'CASE WHEN s.meter_id = $2 THEN $3::float8 ELSE s.sequence END, s.meter_id';
  await client.query(renumber(order), [roundId, meterId, at]);
  return true;
}

export async function orderNaturally({ client }: Desk, roundId: number): Promise<void> {
  const order = `h.first, CASE WHEN up.kind = 'entrance' THEN up.sort ELSE 0 END,
    pl.floor DESC NULLS LAST, pl.sort, ${naturally('pl.name')}, mp.resource, mp.id`;
  const join = `
    JOIN (SELECT house_id, min(sequence) AS first FROM round_stop WHERE round_id = $1
           GROUP BY house_id) h ON h.house_id = s.house_id
    JOIN metering_point mp ON mp.id = s.point_id
    JOIN place pl ON pl.id = mp.place_id
    LEFT JOIN place up ON up.id = pl.parent_id`;
  await client.query(renumber(order, join), [roundId]);
}

export async function deleteAhead(
  { client }: Desk,
  { roundId, houseId, meterIds }: Removal,
): Promise<{ removed: number; stayed: number }> {
  const named = 'round_id = $1 AND (house_id = $2 OR meter_id = ANY($3::int4[]))';
  const values = [roundId, houseId, meterIds];
  const gone = await client.query(
    `DELETE FROM round_stop WHERE ${named} AND state = 'ahead'`,
    values,
  );
  const left = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM round_stop WHERE ${named}`,
    values,
  );
  return { removed: gone.rowCount ?? 0, stayed: left.rows[0]!.n };
}

export async function moveAhead(
  { client }: Desk,
  { from, to, houseIds }: { from: number; to: number; houseIds: readonly number[] },
): Promise<number> {
  // Both rounds changed; the trigger on stops names only the one they are in now.
  await client.query('UPDATE round SET name = name WHERE id = $1', [from]);
  const { rowCount } = await client.query(
    `UPDATE round_stop SET round_id = $2
      WHERE round_id = $1 AND house_id = ANY($3::int4[]) AND state = 'ahead'`,
    [from, to, houseIds],
  );
  return rowCount ?? 0;
}

export async function copyStops(
  { client, orgId }: Desk,
  { from, to }: { from: number; to: number },
): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO round_stop (round_id, meter_id, org_id, point_id, house_id, sequence)
     SELECT $2, i.meter_id, $3, s.point_id, s.house_id, min(s.sequence)
       FROM round_stop s JOIN installation i ON i.point_id = s.point_id AND i.to_at IS NULL
      WHERE s.round_id = $1 GROUP BY i.meter_id, s.point_id, s.house_id
     ON CONFLICT DO NOTHING`,
    [from, to, orgId],
  );
  return rowCount ?? 0;
}

export async function selectWorks({ client }: Desk, userId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM membership WHERE user_id = $1 AND role = 'reader' AND revoked_at IS NULL`,
    [userId],
  );
  return rowCount !== 0;
}
