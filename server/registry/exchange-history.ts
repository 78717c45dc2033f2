/**
 * Exchanges looked at afterwards: their versions, and a correction as the next one. It knows the
 * registry's two installations; readings are the caller's. server/desk calls it.
 */
import type pg from 'pg';
import type { CorrectExchange } from '#lib/contract/registry.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { AppError } from '#server/errors.ts';
import { nextVersion, plainRegisters } from './exchange-record.ts';
import {
  insertVersion,
  namesakes,
  renameMeter,
  selectCurrent,
  selectVersions,
  writeEnds,
  type ExchangeRow,
  type ExchangeVersion,
} from './exchange-store.ts';
import { openInstallationOf } from './meter-store.ts';
import { selectPointHead } from './point-store.ts';

export const exchangesOf = (client: pg.ClientBase, pointId: number): Promise<ExchangeRow[]> =>
  selectVersions(client, { pointId });

export const currentExchanges = (
  client: pg.ClientBase,
  ids: readonly string[],
): Promise<ExchangeRow[]> => selectCurrent(client, { ids });

/** The point and what hangs there now. */
export async function pointHead(
  client: pg.ClientBase,
  pointId: number,
): Promise<{ resource: Resource; meterId: number | null } | null> {
  const point = await selectPointHead(client, pointId);
  if (!point) return null;
  const open = await openInstallationOf(client, pointId);
  return { resource: point.resource, meterId: open?.meterId ?? null };
}

/**
 * The next version with what the desk says. A report that was settled by it gets its own next
 * version. Throws `not-found`, `conflict` (not in force, or the number hangs elsewhere).
 */
export async function mendExchange(
  client: pg.ClientBase,
  { orgId, userId }: { readonly orgId: number; readonly userId: string },
  input: CorrectExchange,
): Promise<{ before: ExchangeRow; after: ExchangeVersion }> {
  const [before] = await selectCurrent(client, { ids: [input.exchangeId] });
  if (!before) throw new AppError('not-found', 'There is no such exchange.');
  const { newMeterId, pointId, oldMeterId, at, body } = before;
  if (before.state !== 'applied' || newMeterId === null) {
    throw new AppError('conflict', 'This exchange is not in force.');
  }
  if (input.serial !== body.new.serial) await rename(client, before, input.serial);
  const point = await selectPointHead(client, pointId);
  const total = point ? TOTAL_REGISTER[point.resource] : 0;
  const register = body.new.registers[0]?.register ?? total;
  const end = input.endValue === null ? [] : [{ register, value: input.endValue }];
  const start = [{ register, value: input.startValue }, ...body.new.registers.slice(1)];
  const after = nextVersion(before, {
    userId,
    why: input.why,
    source: 'desk',
    body: {
      ...body,
      old: { ...body.old, registers: plainRegisters([...end, ...body.old.registers.slice(1)]) },
      new: { ...body.new, serial: input.serial, registers: plainRegisters(start) },
      sealsPlaced: input.seals,
    },
  });
  const ends = { end: after.body.old.registers, start: after.body.new.registers };
  await writeEnds(client, { pointId, oldMeterId, newMeterId, at, ...ends, seals: input.seals });
  await insertVersion(client, orgId, after);
  await settle(client, { orgId, userId, why: input.why }, input.settles);
  return { before, after };
}

async function rename(client: pg.ClientBase, e: ExchangeRow, serial: string): Promise<void> {
  const others = await namesakes(client, serial, e.body.new.manufacturer);
  if (others.some(({ meterId }) => meterId !== e.newMeterId)) {
    throw new AppError('conflict', `Meter ${serial} is already in the registry.`);
  }
  await renameMeter(client, e.newMeterId!, serial);
}

async function settle(
  client: pg.ClientBase,
  by: { orgId: number; userId: string; why: string },
  id: string | null,
): Promise<void> {
  if (id === null) return;
  const [other] = await selectCurrent(client, { ids: [id] });
  if (other?.state !== 'conflict') return;
  const { orgId, userId, why } = by;
  await insertVersion(client, orgId, nextVersion(other, { state: 'settled', userId, why }));
}
