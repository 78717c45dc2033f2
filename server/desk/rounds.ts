/**
 * Rounds from the desk: list them, look at one, give one to a reader.
 *
 * It knows rounds as a whole; plan.ts knows how one is made, round-edit.ts how it changes, and
 * server/sync what a phone captures and how that arrives. The desk's procedures call it.
 */
import { audit, mustSee } from './plan.ts';
import { mustBeReader, selectHouses, selectRounds } from './round-store.ts';
import type { Desk } from './types.ts';

export { createHouseRound as createRound } from './plan.ts';

export const listRounds = (desk: Desk) => selectRounds(desk, {});
export const listHouses = (desk: Desk) => selectHouses(desk);

/** Throws `not-found`. */
export const readRound = mustSee;

/** Gives a round to somebody, or takes it back with null. Throws `not-found`. */
export async function assignRound(
  desk: Desk,
  by: string,
  round: { readonly id: number; readonly assigneeId: string | null },
): Promise<void> {
  await mustBeReader(desk, round.assigneeId);
  await mustSee(desk, round.id);
  await desk.client.query('UPDATE round SET assignee_id = $2 WHERE id = $1', [
    round.id,
    round.assigneeId,
  ]);
  await audit(desk, by, { action: 'assign-round', id: round.id });
}
