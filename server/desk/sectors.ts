/**
 * Sectors: named groups of places the desk plans by. Small enough that their SQL stands here. A
 * narrowed operator sees those that lie wholly within the own places. The planner's procedures call
 * it.
 */
import { writeAuditSql } from '#server/access/audit.ts';
import { AppError } from '#server/errors.ts';
import { inScope } from '#server/registry/scope.ts';
import type { Desk } from './types.ts';

export type Sector = {
  readonly id: number;
  readonly name: string;
  readonly placeIds: readonly number[];
};

const WITHIN = (n: number): string =>
  `NOT EXISTS (SELECT FROM sector_place o
     WHERE o.sector_id = s.id AND NOT ${inScope('o.place_id', n)})`;

export async function listSectors({ client, within }: Desk): Promise<Sector[]> {
  const { rows } = await client.query<Sector>(
    `SELECT s.id, s.name, array(SELECT p.place_id FROM sector_place p
              WHERE p.sector_id = s.id ORDER BY 1) AS "placeIds"
       FROM sector s WHERE ${WITHIN(1)} ORDER BY s.name`,
    [within],
  );
  return rows;
}

export type SectorDraft = {
  readonly id: number | null;
  readonly name: string;
  readonly placeIds: readonly number[];
};

/** Makes a sector or puts another content under its name. Throws `not-found`, `conflict`. */
export async function saveSector(desk: Desk, by: string, draft: SectorDraft): Promise<number> {
  const { client, orgId, within } = desk;
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM place
      WHERE id = ANY($1::int4[]) AND ${inScope('place.id', 2)}`,
    [draft.placeIds, within],
  );
  if (rows[0]!.n !== new Set(draft.placeIds).size) {
    throw new AppError('not-found', 'There is no such place.');
  }
  const id = draft.id === null ? await insertSector(desk, draft) : await rename(desk, draft);
  await client.query('DELETE FROM sector_place WHERE sector_id = $1', [id]);
  await client.query(
    `INSERT INTO sector_place (sector_id, place_id, org_id)
     SELECT DISTINCT $1::int, unnest($2::int4[]), $3::int`,
    [id, draft.placeIds, orgId],
  );
  await audit(desk, by, { action: 'save-sector', id });
  return id;
}

export async function removeSector(desk: Desk, by: string, id: number): Promise<void> {
  const { client, within } = desk;
  const { rowCount } = await client.query(`DELETE FROM sector s WHERE id = $1 AND ${WITHIN(2)}`, [
    id,
    within,
  ]);
  if (!rowCount) throw new AppError('not-found', 'There is no such sector.');
  await client.query('DELETE FROM sector_place WHERE sector_id = $1', [id]);
  await audit(desk, by, { action: 'remove-sector', id });
}

async function insertSector({ client, orgId }: Desk, { name }: SectorDraft): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO sector (org_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id`,
    [orgId, name],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new AppError('conflict', 'A sector has this name.');
  return id;
}

async function rename({ client, within }: Desk, { id, name }: SectorDraft): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `UPDATE sector s SET name = $2 WHERE id = $1 AND ${WITHIN(3)} RETURNING id`,
    [id, name, within],
  );
  const known = rows[0]?.id;
  if (known === undefined) throw new AppError('not-found', 'There is no such sector.');
  return known;
}

const audit = (desk: Desk, userId: string, { action, id }: { action: string; id: number }) =>
  writeAuditSql(desk.client, {
    orgId: desk.orgId,
    userId,
    action,
    subject: `sector ${id}`,
    at: desk.now,
  });
