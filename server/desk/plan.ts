/**
 * Planning a round: what is chosen, how long it will take, and the round itself.
 *
 * It knows what makes a round and its limits; plan-store.ts knows how meters are found. The
 * planner's procedures call it.
 */
import { writeAuditSql } from '#server/access/audit.ts';
import { AppError } from '#server/errors.ts';
import {
  insertPicked,
  placeRound,
  ROUND_LIMIT,
  selectPreview,
  type HousePreview,
  type Pick,
} from './plan-store.ts';
import { insertRound, mustBeReader, selectHouseIn, selectRounds } from './round-store.ts';
import type { Desk } from './types.ts';

/** Where nobody has walked yet: a typed meter in a stairwell. */
const FIRST_PACE_SECONDS = 90;

export type Preview = {
  readonly houses: readonly (HousePreview & { readonly minutes: number })[];
  readonly meters: number;
  readonly minutes: number;
  /** Houses whose minutes are a first guess, because nobody walked them within a year. */
  readonly guessed: number;
  /** More than a round holds: choose less. */
  readonly tooMany: boolean;
};

export async function previewPlan(desk: Desk, pick: Pick): Promise<Preview> {
  if (isEmpty(pick)) return { houses: [], meters: 0, minutes: 0, guessed: 0, tooMany: false };
  const found = await selectPreview(desk, pick);
  const known = found.filter(({ pace }) => pace !== null);
  const walked = known.reduce((sum, { pace, meters }) => sum + pace! * meters, 0);
  const usual = walked / known.reduce((sum, { meters }) => sum + meters, 0) || FIRST_PACE_SECONDS;
  const houses = found.map((house) => ({
    ...house,
    minutes: Math.max(1, Math.round((house.meters * (house.pace ?? usual)) / 60)),
  }));
  const meters = found.reduce((sum, house) => sum + house.meters, 0);
  return {
    houses,
    meters,
    minutes: houses.reduce((sum, { minutes }) => sum + minutes, 0),
    guessed: found.length - known.length,
    tooMany: meters > ROUND_LIMIT,
  };
}

const isEmpty = ({ placeIds, sectorIds, due }: Pick): boolean =>
  placeIds.length === 0 && sectorIds.length === 0 && due === null;

export type Plan = {
  readonly name: string;
  readonly dueOn: string;
  readonly assigneeId: string | null;
};

/** Throws `not-found` for a foreign place or person, `invalid` for no meter or too many. */
export async function createPlan(
  desk: Desk,
  by: string,
  { pick, ...plan }: Plan & { readonly pick: Pick },
): Promise<number> {
  await mustBeReader(desk, plan.assigneeId);
  const preview = await previewPlan(desk, pick);
  const first = preview.houses[0];
  if (!first) throw new AppError('invalid', 'No meter is picked.');
  if (preview.tooMany) throw new AppError('invalid', `A round holds ${ROUND_LIMIT} meters.`);
  const id = await insertRound(desk, { ...plan, houseId: first.houseId, splitOf: null });
  await insertPicked(desk, id, pick);
  await audit(desk, by, { action: 'create-round', id, meters: preview.meters });
  return id;
}

/** Adds what is picked and not yet on the round; returns how many that were. */
export async function addToRound(
  desk: Desk,
  by: string,
  { roundId, pick }: { readonly roundId: number; readonly pick: Pick },
): Promise<number> {
  const round = await mustSee(desk, roundId);
  const preview = await previewPlan(desk, pick);
  if (preview.meters + round.total > ROUND_LIMIT) {
    throw new AppError('invalid', `A round holds ${ROUND_LIMIT} meters.`);
  }
  const added = preview.meters === 0 ? 0 : await insertPicked(desk, roundId, pick);
  await audit(desk, by, { action: 'add-to-round', id: roundId, meters: added });
  return added;
}

/** A round for one house: what its name and the older procedure promise. */
export async function createHouseRound(
  desk: Desk,
  by: string,
  wanted: Plan & { readonly houseId: number; readonly resource: string | null },
): Promise<number> {
  const { houseId, resource, ...plan } = wanted;
  if (!(await selectHouseIn(desk, houseId))) {
    throw new AppError('not-found', 'There is no such house.');
  }
  const pick = { placeIds: [houseId], sectorIds: [], resource, due: null };
  return createPlan(desk, by, { ...plan, pick });
}

/** Throws `not-found` for a round of others, or one that reaches beyond the caller's places. */
export async function mustSee(desk: Desk, id: number) {
  const [round] = await selectRounds(desk, { id });
  if (!round) throw new AppError('not-found', 'There is no such round.');
  return round;
}

type Deed = { readonly action: string; readonly id: number } & Record<string, string | number>;

export const audit = (desk: Desk, userId: string, { action, id, ...detail }: Deed): Promise<void> =>
  writeAuditSql(desk.client, {
    orgId: desk.orgId,
    userId,
    action,
    subject: `round ${id}`,
    detail,
    at: desk.now,
  });

/** After stops came or went the round stands where its first stop is. */
export const settle = (desk: Desk, id: number): Promise<void> => placeRound(desk, id);
