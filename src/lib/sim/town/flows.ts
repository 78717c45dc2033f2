/**
 * What flows in each hour: Wh, litres and temperature of one home. Slot i holds the flow between
 * instant i and instant i + 1; the last slot is unused.
 */
import type { Prng } from '#lib/base/prng.ts';
import type { TownClock } from './calendar.ts';
import type { TownHome } from './types.ts';

export type FlowInput = {
  readonly home: TownHome;
  readonly clock: TownClock;
  readonly weatherCdeg: Int16Array;
  readonly heating: Uint8Array;
  readonly awake: Float32Array;
  readonly asleep: Uint8Array;
  readonly rng: Prng;
};

const isMeal = (hour: number): boolean =>
  (hour >= 6 && hour <= 8) || (hour >= 12 && hour <= 13) || (hour >= 18 && hour <= 20);

/** Wh: fridge and standby, lamps when dark, what people switch on, an electric stove at meals. */
export function electricityWh({ home, clock, awake, rng }: FlowInput): Int32Array {
  const out = new Int32Array(clock.slots);
  const crowd = home.persons ** 0.6 * home.electricScale * (home.kind === 'cottage' ? 1.6 : 1);
  for (let i = 0; i < out.length; i++) {
    const here = awake[i]!;
    let wh = home.baseWatt * (0.85 + 0.3 * rng.next());
    if (here > 0) {
      wh += here * crowd * 105 * Math.exp(0.55 * rng.normal());
      wh += here * clock.dark[i]! * (45 + 20 * home.persons);
      if (home.stove === 'electric' && isMeal(clock.hour[i]!) && rng.chance(0.45 * here)) {
        wh += 300 + 900 * rng.next();
      }
      if (rng.chance(0.018 * here * home.persons)) wh += 500 + 700 * rng.next();
    }
    out[i] = Math.round(wh);
  }
  return out;
}

/** Litres drawn: whole draws at the tap, so that most night hours are exactly zero. */
export function waterLitres(input: FlowInput, hot: boolean): Int32Array {
  const { home, clock, awake, asleep, rng } = input;
  const out = new Int32Array(clock.slots);
  const draws = (hot ? 0.8 : 1.35) * home.persons ** 0.85 * home.waterScale;
  const garden = !hot && home.kind === 'cottage';
  for (let i = 0; i < out.length; i++) {
    const hour = clock.hour[i]!;
    let litres = 0;
    if (awake[i]! > 0) {
      let budget = draws * awake[i]!;
      // At most nine draws an hour, which is what one household does on a Saturday morning.
      for (let n = 0; n < 9 && rng.next() < budget / (1 + budget); n++) {
        litres += 1 + Math.floor(7 * rng.next() * (hot ? 0.8 : 1));
        budget *= 0.92;
      }
      if ((hour === home.wakeHour || hour >= 20) && rng.chance(0.16 * home.persons)) {
        litres += hot ? 18 + rng.int(0, 20) : 12 + rng.int(0, 16);
      }
      if (!hot && rng.chance(0.012 * home.persons)) litres += 45;
    } else if (asleep[i] && !hot && rng.chance(0.05 * home.persons)) {
      litres = 5 + rng.int(0, 3);
    }
    if (garden && hour >= 19 && hour <= 21 && isGardenDay(input, i))
      litres += 120 + rng.int(0, 260);
    out[i] = litres;
  }
  return out;
}

const isGardenDay = ({ clock, weatherCdeg, awake }: FlowInput, i: number): boolean =>
  clock.yearDay[i]! > 140 && clock.yearDay[i]! < 245 && weatherCdeg[i]! > 1700 && awake[i]! > 0;

/** Litres of gas: stove at meals; in cottages also the boiler, about 8.5 kWh of heat a m³. */
export function gasLitres({ home, clock, weatherCdeg, awake, rng }: FlowInput): Int32Array {
  const out = new Int32Array(clock.slots);
  const boiler = home.kind === 'cottage';
  for (let i = 0; i < out.length; i++) {
    let litres = 0;
    if (awake[i]! > 0 && isMeal(clock.hour[i]!) && rng.chance(0.55)) {
      litres += (35 + 90 * rng.next()) * home.persons ** 0.5 * home.waterScale;
    }
    if (boiler) {
      // Base temperature 15.5 °C: sun and people cover the last degrees.
      const missingK = Math.max(0, 15.5 - weatherCdeg[i]! / 100);
      litres += (home.lossWPerK * missingK) / 8.5;
      litres *= 0.9 + 0.2 * rng.next();
      if (awake[i]! > 0 && rng.chance(0.25)) litres += 60 + 120 * rng.next();
    }
    out[i] = Math.round(litres);
  }
  return out;
}

/** Heat in Wh and the room's temperature in hundredths of a degree, from one balance. */
export function heatAndRoom(input: FlowInput): { heatWh: Int32Array; roomCdeg: Int32Array } {
  const { home, clock, weatherCdeg, heating, awake, rng } = input;
  const heatWh = new Int32Array(clock.slots);
  const roomCdeg = new Int32Array(clock.slots);
  let room = home.comfortC;
  let mood = 0;
  let outdoor = weatherCdeg[0]! / 100;
  for (let i = 0; i < clock.slots; i++) {
    outdoor += (weatherCdeg[i]! / 100 - outdoor) / 18;
    mood = 0.96 * mood + 0.08 * rng.normal();
    if (heating[i]) {
      room += (home.comfortC + mood + 0.25 * awake[i]! - room) * 0.12;
      const gainsW = 70 * home.persons * (0.4 + 0.6 * awake[i]!) + 1.6 * home.areaM2;
      const watt = home.lossWPerK * (room - outdoor) * (0.94 + 0.12 * rng.next()) - gainsW * 0.6;
      heatWh[i] = Math.round(Math.max(0, watt));
    } else {
      const free = Math.max(outdoor + 4.5, 17.5) + mood;
      room += (free - room) * 0.03;
    }
    roomCdeg[i] = Math.round(100 * room + 6 * rng.normal());
  }
  return { heatWh, roomCdeg };
}
