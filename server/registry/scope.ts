/**
 * The places a staff member is narrowed to, as a condition of a query.
 *
 * It knows the tree of places; it knows nobody's role (access.ts does). Stores put it into their
 * statements, services of other domains ask for the list.
 */
import type { Tx } from '#server/db/client.ts';
import { AppError } from '#server/errors.ts';

/**
 * True where the column's place is at or below one of the places bound at `$n` (int4[]), or where
 * `$n` is null: the whole organisation. The tree is walked once a statement, not once a row.
 */
export const inScope = (column: string, n: number): string =>
  `($${n}::int4[] IS NULL OR ${column} IN (
     WITH RECURSIVE scope AS (
       SELECT id FROM place WHERE id = ANY($${n}::int4[])
       UNION SELECT p.id FROM place p JOIN scope s ON p.parent_id = s.id)
     SELECT id FROM scope))`;

/** Every place at or below those given; null stays null. */
export async function placesWithin(
  tx: Tx,
  within: readonly number[] | null,
): Promise<number[] | null> {
  if (within === null) return null;
  const rows = await tx.$queryRawUnsafe<{ id: number }[]>(
    `SELECT id FROM place WHERE ${inScope('place.id', 1)}`,
    [...within],
  );
  return rows.map((row) => row.id);
}

/** Throws `not-found` unless the place lies within. */
export async function mustBeWithin(
  tx: Tx,
  within: readonly number[] | null,
  placeId: number,
): Promise<void> {
  const known = await placesWithin(tx, within);
  if (known && !known.includes(placeId)) throw new AppError('not-found', 'There is no such place.');
}
