/**
 * How a round goes: by house, by reader, with the pace and when it should end.
 *
 * It knows what a sum means; progress-store.ts knows the tables. The planner's procedures call it.
 */
import { MINUTE_MS } from '#lib/base/interval.ts';
import { attachBeside } from './beside.ts';
import { mustSee } from './plan.ts';
import {
  selectHouseProgress,
  selectReaderProgress,
  selectSafety,
  selectStops,
  type ReaderProgress,
  type StopFilter,
} from './progress-store.ts';
import { selectRounds } from './round-store.ts';
import type { Desk } from './types.ts';

/** Who captured nothing for so long is not walking now, so no end is foretold. */
const WALKING_MS = 45 * MINUTE_MS;

/** Throws `not-found`. */
export async function readProgress(desk: Desk, roundId: number) {
  const round = await mustSee(desk, roundId);
  const left = round.total - round.read - round.doubt - round.cannot;
  const readers = await selectReaderProgress(desk, roundId);
  const family = await selectRounds(desk, { family: round.splitOf ?? round.id });
  return {
    at: desk.now,
    round,
    left,
    houses: await selectHouseProgress(desk, roundId),
    safety: await selectSafety(desk, roundId),
    readers: readers.map((reader) => ({ ...reader, endsAt: endOf(reader, left, desk.now) })),
    /** Rounds divided from one, when there are several. */
    family: family.length > 1 ? family : [],
  };
}

/** When the assigned reader should be done at this pace; null while nobody walks. */
function endOf({ isAssigned, pace, lastAt }: ReaderProgress, left: number, now: number) {
  if (!isAssigned || pace === null || lastAt === null || left === 0) return null;
  return now - lastAt > WALKING_MS ? null : lastAt + Math.ceil(left * pace * 1000);
}

export async function listStops(desk: Desk, ask: StopFilter) {
  await mustSee(desk, ask.roundId);
  return attachBeside(desk, await selectStops(desk, ask));
}
