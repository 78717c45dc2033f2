/**
 * The desk's list of meters that readers found: what was seen, its photographs, which meters of the
 * registry carry the same number. What a decision does is server/registry/found-meters.ts's.
 */
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { scaledValue } from '#server/registry/installations.ts';
import { selectPhotos } from './beside-store.ts';
import { countFound, FOUND_PAGE, selectFound, type FoundFilter } from './found-store.ts';
import type { Desk } from './types.ts';

export async function listFound(desk: Desk, ask: FoundFilter) {
  const found = await selectFound(desk, ask);
  const rows = found.slice(0, FOUND_PAGE);
  const photos = await selectPhotos(
    desk,
    rows.map(({ id }) => id),
  );
  const seen = rows.map(({ body, ...row }) => {
    const { besideId: _, raw: _raw, value, photos: named, ...told } = body;
    const register = TOTAL_REGISTER[body.resource];
    return {
      ...row,
      ...told,
      register,
      /** Integer in the register's scale. */
      value: value === null ? null : String(scaledValue(value, register) ?? ''),
      photos: photos.get(row.id) ?? [],
      /** Photographs that are still on their way. */
      photosMissing: named.length - (photos.get(row.id)?.length ?? 0),
    };
  });
  return { rows: seen, more: found.length > FOUND_PAGE };
}

export const countOpenFound = async (desk: Desk) => ({ open: await countFound(desk) });
