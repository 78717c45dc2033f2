/**
 * A reader's rounds as procedures see them. It knows whose a round is; packages.ts knows what is in
 * it. server/api/rounds calls it.
 */
import type pg from 'pg';
import type { RoundPackage } from '#lib/contract/round.ts';
import { AppError } from '#server/errors.ts';
import { selectMyRounds, type RoundRow } from './package-store.ts';
import { buildPackage, type ForDevice } from './packages.ts';

/** Open rounds with the person's name on them, the nearest due first. */
export const listMyRounds = (client: pg.ClientBase, userId: string): Promise<readonly RoundRow[]> =>
  selectMyRounds(client, userId);

/** Everything for a day without a network. Throws `not-found` for a round of somebody else. */
export async function getRoundPackage(
  client: pg.ClientBase,
  roundId: number,
  to: ForDevice,
): Promise<RoundPackage> {
  const round = (await selectMyRounds(client, to.userId)).find((mine) => mine.id === roundId);
  if (!round) throw new AppError('not-found', 'There is no such round in your list.');
  return buildPackage(client, round, to);
}
