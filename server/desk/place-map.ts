/**
 * Where a house stands: read and set by the desk, because a reader's map can only show what
 * somebody has entered. Throws `not-found` outside of the caller's places.
 */
import type { Position } from '#lib/domain/position.ts';
import { writeAuditSql } from '#server/access/audit.ts';
import { AppError } from '#server/errors.ts';
import { selectHouse, selectNeighbours, updatePosition } from './place-map-store.ts';
import type { Desk } from './types.ts';

async function mustSeeHouse(desk: Desk, id: number) {
  const house = await selectHouse(desk, id);
  if (!house) throw new AppError('not-found', 'There is no such house.');
  return house;
}

export async function readHousePlace(desk: Desk, id: number) {
  const house = await mustSeeHouse(desk, id);
  return { house, neighbours: await selectNeighbours(desk, id) };
}

export async function setHousePlace(
  desk: Desk,
  by: string,
  { houseId, at }: { readonly houseId: number; readonly at: Position | null },
): Promise<void> {
  await mustSeeHouse(desk, houseId);
  await updatePosition(desk, houseId, at);
  await writeAuditSql(desk.client, {
    orgId: desk.orgId,
    userId: by,
    action: 'set-place-position',
    subject: `place ${houseId}`,
    detail: at ? { latUdeg: at.latUdeg, lonUdeg: at.lonUdeg } : {},
    at: desk.now,
  });
}
