/**
 * Meters that readers found and no list knows (F8), and what the desk makes of each: a meter we
 * know, a new one, or not ours.
 *
 * It knows that a report is never lost and decided once; found-store.ts knows the table. The first
 * reading is handed to the caller, which runs the ingest in the same transaction. server/sync
 * records and withdraws, procedures of server/api/found decide.
 */
import type pg from 'pg';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { fromBase64 } from '#lib/base/bytes.ts';
import { writeAuditSql } from '#server/access/audit.ts';
import { AppError } from '#server/errors.ts';
import type { IngestRow } from '#server/ingest/types.ts';
import { recordEvents } from './events.ts';
import {
  hasRegister,
  insertFound,
  isPlaceWithin,
  lockFound,
  readStop,
  withdrawOwn,
  writeDecided,
  type Decided,
  type LockedFound,
  type ToldFound,
} from './found-store.ts';
import { openPlaces } from './import-places.ts';
import { insertMeter } from './meter-store.ts';

export type { ToldFound } from './found-store.ts';

export type FoundDesk = {
  readonly client: pg.ClientBase;
  readonly orgId: number;
  readonly userId: string;
  readonly now: number;
  readonly within: readonly number[] | null;
};

export type Outcome = {
  readonly meterId: number | null;
  /** What the reader read, for the ingest; null when nothing was. */
  readonly first: IngestRow | null;
};

/** Writes down what phones told; the same event again changes nothing. */
export async function recordFound(
  client: pg.ClientBase,
  orgId: number,
  told: readonly ToldFound[],
): Promise<void> {
  for (const one of told) await insertFound(client, orgId, one);
}

/** Their own reporter took them back; what was decided meanwhile stays. */
export async function withdrawFound(
  client: pg.ClientBase,
  userId: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await withdrawOwn(client, userId, ids);
}

/**
 * It is a meter of the registry: the reading becomes that meter's. Throws `not-found`, `conflict`
 * when somebody decided before, `invalid` when the meter measures something else.
 */
export async function joinKnown(
  desk: FoundDesk,
  { id, meterId, why }: { readonly id: string; readonly meterId: number; readonly why: string },
): Promise<Outcome> {
  const found = await lockOpen(desk, id);
  const register = TOTAL_REGISTER[found.body.resource];
  if (!(await hasRegister(desk.client, { meterId, register }, desk.within))) {
    throw new AppError('invalid', 'No such meter of this resource hangs anywhere.');
  }
  if (found.body.value !== null) await readStop(desk.client, found, meterId);
  await decide(desk, { id, state: 'known', meterId, why });
  return { meterId, first: firstReading(found, meterId) };
}

export type EnterNew = {
  readonly id: string;
  readonly serial: string;
  readonly house: string;
  /** Empty for the house itself; a flat that does not exist is made. */
  readonly flat: string;
  readonly why: string;
};

/**
 * A new meter, hung where the desk says from the moment it was found. Throws `not-found` (no such
 * house), `conflict` when somebody decided before or the number is in use.
 */
export async function enterNew(desk: FoundDesk, ask: EnterNew): Promise<Outcome> {
  const { client, orgId, within } = desk;
  const found = await lockOpen(desk, ask.id);
  const places = await openPlaces(client, orgId);
  const at = places.find(ask.house, ask.flat);
  if (!at) throw new AppError('not-found', 'There is no such house.');
  const place = await places.ensure(at);
  if (!(await isPlaceWithin(client, place.id, within))) {
    throw new AppError('not-found', 'There is no such place.');
  }
  const { body } = found;
  const meterId = await insertMeter(client, {
    orgId,
    pointId: await places.pointFor(place, body.resource),
    register: TOTAL_REGISTER[body.resource],
    serial: ask.serial,
    manufacturer: null,
    radioId: body.radioId,
    radioVersion: null,
    protocol: body.radioId === null ? 'none' : 'wmbus',
    digits: body.digits,
    decimals: body.decimals,
    multiplier: '1',
    fromAt: found.at,
    startValue: body.value === null ? null : body.value.replace(',', '.'),
    seals: [],
  });
  if (meterId === null) {
    throw new AppError('conflict', `Meter ${ask.serial} is already in the registry.`);
  }
  const told = { meterId, at: found.at, code: 'found', source: 'desk' };
  await recordEvents(client, orgId, [{ ...told, detail: { place: body.place } }]);
  await decide(desk, { id: ask.id, state: 'entered', meterId, why: ask.why });
  return { meterId, first: firstReading(found, meterId) };
}

/** Somebody else's meter; the report stays in the list of decided ones. Throws as above. */
export async function setAside(
  desk: FoundDesk,
  { id, why }: { readonly id: string; readonly why: string },
): Promise<void> {
  await lockOpen(desk, id);
  await decide(desk, { id, state: 'not-ours', meterId: null, why });
}

async function lockOpen({ client, within }: FoundDesk, id: string): Promise<LockedFound> {
  const found = await lockFound(client, id, within);
  if (!found) throw new AppError('not-found', 'There is no such report.');
  if (found.state !== 'open') {
    throw new AppError('conflict', 'Somebody has decided this report already.');
  }
  return found;
}

async function decide(
  { client, orgId, userId, now }: FoundDesk,
  told: Pick<Decided, 'id' | 'state' | 'meterId' | 'why'>,
): Promise<void> {
  await writeDecided(client, { ...told, by: userId, at: now });
  const { id, state, meterId, why } = told;
  await writeAuditSql(client, {
    orgId,
    userId,
    action: 'decide-found-meter',
    subject: `found-meter ${id}`,
    detail: { state, meterId, why },
    at: now,
  });
}

/** A person has looked at it: it is stored as the reader saw it. */
function firstReading({ id, userId, at, body }: LockedFound, meterId: number): IngestRow | null {
  if (body.value === null) return null;
  const raw = body.raw === null ? null : fromBase64(body.raw);
  return {
    meterId,
    register: TOTAL_REGISTER[body.resource],
    value: body.value,
    at,
    source: body.source,
    raw: raw?.ok ? raw.value : null,
    eventId: id,
    userId,
    confirmed: true,
  };
}
