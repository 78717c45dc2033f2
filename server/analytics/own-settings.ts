/** What a resident decides for the own home: hourly profiles, colours, a reading by hand. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import type { SubmitAnswer, SubmitReading } from '#lib/contract/home-life.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { AppError } from '#server/errors.ts';
import { ingestInTransaction } from '#server/ingest/pipeline.ts';
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

/**
 * Stores a resident's own reading through the ingest. `id` is the idempotency key: sent twice, it
 * is stored once. Throws `not-found` for another home's point, `invalid` for a meter that does not
 * hang there at that instant.
 */
export async function submitReading(
  client: pg.ClientBase,
  { caller, now, app }: Asked & { app: App },
  ask: SubmitReading,
): Promise<SubmitAnswer> {
  const { home, point } = await findPoint(client, caller, ask.pointId);
  const meter = point.meters.find((m) => m.meterId === ask.meterId);
  const hung = meter && meter.fromAt <= ask.at && ask.at <= (meter.toAt ?? Infinity);
  if (!hung) throw new AppError('invalid', 'That meter did not hang there at that time.');
  const deps = {
    orgId: caller.orgId,
    masterKey: app.config.KILTER_MASTER_KEY,
    now,
    zone: home.zone,
  };
  const answer = await ingestInTransaction(client, deps, {
    source: { kind: 'resident', name: caller.userId },
    sourceKey: ask.id,
    rows: [
      {
        meterId: ask.meterId,
        register: point.register,
        value: ask.value,
        at: ask.at,
        source: 'resident',
        userId: caller.userId,
        confirmed: ask.confirmed,
      },
    ],
  });
  const outcome = answer.outcomes[0];
  if (outcome?.result === 'rejected') {
    throw new AppError('invalid', `The reading cannot be taken: ${outcome.code ?? 'unknown'}.`);
  }
  return {
    id: ask.id,
    result: answer.replayed ? 'duplicate' : resultOf(outcome?.result),
    verdicts: outcome?.verdicts.map((verdict) => verdict.rule) ?? [],
    receivedAt: now,
  };
}

/** A value beside another one of the same minute waits for a person, like a doubtful one. */
const resultOf = (result: string | undefined): SubmitAnswer['result'] =>
  result === 'stored' || result === 'duplicate' ? result : 'quarantined';
