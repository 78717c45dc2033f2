/** Houses and where they stand, in SQL. Knows tables only; place-map.ts calls it. */
import type { Position } from '#lib/domain/position.ts';
import { inScope } from '#server/registry/scope.ts';
import type { Desk } from './types.ts';

export type HousePlace = {
  id: number;
  address: string;
  latUdeg: number | null;
  lonUdeg: number | null;
};

/** Enough to recognise the neighbourhood, few enough to draw. */
const NEIGHBOURS = 200;

const COLUMNS = `p.id, p.address, (p.latitude * 1000000)::int AS "latUdeg",
  (p.longitude * 1000000)::int AS "lonUdeg"`;

export async function selectHouse(
  { client, within }: Desk,
  id: number,
): Promise<HousePlace | null> {
  const { rows } = await client.query<HousePlace>(
    `SELECT ${COLUMNS} FROM place p WHERE p.id = $1 AND p.kind = 'house' AND ${inScope('p.id', 2)}`,
    [id, within],
  );
  return rows[0] ?? null;
}

/** Houses that stand somewhere, those of the same street first. */
export async function selectNeighbours(
  { client, within }: Desk,
  id: number,
): Promise<HousePlace[]> {
  const { rows } = await client.query<HousePlace>(
    `SELECT ${COLUMNS} FROM place p JOIN place own ON own.id = $1
      WHERE p.kind = 'house' AND p.latitude IS NOT NULL AND p.longitude IS NOT NULL
        AND p.id <> $1 AND ${inScope('p.id', 2)}
      ORDER BY p.parent_id IS NOT DISTINCT FROM own.parent_id DESC, p.id LIMIT ${NEIGHBOURS}`,
    [id, within],
  );
  return rows;
}

/** Null takes the position away. Phones with a round through the house hear of the change. */
export async function updatePosition(
  { client }: Desk,
  id: number,
  at: Position | null,
): Promise<void> {
  await client.query(
    `UPDATE place SET latitude = $2::numeric / 1000000, longitude = $3::numeric / 1000000
      WHERE id = $1`,
    [id, at?.latUdeg ?? null, at?.lonUdeg ?? null],
  );
  await client.query(
    `INSERT INTO change_log (org_id, kind, key, op, scope)
     SELECT DISTINCT s.org_id, 'round', r.id::text, 'put', r.id::text
       FROM round_stop s JOIN round r ON r.id = s.round_id
      WHERE s.house_id = $1 AND r.status IN ('planned', 'active')`,
    [id],
  );
}
