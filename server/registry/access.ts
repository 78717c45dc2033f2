/**
 * Who may see which metering point, and over which time.
 *
 * It knows staff scopes, households and consent; it knows no reading. Procedures ask it before they
 * read anything of a point. What somebody may not see does not exist for them: `not-found`.
 */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import { STAFF_ROLES } from '#lib/domain/role.ts';
import type { Caller } from '#server/api/trpc.ts';
import { AppError } from '#server/errors.ts';
import { installationsOf } from './installations.ts';
import { isBelow, selectHouseholds } from './access-store.ts';

export type PointAccess = {
  readonly from: Instant;
  readonly to: Instant;
  /** Hourly profiles are personal: a resident must have agreed, staff see them for the supply. */
  readonly hourly: boolean;
};

/** Staff with a second factor; `placeIds` narrows them to subtrees of places. */
const isStaff = (caller: Caller): boolean =>
  caller.strong && caller.roles.some((role) => STAFF_ROLES.includes(role));

/** The time the caller may look at. Throws `not-found`. */
export async function accessToPoint(
  client: pg.ClientBase,
  caller: Caller,
  { pointId, now }: { pointId: number; now: Instant },
): Promise<PointAccess> {
  if (isStaff(caller) && (await isInScope(client, caller, pointId))) {
    return { from: 0, to: Number.MAX_SAFE_INTEGER, hourly: true };
  }
  const stays = await selectHouseholds(client, { userId: caller.userId, pointId });
  const newest = stays.at(-1);
  if (!newest) throw new AppError('not-found', 'There is no such metering point.');
  return {
    from: Math.min(...stays.map((s) => s.from)),
    to: Math.max(...stays.map((s) => s.to)),
    // Moving house ends the view of the old home; consent counts for the running stay.
    hourly: newest.hourlyFrom !== null && newest.hourlyFrom <= now,
  };
}

const isInScope = async (
  client: pg.ClientBase,
  { placeIds }: Caller,
  pointId: number,
): Promise<boolean> => isBelow(client, pointId, placeIds.length === 0 ? null : placeIds);

/** Throws `not-found` unless the caller may see the point where the meter hung at that instant. */
export async function accessToReading(
  client: pg.ClientBase,
  caller: Caller,
  { meterId, at, now }: { meterId: number; at: Instant; now: Instant },
): Promise<void> {
  const stay = (await installationsOf(client, { meterIds: [meterId] })).find(
    (i) => i.fromAt <= at && (i.toAt === null || at <= i.toAt),
  );
  if (!stay) throw new AppError('not-found', 'There is no such reading.');
  const access = await accessToPoint(client, caller, { pointId: stay.pointId, now });
  if (at < access.from || at > access.to) {
    throw new AppError('not-found', 'There is no such reading.');
  }
}

/** The places a staff member is narrowed to, null for the whole organisation. */
export const staffPlaces = ({ placeIds }: Caller): readonly number[] | null =>
  placeIds.length === 0 ? null : placeIds;
