/**
 * Similar homes of one resource and month under the 15/15 rule (B-04, B-55, X14).
 *
 * It gathers the month's totals of all homes that take part and lets lib/analytics/cohorts decide
 * what may be told. The running month is never compared: its groups would change every day.
 */
import type pg from 'pg';
import { addMonths, civilDate, civilMonth, daysInMonth } from '#lib/base/civil.ts';
import type { Instant } from '#lib/base/interval.ts';
import { describeGroup, ownRange, rankBand } from '#lib/analytics/cohorts/describe.ts';
import { findCohort, type Cohort, type CohortHome } from '#lib/analytics/cohorts/similar-homes.ts';
import type { Comparison, Facts } from '#lib/contract/home-life.ts';
import { registerType, TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import type { Resource } from '#lib/domain/resource.ts';
import type { Caller } from '#server/api/trpc.ts';
import { findHome } from './home-scope.ts';
import { selectMonthTotals, selectPeers, updateFacts } from './home-store.ts';
import { AppError } from '#server/errors.ts';
import type { HomeScope } from './types.ts';

export async function readComparison(
  client: pg.ClientBase,
  who: { caller: Caller; now: Instant },
  ask: { placeId?: number | undefined; resource: Resource; month?: string | undefined },
): Promise<Comparison> {
  const home = await findHome(client, who.caller, ask.placeId);
  const last = addMonths(civilMonth(civilDate(who.now, home.zone)), -1);
  const month = ask.month && ask.month < last ? ask.month : last;
  if (!home.facts.compare) return suppressed(home, { ...ask, month, reason: 'opted-out' });
  const homes = await readHomes(client, { resource: ask.resource, month });
  const own = homes.find((row) => row.homeId === home.placeId);
  if (!own) return suppressed(home, { ...ask, month, reason: 'no-data' });
  const answer = findCohort(own, homes);
  if (!answer.ok) return suppressed(home, { ...ask, month, reason: answer.reason });
  return shown(home, { own, cohort: answer.cohort, resource: ask.resource, month });
}

/** Homes whose whole month is known; a month with a hole would look thrifty. */
async function readHomes(
  client: pg.ClientBase,
  { resource, month }: { resource: Resource; month: string },
): Promise<CohortHome[]> {
  const register = TOTAL_REGISTER[resource];
  const totals = await selectMonthTotals(client, { resource, register, month });
  const whole = daysInMonth(month);
  return (await selectPeers(client)).flatMap((peer): CohortHome[] => {
    const total = totals.get(peer.place_id);
    if (!total || total.days < whole) return [];
    return [
      {
        homeId: peer.place_id,
        house: peer.house,
        street: peer.street,
        district: peer.district,
        objectType: peer.object_type,
        areaM2: peer.area_m2,
        persons: peer.persons,
        value: total.units,
      },
    ];
  });
}

const head = (home: HomeScope, { resource, month }: { resource: Resource; month: string }) => {
  const type = registerType(TOTAL_REGISTER[resource])!;
  return { resource, month, unit: type.unit, scale: type.scale, facts: home.facts };
};

function suppressed(
  home: HomeScope,
  of: { resource: Resource; month: string; reason: Comparison['reason'] },
): Comparison {
  return {
    status: 'suppressed',
    reason: of.reason,
    ...head(home, of),
    cohort: {
      homes: 0,
      objectType: home.objectType,
      areaM2: null,
      persons: null,
      where: 'house',
      relaxed: [],
      largestShare: 0,
    },
    own: null,
    mean: null,
    quartiles: null,
    efficient: null,
    rank: null,
    bins: [],
  };
}

function shown(
  home: HomeScope,
  of: { own: CohortHome; cohort: Cohort; resource: Resource; month: string },
): Comparison {
  const { own, cohort, resource } = of;
  const values = cohort.homes.map((row) => row.value);
  const told = describeGroup(values);
  const range = ownRange(own.value, resource);
  return {
    status: 'shown',
    reason: null,
    ...head(home, of),
    cohort: {
      homes: cohort.homes.length,
      objectType: home.objectType,
      areaM2: cohort.areaBand && [...cohort.areaBand],
      persons: cohort.personsBand && [...cohort.personsBand],
      where: cohort.level.where,
      relaxed: relaxedOf(cohort),
      largestShare: Number(cohort.largestShare.toFixed(3)),
    },
    own: range,
    mean: told.mean,
    quartiles: [...told.quartiles],
    efficient: told.efficient,
    rank: rankBand(values, range),
    bins: told.bins.map((bin) => ({ ...bin })),
  };
}

/** What had to be given up to reach fifteen homes, in the order it was. */
function relaxedOf({ level }: Cohort): Comparison['cohort']['relaxed'] {
  const relaxed: Comparison['cohort']['relaxed'] = [];
  if (!level.usePersons) relaxed.push('persons');
  if (!level.useArea) relaxed.push('area');
  const order = ['house', 'street', 'district', 'city'] as const;
  for (const where of ['house', 'street', 'district'] as const) {
    if (order.indexOf(level.where) > order.indexOf(where)) relaxed.push(where);
  }
  return relaxed;
}

/** Corrects the facts of the home; they choose the peers from the next question on. */
export async function setFacts(
  client: pg.ClientBase,
  ask: { caller: Caller; placeId?: number | undefined; facts: Facts },
): Promise<Facts> {
  const home = await findHome(client, ask.caller, ask.placeId);
  if (home.householdId === null) {
    throw new AppError('not-found', 'No household is registered for this home.');
  }
  await updateFacts(client, home.householdId, ask.facts);
  return ask.facts;
}
