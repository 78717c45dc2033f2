/**
 * Two captures of one meter that time cannot explain: found when the second arrives, kept for a
 * person at the desk. Neither capture is changed here.
 *
 * It knows which captures belong to one period; lib/vee knows when two contradict. server/sync
 * calls it with what a push brought, the desk with a whole round.
 */
import type pg from 'pg';
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { findPairs, PERIOD_MS } from '#lib/vee/two-captures.ts';
import { readUsualPerDay } from '#server/readings/service.ts';
import { insertDispute, selectTold, selectVisited, type ToldReading } from './dispute-store.ts';

type Where = { readonly orgId: number; readonly now: Instant };

/** Meters a statement looks at. */
const SLICE = 500;
/** A phone may have been without a network for so long. */
const BACK_MS = PERIOD_MS + 20 * DAY_MS;

/** Compares what `eventIds` brought about `meterIds` with every other capture of the period. */
export async function noteDisputes(
  client: pg.ClientBase,
  where: Where,
  brought: { readonly meterIds: readonly number[]; readonly eventIds: readonly string[] },
): Promise<void> {
  const fresh = new Set(brought.eventIds);
  await compare(client, where, {
    meterIds: [...new Set(brought.meterIds)],
    isFresh: ({ eventId }) => eventId !== null && fresh.has(eventId),
  });
}

/** Looks over a whole round again: collectors may have delivered since. */
export async function compareRound(
  client: pg.ClientBase,
  where: Where,
  roundId: number,
): Promise<void> {
  const meterIds = await selectVisited(client, roundId);
  await compare(client, where, { meterIds, isFresh: () => true });
}

type Look = {
  readonly meterIds: readonly number[];
  readonly isFresh: (one: ToldReading) => boolean;
};

async function compare(client: pg.ClientBase, where: Where, look: Look): Promise<void> {
  for (let from = 0; from < look.meterIds.length; from += SLICE) {
    const slice = look.meterIds.slice(from, from + SLICE);
    const told = await selectTold(client, slice, where.now - BACK_MS);
    const groups = byRegister(told).filter((group) => group.length > 1);
    if (groups.length === 0) continue;
    const keys = groups.map((group) => group[0]!);
    const usual = await readUsualPerDay(client, keys, where.now);
    for (const group of groups) {
      const pairs = findPairs(group, look.isFresh, usual.get(keyOf(group[0]!)) ?? null);
      for (const pair of pairs) await insertDispute(client, where, pair);
    }
  }
}

function byRegister(told: readonly ToldReading[]): ToldReading[][] {
  const groups = new Map<string, ToldReading[]>();
  for (const one of told) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()];
}

const keyOf = ({ meterId, register }: ToldReading): string => `${meterId}/${register}`;
