import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { houseBalance, type BalanceInput } from './house-balance.ts';
import type { Shown } from './member-flow.ts';

/** Lies beside the repository and never in it. */
const FOLDER = new URL('../../../../../shared/data/', import.meta.url);
const DATA = new URL(`${FOLDER}water_alicante_2016_2017_hourly_l.csv.gz`);
if (!existsSync(DATA)) {
  console.info('house-balance.node.test.ts: no ../shared/data here, real households are skipped.');
}

const MONTHS = 7;
const MONTH_HOURS = 30 * 24;
const HOURS = MONTHS * MONTH_HOURS + 48;
const HOMES = 60;
/** Steps of a domestic dial, litres: three, two or no digits behind the point. */
const DIALS = [1, 10, 1000];

/** Litres an hour of one home over HOURS. */
type Course = Float64Array;

/** A walk: every home's meter at its own minute of a few hours, as a register shows it. */
type Truth = {
  readonly input: BalanceInput;
  readonly perDay: number;
  readonly housePerDay: number;
};

const uniform = (rng: Prng, half: number): number => (rng.next() * 2 - 1) * half;

function sumTo(course: Course, hour: number): number {
  const whole = Math.floor(hour);
  let sum = 0;
  for (let i = 0; i < whole; i++) sum += course[i]!;
  return sum + (course[whole] ?? 0) * (hour - whole);
}

/** Meters that are off by up to their class, dials cut, some homes silent; and what is lost. */
function makeTruth(rng: Prng, courses: readonly Course[], unread: number): Truth {
  const lost = rng.next() * 0.15;
  const total = new Float64Array(HOURS);
  for (const course of courses) for (let i = 0; i < HOURS; i++) total[i]! += course[i]!;
  const leakPerHour = (lost * sumTo(total, HOURS - 1)) / HOURS;
  const at = (hour: number): number => hour * HOUR_MS;
  const visits = Array.from({ length: MONTHS + 1 }, (_, i) => i * MONTH_HOURS + 14);
  const silent = new Set<number>();
  while (silent.size < unread) silent.add(rng.int(0, courses.length));
  const members = courses.map((course, id) => {
    const off = 1 + uniform(rng, 0.02);
    const resolution = DIALS[rng.int(0, DIALS.length)]!;
    const start = rng.int(10_000, 900_000);
    const shown: Shown[] = visits.map((visit, i) => {
      // One home in ten is met on another day; the last visit is today's for all of them.
      const late = i > 0 && i < MONTHS && rng.next() < 0.1 ? 24 * rng.int(1, 5) : 0;
      const hour = visit + late + uniform(rng, 1.5);
      const value = start + off * sumTo(course, hour);
      return [at(hour), Math.floor(value / resolution) * resolution];
    });
    const now = silent.has(id) ? null : shown.at(-1)!;
    return { id, past: shown.slice(0, -1), now, usualPerDay: null, resolution, modulus: null };
  });
  const houseOff = 1 + uniform(rng, 0.02);
  const house = visits.map((visit): Shown => {
    const hour = visit + uniform(rng, 1);
    return [at(hour), Math.floor(houseOff * (sumTo(total, hour) + leakPerHour * hour))];
  });
  const [from, to] = [house.at(-2)![0], house.at(-1)![0]];
  const used = sumTo(total, to / HOUR_MS) - sumTo(total, from / HOUR_MS);
  const days = (to - from) / DAY_MS;
  return {
    input: {
      resource: 'cold-water',
      common: {
        past: house.slice(0, -1),
        now: house.at(-1)!,
        usualPerDay: null,
        resolution: 1,
        modulus: null,
      },
      members,
      elsewhere: 0,
    },
    perDay: leakPerHour * 24,
    housePerDay: used / days + leakPerHour * 24,
  };
}

type Score = { hits: number; width: number; known: number };

function scoreOf(runs: number, make: (rng: Prng) => Truth): Score {
  const score = { hits: 0, width: 0, known: 0 };
  for (let run = 0; run < runs; run++) {
    const truth = make(createPrng(1000 + run));
    const told = houseBalance(truth.input);
    if (told.kind !== 'known') continue;
    score.known++;
    if (told.low <= truth.perDay && truth.perDay <= told.high) score.hits++;
    score.width += (told.high - told.low) / truth.housePerDay / runs;
  }
  return score;
}

