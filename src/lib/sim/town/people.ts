/** Who lives where, and when they are at home and awake. */
import type { Prng } from '#lib/base/prng.ts';
import type { TownClock } from './calendar.ts';
import { HAMLET, HAMLET_COTTAGES, TOWN_HOUSES } from './layout.table.ts';
import type { TownHome } from './types.ts';

const AREAS_M2 = [34.2, 47.6, 54.3, 62.8];
const PERSONS = [1, 1, 2, 2, 2, 3, 3, 4, 5];

/** The home of the demo's resident: two people, ordinary in every way but the leak. */
export const SHOWN_HOME = { house: 'Лесная, 14', number: 37 } as const;

function makeHome(
  rng: Prng,
  base: Pick<TownHome, 'index' | 'kind' | 'house' | 'number'>,
): TownHome {
  const cottage = base.kind === 'cottage';
  const shown = base.house === SHOWN_HOME.house && base.number === SHOWN_HOME.number;
  const persons = shown ? 2 : cottage ? rng.int(2, 6) : rng.pick(PERSONS);
  const areaM2 = cottage ? rng.int(70, 180) : AREAS_M2[(base.number - 1) % 4]!;
  const rhythm = shown
    ? 'worker'
    : persons >= 3
      ? rng.pick(['family', 'family', 'shift', 'home'] as const)
      : rng.pick(['worker', 'worker', 'pensioner', 'home', 'shift'] as const);
  return {
    ...base,
    entrance: null,
    floor: null,
    persons,
    areaM2,
    rhythm,
    stove: 'electric',
    wakeHour: rhythm === 'pensioner' ? rng.int(5, 8) : rng.int(6, 8),
    sleepHour: rng.int(22, 24),
    electricScale: shown ? 0.92 : Math.exp(0.25 * rng.normal()),
    waterScale: shown ? 0.95 : Math.exp(0.25 * rng.normal()),
    baseWatt: shown ? 62 : rng.int(45, 130),
    comfortC: 20.5 + rng.next() * 3.5,
    // Corner and top flats lose more; a cottage of 120 m² loses about 190 W/K.
    lossWPerK: areaM2 * (cottage ? 1.3 + 0.6 * rng.next() : 0.5 + 0.35 * rng.next()),
  };
}

export function makeHomes(rng: Prng): TownHome[] {
  const homes: TownHome[] = [];
  for (const house of TOWN_HOUSES) {
    const perEntrance = house.floors * house.flatsPerFloor;
    for (let n = 1; n <= house.entrances * perEntrance; n++) {
      const home = makeHome(rng.fork(`${house.address}/${n}`), {
        index: homes.length,
        kind: 'flat',
        house: house.address,
        number: n,
      });
      homes.push({
        ...home,
        entrance: 1 + Math.floor((n - 1) / perEntrance),
        floor: 1 + Math.floor(((n - 1) % perEntrance) / house.flatsPerFloor),
        stove: house.gas ? 'gas' : 'electric',
      });
    }
  }
  for (let n = 1; n <= HAMLET_COTTAGES; n++) {
    const home = makeHome(rng.fork(`${HAMLET}/${n}`), {
      index: homes.length,
      kind: 'cottage',
      house: HAMLET,
      number: n,
    });
    homes.push({ ...home, floor: 1, stove: 'gas' });
  }
  return homes;
}

/** Days of absence in a row: two weeks in summer, some short ones; 1 = away. */
function makeAbsence(days: number, rng: Prng): Uint8Array {
  const away = new Uint8Array(days);
  const trips = rng.int(0, 4);
  for (let t = 0; t < trips; t++) {
    const first = rng.int(0, days);
    away.fill(1, first, first + (t === 0 ? rng.int(7, 16) : rng.int(2, 5)));
  }
  // The last three weeks are lived in, so that today's screens show an ordinary home.
  away.fill(0, Math.max(0, days - 24));
  return away;
}

type DayPlan = { wake: number; leave: number; back: number; sleep: number };

function planDay(home: TownHome, off: boolean, rng: Prng): DayPlan {
  const wake = home.wakeHour + (off ? 2 : 0) + (rng.chance(0.25) ? 1 : 0);
  const sleep = Math.min(24, home.sleepHour + (rng.chance(0.3) ? 1 : 0));
  if (off || home.rhythm === 'home' || home.rhythm === 'pensioner') {
    if (rng.chance(0.6))
      return { wake, leave: 11 + rng.int(0, 3), back: 14 + rng.int(0, 5), sleep };
    return { wake, leave: 24, back: 24, sleep };
  }
  if (home.rhythm === 'shift' && rng.chance(0.45)) return { wake, leave: 18, back: 24, sleep: 24 };
  const early = home.rhythm === 'family' ? 15 : 17;
  return { wake, leave: wake + 1 + rng.int(0, 2), back: early + rng.int(0, 4), sleep };
}

/**
 * Share of the household that is awake at home, per slot: 0 = nobody, 1 = all. Asleep is 0 too,
 * with `asleep` telling the two apart: a fridge stays shut in both, a toilet does not.
 */
export function makePresence(
  home: TownHome,
  clock: TownClock,
  rng: Prng,
): { awake: Float32Array; asleep: Uint8Array } {
  const days = clock.day[clock.slots - 1]! + 1;
  const absent = makeAbsence(days, rng);
  const awake = new Float32Array(clock.slots);
  const asleep = new Uint8Array(clock.slots);
  let plan: DayPlan = { wake: 7, leave: 24, back: 24, sleep: 23 };
  let day = -1;
  for (let i = 0; i < clock.slots; i++) {
    const hour = clock.hour[i]!;
    if (clock.day[i] !== day) {
      day = clock.day[i]!;
      plan = planDay(home, clock.off[i] === 1, rng);
    }
    if (absent[day]) continue;
    if (hour < plan.wake || hour >= plan.sleep) asleep[i] = 1;
    // A family leaves someone behind now and then.
    else if (hour >= plan.leave && hour < plan.back) awake[i] = home.rhythm === 'family' ? 0.15 : 0;
    else awake[i] = hour === plan.wake || hour >= 18 ? 1 : 0.65;
  }
  return { awake, asleep };
}
