/** SQL over a single metering point. Called by exchange.ts. */
import type pg from 'pg';
import type { Resource } from '#lib/domain/resource.ts';

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
