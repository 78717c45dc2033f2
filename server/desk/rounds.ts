/**
 * Rounds from the desk: plan one for a house, give it to a reader, watch it fill.
 *
 * It knows rounds and stops; what a phone captures and how it arrives is server/sync's. The desk's
 * procedures call it.
 */
import { writeAuditSql } from '#server/access/audit.ts';
import { AppError } from '#server/errors.ts';
import { inScope } from '#server/registry/scope.ts';
import { insertStops, selectHouses, selectRounds, selectStops } from './round-store.ts';
import type { Desk } from './types.ts';

export const listRounds = (desk: Desk) => selectRounds(desk, {});
export const listHouses = (desk: Desk) => selectHouses(desk);

/** Throws `not-found`. */
export async function readRound(desk: Desk, id: number) {
  const [round] = await selectRounds(desk, { id });
  if (!round) throw new AppError('not-found', 'There is no such round.');
  return { round, stops: await selectStops(desk, id) };
}

export type NewRound = {
  readonly houseId: number;
  readonly name: string;
  readonly dueOn: string;
  readonly assigneeId: string | null;
  readonly resource: string | null;
};

/** Throws `not-found` for a foreign house or person, `invalid` when the house has no meters. */
export async function createRound(desk: Desk, by: string, wanted: NewRound): Promise<number> {
  const { client, orgId, within } = desk;
  await mustWork(desk, wanted.assigneeId);
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO round (org_id, house_id, name, due_on, assignee_id)
     SELECT $1, id, $3, $4::date, $5 FROM place
      WHERE id = $2 AND kind = 'house' AND ${inScope('place.id', 6)} RETURNING id`,
    [orgId, wanted.houseId, wanted.name, wanted.dueOn, wanted.assigneeId, within],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new AppError('not-found', 'There is no such house.');
  const { houseId, resource } = wanted;
  const stops = await insertStops(desk, { id, houseId, resource });
  if (stops === 0) throw new AppError('invalid', 'No meter hangs in this house.');
  await tellPhones(desk, id, 'put');
  await audit(desk, by, { action: 'create-round', id });
  return id;
}

/** Gives a round to somebody, or takes it back with null. Throws `not-found`. */
export async function assignRound(
  desk: Desk,
  by: string,
  round: { readonly id: number; readonly assigneeId: string | null },
): Promise<void> {
  await mustWork(desk, round.assigneeId);
  const { rowCount } = await desk.client.query(
    `UPDATE round SET assignee_id = $2 WHERE id = $1 AND ${inScope('house_id', 3)}`,
    [round.id, round.assigneeId, desk.within],
  );
  if (!rowCount) throw new AppError('not-found', 'There is no such round.');
  await tellPhones(desk, round.id, 'put');
  await audit(desk, by, { action: 'assign-round', id: round.id });
}

const audit = (desk: Desk, userId: string, deed: { action: string; id: number }): Promise<void> =>
  writeAuditSql(desk.client, {
    orgId: desk.orgId,
    userId,
    action: deed.action,
    subject: `round ${deed.id}`,
    at: desk.now,
  });

async function mustWork({ client }: Desk, userId: string | null): Promise<void> {
  if (userId === null) return;
  const { rowCount } = await client.query(
    `SELECT FROM membership WHERE user_id = $1 AND role = 'reader' AND revoked_at IS NULL`,
    [userId],
  );
  if (!rowCount) throw new AppError('not-found', 'This person is no reader here.');
}

/** A row of the change log is what makes phones fetch the round again. */
async function tellPhones({ client, orgId }: Desk, id: number, op: string): Promise<void> {
  await client.query(
    `INSERT INTO change_log (org_id, kind, key, op, scope) VALUES ($1, 'round', $2, $3, $4)`,
    [orgId, String(id), op, `round:${id}`],
  );
}
