/**
 * Changing a round that may be on a phone already: its order, its meters, its readers, and a copy
 * for the next month.
 *
 * It knows one rule above all: what was captured stays. A visited stop keeps its round and its
 * event; what a phone captured for a stop that went elsewhere still counts (server/sync). The
 * planner's procedures call it.
 */
import { AppError } from '#server/errors.ts';
import { audit, mustSee, settle } from './plan.ts';
import {
  copyStops,
  deleteAhead,
  moveAhead,
  orderHouses,
  orderNaturally,
  orderStop,
  selectHouseIds,
  selectWorks,
} from './round-edit-store.ts';
import { insertRound, mustBeReader } from './round-store.ts';
import type { Desk } from './types.ts';

/** Throws `conflict` when the round has other houses by now. */
export async function setHouseOrder(
  desk: Desk,
  { roundId, houseIds }: { readonly roundId: number; readonly houseIds: readonly number[] },
): Promise<void> {
  await mustSee(desk, roundId);
  const now = await selectHouseIds(desk, roundId);
  const same = now.length === houseIds.length && now.every((id) => houseIds.includes(id));
  if (!same) throw new AppError('conflict', 'The round has other houses by now.');
  await orderHouses(desk, roundId, houseIds);
  await settle(desk, roundId);
}

export type StopMove = {
  readonly roundId: number;
  readonly meterId: number;
  /** Goes before this meter of the same house; null = to the end of its house. */
  readonly beforeId: number | null;
};

/** Throws `conflict` when the two do not hang in one house of the round. */
export async function moveStop(desk: Desk, move: StopMove): Promise<void> {
  await mustSee(desk, move.roundId);
  if (!(await orderStop(desk, move))) {
    throw new AppError('conflict', 'The meters are not in one house of the round.');
  }
}

/** Back to entrance, floor and flat inside every house; the order of houses stays. */
export async function walkNaturally(desk: Desk, roundId: number): Promise<void> {
  await mustSee(desk, roundId);
  await orderNaturally(desk, roundId);
}

export type Removal = {
  readonly roundId: number;
  readonly houseId: number | null;
  readonly meterIds: readonly number[];
};

/** Takes meters off that nobody visited yet; visited ones stay and are counted in `stayed`. */
export async function removeFromRound(
  desk: Desk,
  by: string,
  removal: Removal,
): Promise<{ readonly removed: number; readonly stayed: number }> {
  await mustSee(desk, removal.roundId);
  const result = await deleteAhead(desk, removal);
  await settle(desk, removal.roundId);
  const { roundId: id } = removal;
  await audit(desk, by, { action: 'remove-from-round', id, meters: result.removed });
  return result;
}

export type Part = { readonly assigneeId: string | null; readonly houseIds: readonly number[] };

/**
 * Houses go to other readers: each part becomes a round of its own with what is still ahead there.
 * Returns the new rounds. Throws `invalid` when a house is given twice.
 */
export async function splitRound(
  desk: Desk,
  by: string,
  { roundId, parts }: { readonly roundId: number; readonly parts: readonly Part[] },
): Promise<number[]> {
  const round = await mustSee(desk, roundId);
  const houses = parts.flatMap((part) => part.houseIds);
  if (new Set(houses).size !== houses.length) {
    throw new AppError('invalid', 'A house is given to two readers.');
  }
  const made: number[] = [];
  for (const { assigneeId, houseIds } of parts) {
    await mustBeReader(desk, assigneeId);
    const { name, dueOn } = round;
    const splitOf = round.splitOf ?? round.id;
    const houseId = houseIds[0];
    if (houseId === undefined) continue;
    const id = await insertRound(desk, { houseId, name, dueOn, assigneeId, splitOf });
    const moved = await moveAhead(desk, { from: roundId, to: id, houseIds });
    if (moved === 0) throw new AppError('conflict', 'Nothing is ahead in these houses.');
    await settle(desk, id);
    await audit(desk, by, { action: 'split-round', id: roundId, into: id, meters: moved });
    made.push(id);
  }
  await settle(desk, roundId);
  return made;
}

/** The same way again: points in the same order with the meters that hang there now. */
export async function copyRound(
  desk: Desk,
  by: string,
  wanted: { readonly roundId: number; readonly name: string; readonly dueOn: string },
): Promise<number> {
  const round = await mustSee(desk, wanted.roundId);
  const works = round.assigneeId !== null && (await selectWorks(desk, round.assigneeId));
  const id = await insertRound(desk, {
    houseId: await firstHouse(desk, wanted.roundId),
    name: wanted.name,
    dueOn: wanted.dueOn,
    assigneeId: works ? round.assigneeId : null,
    splitOf: null,
  });
  const stops = await copyStops(desk, { from: wanted.roundId, to: id });
  if (stops === 0) throw new AppError('invalid', 'No meter of this round hangs any more.');
  await audit(desk, by, { action: 'copy-round', id, from: wanted.roundId, meters: stops });
  return id;
}

async function firstHouse(desk: Desk, roundId: number): Promise<number> {
  const [first] = await selectHouseIds(desk, roundId);
  if (first === undefined) throw new AppError('invalid', 'The round is empty.');
  return first;
}