/** Homes with a level, days that vary, hours of a day, and now and then an empty fortnight. */
function synthetic(rng: Prng): Course {
  const level = 60 + 500 * rng.next() ** 2;
  const course = new Float64Array(HOURS);
  let awayUntil = -1;
  let month = 1;
  for (let day = 0; day * 24 < HOURS; day++) {
    if (day % 30 === 0) month = 1 + uniform(rng, 0.25);
    if (rng.next() < 0.005) awayUntil = day + rng.int(3, 20);
    const today = day < awayUntil ? 0 : level * month * (0.3 + 1.4 * rng.next());
    for (let hour = 0; hour < 24; hour++) {
      const share = hour < 6 ? 0.1 : hour < 10 ? 2 : hour < 18 ? 0.8 : 1.6;
      if (day * 24 + hour < HOURS) course[day * 24 + hour] = (today / 24) * share;
    }
  }
  return course;
}

/** Real homes of Alicante (see the README beside the file); an unknown hour is a usual one. */
function realHomes(): Course[] {
  const lines = gunzipSync(readFileSync(DATA)).toString('utf8').trim().split('\n').slice(1);
  const cells = lines.map((line) => line.split(',').slice(1));
  return cells[0]!.map((_, home) => {
    const raw = cells.map((row) => (row[home] ? Number(row[home]) : NaN));
    const sums = Array.from({ length: 24 }, () => [0, 0] as [number, number]);
    for (const [i, value] of raw.entries()) {
      if (Number.isNaN(value)) continue;
      sums[i % 24]![0] += value;
      sums[i % 24]![1]++;
    }
    return Float64Array.from(raw, (value, i) => {
      const [sum, count] = sums[i % 24]!;
      return Number.isNaN(value) ? sum / Math.max(1, count) : value;
    });
  });
}

const houseOf = (home: () => Course): Course[] => Array.from({ length: HOMES }, home);

describe('the interval holds what is true and is narrow enough to act on', () => {
  test('57 of 60 synthetic homes read, 200 houses', () => {
    const score = scoreOf(200, (rng) =>
      makeTruth(
        rng,
        houseOf(() => synthetic(rng)),
        3,
      ),
    );
    expect(score.known).toBe(200);
    expect(score.hits).toBeGreaterThanOrEqual(180);
    expect(score.width).toBeLessThan(0.08);
  }, 60_000);

  test.skipIf(!existsSync(DATA)).each([
    { unread: 3, width: 0.08 },
    { unread: 12, width: 0.13 },
  ])(
    '$unread of 60 real homes unread, 200 houses',
    ({ unread, width }) => {
      const homes = realHomes();
      const score = scoreOf(200, (rng) => {
        const home = (): Course => {
          const course = homes[rng.int(0, homes.length)]!;
          const weeks = Math.floor((course.length - HOURS) / 168);
          const from = rng.int(0, weeks) * 168;
          return course.subarray(from, from + HOURS);
        };
        return makeTruth(rng, houseOf(home), unread);
      });
      expect(score.known).toBe(200);
      expect(score.hits).toBeGreaterThanOrEqual(180);
      expect(score.width).toBeLessThan(width);
    },
    60_000,
  );
});

/** Steady homes of 200 l a day; the house counts their sum and `lost` litres a day. */
function steady(lost: number, change: Record<number, number> = {}, unread: readonly number[] = []) {
  const day = (n: number): number => n * 30 * DAY_MS;
  const past = (perDay: number): Shown[] =>
    [0, 1, 2, 3, 4, 5].map((n) => [day(n), 5000 + n * 30 * perDay]);
  const members = Array.from({ length: 20 }, (_, id) => {
    const last = 5000 + 5 * 30 * 200;
    const perDay = change[id] ?? 200;
    const now: Shown | null = unread.includes(id) ? null : [day(6), last + 30 * perDay];
    return { id, past: past(200), now, usualPerDay: null, resolution: 1, modulus: 1e8 };
  });
  const house = 20 * 200 + lost;
  const last = 5000 + 5 * 30 * house;
  const common = {
    past: past(house),
    now: [day(6), last + 30 * house] as Shown | null,
    ...{ usualPerDay: null, resolution: 1, modulus: 1e9 },
  };
  return { resource: 'cold-water' as const, common, members, elsewhere: 0 };
}

