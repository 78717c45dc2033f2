import { describe, expect, test } from 'vitest';
import { describeGroup, ownRange, rankBand } from './describe.ts';
import { findCohort, type CohortHome } from './similar-homes.ts';

const home = (homeId: number, more: Partial<CohortHome> = {}): CohortHome => ({
  homeId,
  house: 'a',
  street: 's',
  district: 'd',
  objectType: 'flat',
  areaM2: 50,
  persons: 2,
  value: 100 + homeId,
  ...more,
});
const many = (n: number, more: Partial<CohortHome> = {}, from = 0): CohortHome[] =>
  Array.from({ length: n }, (_, i) => home(from + i, more));

describe('15/15', () => {
  test('fourteen homes are never shown, fifteen are', () => {
    expect(findCohort(home(0), many(14))).toEqual({ ok: false, reason: 'too-few' });
    const shown = findCohort(home(0), many(15));
    expect(shown.ok && shown.cohort.homes).toHaveLength(15);
    expect(shown.ok && shown.cohort.level).toEqual({
      where: 'house',
      useArea: true,
      usePersons: true,
    });
  });

  test('one home above 15 % of the total hides the group', () => {
    const homes = [...many(19), home(99, { value: 100_000 })];
    expect(findCohort(home(0), homes)).toEqual({ ok: false, reason: 'one-dominates' });
  });

  test('persons are given up before area, area before the house', () => {
    const byPersons = [...many(8), ...many(8, { persons: 4 }, 50)];
    const a = findCohort(home(0), byPersons);
    expect(a.ok && a.cohort.level).toMatchObject({ useArea: true, usePersons: false });
    const byArea = [...many(8), ...many(8, { areaM2: 90 }, 50)];
    const b = findCohort(home(0), byArea);
    expect(b.ok && b.cohort.level).toMatchObject({ where: 'house', useArea: false });
    const byHouse = [...many(8), ...many(8, { house: 'b' }, 50)];
    const c = findCohort(home(0), byHouse);
    expect(c.ok && c.cohort.level.where).toBe('street');
  });

  test('flats are not compared with cottages', () => {
    const homes = [...many(20), ...many(20, { objectType: 'cottage' }, 50)];
    const answer = findCohort(home(0), homes);
    expect(answer.ok && answer.cohort.homes.every((h) => h.objectType === 'flat')).toBe(true);
  });

  test('two groups that differ by one home are never both published', () => {
    // Sixteen homes of one house; one of them alone has another size. Area bands give 15 and the
    // whole house 16: their difference would be that home.
    const homes = [...many(15), home(77, { areaM2: 90 })];
    const large = findCohort(home(77, { areaM2: 90 }), homes);
    const small = findCohort(home(0), homes);
    const groups = [small, large].flatMap((a) => (a.ok ? [a.cohort.homes.length] : []));
    expect(new Set(groups).size).toBeLessThanOrEqual(1);
  });

  test('the answer does not depend on who asks', () => {
    const homes = [...many(17), ...many(18, { persons: 4 }, 50), ...many(4, { areaM2: 90 }, 90)];
    const first = findCohort(homes[0]!, homes);
    for (const other of homes.slice(1, 17)) expect(findCohort(other, homes)).toEqual(first);
  });
});

describe('what is told of a group', () => {
  const values = Array.from({ length: 40 }, (_, i) => 1000 + 37 * i);

  test('the ends of the picture hold at least three homes and hide the extremes', () => {
    const told = describeGroup(values);
    expect(told.bins.reduce((n, bin) => n + bin.homes, 0)).toBe(40);
    expect(told.bins[0]!.homes).toBeGreaterThanOrEqual(3);
    expect(told.bins.at(-1)!.homes).toBeGreaterThanOrEqual(3);
    expect(told.bins[0]!.from).toBeGreaterThan(values[0]!);
  });

  test('a rank is a range at least a tenth wide and inside the group', () => {
    expect(rankBand(values, { low: 1000, high: 1000 })).toEqual({ from: 1, to: 4, of: 40 });
    expect(rankBand(values, { low: 5000, high: 5000 })).toEqual({ from: 37, to: 40, of: 40 });
    const own = ownRange(1740, 'cold-water');
    const rank = rankBand(values, own);
    expect(rank.from).toBeLessThanOrEqual(21);
    expect(rank.to).toBeGreaterThanOrEqual(21);
  });
});
