/** What a resident decides for the own home: hourly profiles and colours. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import type { Caller } from '#server/api/trpc.ts';
import { AppError } from '#server/errors.ts';
import { findHome, findPoint } from './home-scope.ts';
import { updateColour, updateConsent } from './home-store.ts';

export type Asked = { readonly caller: Caller; readonly now: Instant };

export async function readConsent(
  client: pg.ClientBase,
  caller: Caller,
  placeId?: number,
): Promise<{ hourly: boolean; since: Instant | null }> {
  const home = await findHome(client, caller, placeId);
  return { hourly: home.hourlyFrom !== null, since: home.hourlyFrom };
}

/** Consent opens all hours of this household: they are this family's own. */
export async function setConsent(
  client: pg.ClientBase,
  { caller, now }: Asked,
  ask: { placeId?: number | undefined; hourly: boolean },
): Promise<{ hourly: boolean; since: Instant | null }> {
  const home = await findHome(client, caller, ask.placeId);
  if (home.householdId === null) {
    throw new AppError('not-found', 'No household is registered for this home.');
  }
  const from = ask.hourly ? (home.hourlyFrom ?? now) : null;
  const { householdId } = home;
  await updateConsent(client, { householdId, userId: caller.userId, from });
  return { hourly: ask.hourly, since: from };
}

export async function setColour(
  client: pg.ClientBase,
  caller: Caller,
  ask: { pointId: number; colour: string | null },
): Promise<{ pointId: number; colour: string | null }> {
  const { point } = await findPoint(client, caller, ask.pointId);
  await updateColour(client, point.pointId, ask.colour);
  return { pointId: point.pointId, colour: ask.colour };
}
