/**
 * The operator's first look: what arrived, who walks, what waits for a decision.
 *
 * It knows which figures belong together; board-store.ts knows the tables. Only the desk's
 * procedures call it.
 */
import { countWaiting, selectDelivery, selectImports, selectSilent } from './board-store.ts';
import { selectRounds } from './round-store.ts';
import type { Desk } from './types.ts';

export async function readBoard(desk: Desk) {
  const rounds = await selectRounds(desk, { today: true });
  return {
    at: desk.now,
    delivery: await selectDelivery(desk),
    silent: await selectSilent(desk),
    rounds,
    waiting: await countWaiting(desk),
    imports: await selectImports(desk, 5),
  };
}
