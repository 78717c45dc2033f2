/**
 * The operator's first look: what arrived, which meters to check, who walks, what waits for a
 * decision.
 *
 * It knows which figures belong together; board-store.ts knows the tables, server/analytics what is
 * a finding. Only the desk's procedures call it.
 */
import { listRuns } from '#server/ingest/import-run.ts';
import {
  countFindings,
  countWaiting,
  selectDelivery,
  selectFindings,
  type FindingFilter,
} from './board-store.ts';
import { organisationZone } from '#server/registry/organisation.ts';
import { selectRounds } from './round-store.ts';
import type { Desk } from './types.ts';

export async function readBoard(desk: Desk) {
  const rounds = await selectRounds(desk, { today: true });
  return {
    at: desk.now,
    zone: await organisationZone(desk.client),
    delivery: await selectDelivery(desk),
    findings: await countFindings(desk),
    rounds,
    waiting: await countWaiting(desk),
    // Files hold lines of every place: who is narrowed to some sees none.
    imports: desk.within ? [] : await listRuns(desk.client, 5),
  };
}

/** One page of meters to check. */
export const listFindings = (desk: Desk, filter: FindingFilter) => selectFindings(desk, filter);
