/** SQL of the meter import. Called by import-places.ts. */
import type pg from 'pg';

export type PlaceRow = {
  readonly id: number;
  readonly parentId: number | null;
  readonly kind: string;
  readonly name: string;
  readonly address: string;
  readonly objectType: string | null;
};

export type PointRow = {
  readonly id: number;
  readonly placeId: number;
  readonly resource: string;
  readonly role: string;
  readonly occupied: boolean;
};

const PLACE = `id, parent_id AS "parentId", kind, name, address, object_type AS "objectType"`;

export async function selectTree(client: pg.ClientBase): Promise<PlaceRow[]> {
  return (await client.query<PlaceRow>(`SELECT ${PLACE} FROM place ORDER BY id`)).rows;
}

export async function selectPoints(client: pg.ClientBase): Promise<PointRow[]> {
  const { rows } = await client.query<PointRow>(
    `SELECT mp.id, mp.place_id AS "placeId", mp.resource, mp.role,
            EXISTS (SELECT FROM installation i WHERE i.point_id = mp.id AND i.to_at IS NULL)
              AS occupied
       FROM metering_point mp ORDER BY mp.id`,
  );
  return rows;
}

export async function insertFlat(
  client: pg.ClientBase,
  orgId: number,
  { house, flat }: { house: PlaceRow; flat: string },
): Promise<PlaceRow> {
  const { rows } = await client.query<PlaceRow>(
    `INSERT INTO place (org_id, parent_id, kind, name, address, sort, object_type)
     VALUES ($1, $2, 'flat', $3, $4, $5, 'flat') RETURNING ${PLACE}`,
    [orgId, house.id, flat, `${house.address}, ${flat}`, Number(/^\d{1,6}/.exec(flat)?.[0] ?? 0)],
  );
  return rows[0]!;
}

export async function insertPoint(
  client: pg.ClientBase,
  point: {
    orgId: number;
    placeId: number;
    resource: string;
    role: string;
    name: string;
    parentId: number | null;
  },
): Promise<PointRow> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO metering_point (org_id, place_id, resource, role, name, parent_id)
     VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
    [point.orgId, point.placeId, point.resource, point.role, point.name, point.parentId],
  );
  const { placeId, resource, role } = point;
  return { id: rows[0]!.id, placeId, resource, role, occupied: true };
}
