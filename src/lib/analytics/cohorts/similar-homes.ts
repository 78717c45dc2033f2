/**
 * Similar homes under the 15/15 rule (analytics.md 3, B-04, X14).
 *
 * Groups are made from fixed bands of persons and area, so that everybody with the same profile
 * meets the same group and a period knows only a handful of them. A group is published with at
 * least fifteen homes, none of them above 15 % of the total, and only when it differs from every
 * other published group by nothing or by three homes and more; else one could be subtracted from
 * another.
 */
export type CohortHome = {
  readonly homeId: number;
  readonly house: string;
  readonly street: string;
  readonly district: string;
  readonly objectType: string;
  readonly areaM2: number | null;
  readonly persons: number | null;
  /** Use of the period in register units. */
  readonly value: number;
};

export const LEAST_HOMES = 15;
export const LARGEST_SHARE = 0.15;
/** Two published groups that differ by fewer homes than this would tell about those homes. */
export const LEAST_DIFFERENCE = 3;

export const WHERE = ['house', 'street', 'district', 'city'] as const;
export type Where = (typeof WHERE)[number];

export type Level = {
  readonly where: Where;
  readonly useArea: boolean;
  readonly usePersons: boolean;
};

/** Persons go first, then area, then the place grows: house, street, district, city. */
export const LEVELS: readonly Level[] = [
  { where: 'house', useArea: true, usePersons: true },
  { where: 'house', useArea: true, usePersons: false },
  { where: 'house', useArea: false, usePersons: false },
  { where: 'street', useArea: false, usePersons: false },
  { where: 'district', useArea: false, usePersons: false },
  { where: 'city', useArea: false, usePersons: false },
];

export type Cohort = {
  readonly homes: readonly CohortHome[];
  readonly level: Level;
  readonly areaBand: readonly [number, number] | null;
  readonly personsBand: readonly [number, number] | null;
  readonly largestShare: number;
};
export type CohortAnswer =
  | { readonly ok: true; readonly cohort: Cohort }
  | { readonly ok: false; readonly reason: 'too-few' | 'one-dominates' };

/** Bands of 20 m² and of persons 1, 2, 3–4, 5 and more. */
export const areaBand = (areaM2: number): readonly [number, number] => {
  const low = Math.floor(areaM2 / 20) * 20;
  return [low, low + 20];
};
export const personsBand = (persons: number): readonly [number, number] =>
  persons <= 2 ? [persons, persons] : persons <= 4 ? [3, 4] : [5, 99];

type Profile = Pick<
  CohortHome,
  'house' | 'street' | 'district' | 'objectType' | 'areaM2' | 'persons'
>;

/** The group for one profile; the same for every caller of the same period. */
export function findCohort(asking: Profile, homes: readonly CohortHome[]): CohortAnswer {
  const published: ReadonlySet<number>[] = [];
  const wanted = keyOf(asking);
  // Everyone's group is decided in one fixed order, so nobody's answer depends on who asks first.
  const profiles = new Map<string, Profile>(homes.map((home) => [keyOf(home), home]));
  profiles.set(wanted, asking);
  for (const key of [...profiles.keys()].sort()) {
    const answer = chooseLevel(profiles.get(key)!, homes, published);
    if (answer.ok) published.push(new Set(answer.cohort.homes.map((h) => h.homeId)));
    if (key === wanted) return answer;
  }
  return { ok: false, reason: 'too-few' };
}

const keyOf = (p: Profile): string =>
  [
    p.district,
    p.street,
    p.house,
    p.objectType,
    p.areaM2 === null ? '-' : areaBand(p.areaM2)[0],
    p.persons === null ? '-' : personsBand(p.persons)[0],
  ].join('|');

function chooseLevel(
  profile: Profile,
  homes: readonly CohortHome[],
  published: readonly ReadonlySet<number>[],
): CohortAnswer {
  let reason: 'too-few' | 'one-dominates' = 'too-few';
  for (const level of LEVELS) {
    const members = homes.filter((home) => belongs(profile, home, level));
    if (members.length < LEAST_HOMES) continue;
    const total = members.reduce((sum, home) => sum + home.value, 0);
    const largestShare = total > 0 ? Math.max(...members.map((h) => h.value)) / total : 1;
    if (largestShare > LARGEST_SHARE) {
      reason = 'one-dominates';
      continue;
    }
    if (!published.every((group) => isSafeBeside(members, group))) continue;
    return {
      ok: true,
      cohort: {
        homes: members,
        level,
        areaBand: level.useArea && profile.areaM2 !== null ? areaBand(profile.areaM2) : null,
        personsBand:
          level.usePersons && profile.persons !== null ? personsBand(profile.persons) : null,
        largestShare,
      },
    };
  }
  return { ok: false, reason };
}

function belongs(profile: Profile, home: CohortHome, level: Level): boolean {
  if (home.objectType !== profile.objectType) return false;
  if (level.where === 'house' && home.house !== profile.house) return false;
  if (level.where === 'street' && home.street !== profile.street) return false;
  if (level.where === 'district' && home.district !== profile.district) return false;
  if (level.useArea && !sameBand(areaBand, profile.areaM2, home.areaM2)) return false;
  return !level.usePersons || sameBand(personsBand, profile.persons, home.persons);
}

const sameBand = (
  band: (x: number) => readonly [number, number],
  a: number | null,
  b: number | null,
): boolean => a !== null && b !== null && band(a)[0] === band(b)[0];

/** Equal, or three homes and more apart in each direction that is not empty. */
function isSafeBeside(members: readonly CohortHome[], group: ReadonlySet<number>): boolean {
  const inside = members.filter((home) => group.has(home.homeId)).length;
  const onlyHere = members.length - inside;
  const onlyThere = group.size - inside;
  const apart = (n: number): boolean => n === 0 || n >= LEAST_DIFFERENCE;
  return inside === 0 || (apart(onlyHere) && apart(onlyThere));
}