const known = (input: BalanceInput) => {
  const told = houseBalance(input);
  if (told.kind !== 'known') throw new Error(told.kind);
  return told;
};

describe('what is told of a house', () => {
  test('a house without losses closes and names nobody', () => {
    const told = known(steady(40));
    expect(told).toMatchObject({ verdict: 'closes', unusual: [], estimatedShare: 0 });
    expect(told.perDay).toBeCloseTo(40, 6);
    expect(told.low).toBeLessThan(0);
  });

  test('a by-passed meter: the house is short, and that meter is the first to look at', () => {
    // 200 l a day still flow into flat 7, but its meter sees 20 of them.
    const told = known(steady(600, { 7: 20 }));
    expect(told.verdict).toBe('short');
    expect(told.perDay).toBeCloseTo(780, 6);
    expect(told.unusual).toEqual([{ id: 7, what: 'fell', perDay: 20, expected: 200 * 0.955 }]);
  });

  test('a still dial is told so; homes that use more come first when too much is counted', () => {
    expect(known(steady(600, { 3: 0 })).unusual).toMatchObject([{ id: 3, what: 'still' }]);
    const over = known(steady(0, { 4: 900, 5: 60 }));
    expect(over.verdict).toBe('over');
    expect(over.unusual.map(({ id, what }) => [id, what])).toEqual([
      [4, 'rose'],
      [5, 'fell'],
    ]);
  });

  test('unread homes go on as they were, and the interval grows with each of them', () => {
    const [none, one, four] = [[], [1], [1, 2, 3, 4]].map((ids) => known(steady(600, {}, ids)));
    for (const told of [none!, one!, four!]) expect(told.perDay).toBeCloseTo(600, 6);
    const widths = [none!, one!, four!].map(({ low, high }) => high - low);
    expect(widths[1]).toBeGreaterThan(widths[0]!);
    expect(widths[2]).toBeGreaterThan(widths[1]!);
    // A fifth of the house is a guess: too early to say that anything is missing.
    expect([none!.verdict, four!.verdict]).toEqual(['short', 'early']);
    expect(four!.estimatedShare).toBeCloseTo((4 * 200) / 4600, 6);
  });

  test('points that are on no round count as homes like the others', () => {
    const all = steady(0);
    const told = known({ ...all, members: all.members.slice(0, 18), elsewhere: 2 });
    expect(told.perDay).toBeCloseTo(0, 6);
    expect(told.estimatedShare).toBeCloseTo(0.1, 6);
  });

  test('a dial that turned over counts on, a value below the last one is said to be one', () => {
    const all = steady(0);
    const over = { ...all.members[0]!, modulus: 70_000 };
    const turn = ([at, value]: Shown): Shown => [at, (value + 33_000) % 70_000];
    const turned = { ...over, past: over.past.map(turn), now: turn(over.now!) };
    expect(turned.now[1]).toBeLessThan(turned.past.at(-1)![1]);
    const low = { ...all.members[1]!, now: [over.now![0], 1] as Shown };
    const members = [turned, low, ...all.members.slice(2)];
    const told = known({ ...all, members });
    expect(told.perDay).toBeCloseTo(0, 6);
    expect(told.unusual).toEqual([{ id: 1, what: 'lower', perDay: null, expected: null }]);
  });

  test('no figure is made up', () => {
    const all = steady(0);
    const { common } = all;
    expect(houseBalance({ ...all, common: { ...common, now: null } }).kind).toBe('common-unread');
    expect(houseBalance({ ...all, common: { ...common, past: [] } }).kind).toBe('common-new');
    const lately: Shown[] = [[common.now![0] - DAY_MS, 1]];
    expect(houseBalance({ ...all, common: { ...common, past: lately } }).kind).toBe('common-new');
    expect(houseBalance({ ...all, members: [] }).kind).toBe('no-homes');
    const unread = Array.from({ length: 15 }, (_, id) => id);
    expect(houseBalance(steady(0, {}, unread))).toMatchObject({ kind: 'too-few' });
  });
});
