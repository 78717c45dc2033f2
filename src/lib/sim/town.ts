/**
 * A seeded town: three houses, a hamlet, five resources, thirteen months of hourly registers with
 * weather, people and known faults.
 *
 * It knows how homes use and how meters count; it knows no table, no clock and no protocol. The
 * seed command, tests of analytics and the virtual devices call it; the product's own code never.
 */
import { assert } from '#lib/base/assert.ts';
import { addMonths, civilDate, civilMonth, startOfDay } from '#lib/base/civil.ts';
import { HOUR_MS, startOfHour, type Instant } from '#lib/base/interval.ts';
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { ROOM_TEMPERATURE_REGISTER, TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { createTownClock, type TownClock } from './town/calendar.ts';
import { PLANNED_FAULTS, recordFault, type PlannedFault } from './town/faults.ts';
import { electricityWh, gasLitres, heatAndRoom, waterLitres } from './town/flows.ts';
import { count, houseFlow, loseSomeHours, type Counted } from './town/counting.ts';
import { makeMeter, makePoints, startRegister } from './town/meters.ts';
import { makeHomes, makePresence } from './town/people.ts';
import type { Town, TownFault, TownHome, TownMeter, TownPoint, TownSeries } from './town/types.ts';
import { heatingSeason, makeWeather } from './town/weather.ts';

export type TownOptions = {
  readonly seed: number;
  /** Data end at the last full hour before this. */
  readonly nowAt: Instant;
  /** Whole civil months before the running one. */
  readonly months?: number;
  readonly zone?: string;
};

/** Makes the whole town; about two seconds for the default size. */
export function createTown(options: TownOptions): Town {
  const { seed, months = 13, zone = 'Europe/Moscow' } = options;
  assert(months >= 0 && months <= 36, 'a town holds at most three years');
  const toAt = startOfHour(options.nowAt);
  const first = `${addMonths(civilMonth(civilDate(toAt, zone)), -months)}-01`;
  const fromAt = startOfDay(first, zone);
  const slots = (toAt - fromAt) / HOUR_MS + 1;
  const rng = createPrng(seed);
  const clock = createTownClock(fromAt, slots, zone);
  const weatherCdeg = makeWeather(clock, rng.fork('weather'));
  const homes = makeHomes(rng);
  const points = makePoints(homes);
  const built = build({ rng, clock, weatherCdeg, homes, points, fromAt, toAt });
  return { seed, zone, fromAt, toAt, slots, weatherCdeg, homes, points, ...built };
}

type Site = {
  readonly rng: Prng;
  readonly clock: TownClock;
  readonly weatherCdeg: Int16Array;
  readonly homes: readonly TownHome[];
  readonly points: readonly TownPoint[];
  readonly fromAt: Instant;
  readonly toAt: Instant;
};

type Built = { meters: TownMeter[]; series: TownSeries[]; faults: TownFault[] };

function build(site: Site): Built {
  const { points, homes, clock, rng } = site;
  const built: Built = { meters: [], series: [], faults: [] };
  const truth = trueFlows(site);
  const plans = new Map<PlannedFault, number[]>();
  for (const point of points) {
    const home = point.home === null ? undefined : homes[point.home];
    const own = rng.fork(`point/${point.index}`);
    const flow =
      point.role === 'house'
        ? houseFlow(point, { points, flows: truth.flows, clock })
        : truth.flows[point.index]!;
    const planned = PLANNED_FAULTS.filter((p) => isHit(p, point, home));
    const meters = hang(site, point, { home, flow, planned, rng: own, built });
    for (const plan of planned) plans.set(plan, [...(plans.get(plan) ?? []), ...meters]);
    const room = point.home === null ? undefined : truth.rooms.get(point.index);
    if (room) {
      const values = loseSomeHours(Float64Array.from(room), own);
      built.series.push({ meter: meters[0]!, register: ROOM_TEMPERATURE_REGISTER, values });
    }
  }
  for (const [plan, meters] of plans) built.faults.push(recordFault(plan, meters, site.toAt));
  return built;
}

const isHit = (p: PlannedFault, point: TownPoint, home: TownHome | undefined): boolean =>
  home !== undefined &&
  p.house === home.house &&
  (p.number === null ? p.entrance === home.entrance : p.number === home.number) &&
  (p.resource === null || p.resource === point.resource);

/** Hangs one meter (two where it was exchanged) and lets it count; returns the meters' indices. */
function hang(
  site: Site,
  point: TownPoint,
  p: {
    home: TownHome | undefined;
    flow: Int32Array;
    planned: readonly PlannedFault[];
    rng: Prng;
    built: Built;
  },
): number[] {
  const { meters, series } = p.built;
  const make = (fromAt: Instant): TownMeter => {
    const index = meters.length;
    const made = makeMeter({ ...p, point, index, serialIndex: index, fromAt });
    meters.push(made);
    return made;
  };
  const start = startRegister(point.resource, point.role, p.rng);
  const counted: Counted = count(p.flow, { start, planned: p.planned, slots: site.clock.slots });
  const register = TOTAL_REGISTER[point.resource];
  const first = make(site.fromAt);
  series.push({ meter: first.index, register, values: loseSomeHours(counted.values, p.rng) });
  if (!counted.after) return [first.index];
  // The new meter hangs from the hour of the exchange with its own start register.
  const changedAt = site.fromAt + counted.after.fromSlot * HOUR_MS;
  meters[first.index] = { ...first, toAt: changedAt };
  const second = { ...make(changedAt), fromAt: changedAt };
  meters[second.index] = second;
  series.push({ meter: second.index, register, values: counted.after.values });
  return [first.index, second.index];
}

function trueFlows(site: Site): { flows: Int32Array[]; rooms: Map<number, Int32Array> } {
  const { homes, points, clock, weatherCdeg, rng } = site;
  const heating = heatingSeason(weatherCdeg);
  const flows: Int32Array[] = new Array(points.length);
  const rooms = new Map<number, Int32Array>();
  for (const home of homes) {
    const own = rng.fork(`home/${home.house}/${home.number}`);
    const presence = makePresence(home, clock, own.fork('presence'));
    for (const point of points) {
      if (point.home !== home.index) continue;
      const stream = own.fork(point.resource);
      const input = { home, clock, weatherCdeg, heating, ...presence, rng: stream };
      if (point.resource === 'electricity') flows[point.index] = electricityWh(input);
      else if (point.resource === 'gas') flows[point.index] = gasLitres(input);
      else if (point.resource === 'heat') {
        const { heatWh, roomCdeg } = heatAndRoom(input);
        flows[point.index] = heatWh;
        rooms.set(point.index, roomCdeg);
      } else flows[point.index] = waterLitres(input, point.resource === 'hot-water');
      addLeak(flows[point.index]!, point, home);
    }
  }
  return { flows, rooms };
}

/** A leak is real water: the home's meter counts it and so does the house's. */
function addLeak(flow: Int32Array, point: TownPoint, home: TownHome): void {
  for (const p of PLANNED_FAULTS) {
    if (p.kind !== 'leak' || !isHit(p, point, home)) continue;
    const end = flow.length - 1 - p.toHoursAgo;
    for (let i = Math.max(0, flow.length - 1 - p.fromHoursAgo); i < end; i++) flow[i]! += p.amount;
  }
}
