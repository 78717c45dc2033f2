/**
 * A climate of its own: season, weather that lasts for days, the daily wave. Not a record of any
 * real place; figures are those of a town at 56° north, inland.
 */
import type { Prng } from '#lib/base/prng.ts';
import type { TownClock } from './calendar.ts';

const MEAN_C = 6.2;
const SEASON_C = 13.8;
/** Coldest day of an average year. */
const COLDEST_DAY = 21;

/** Outdoor temperature of every slot in hundredths of a degree Celsius. */
export function makeWeather(clock: TownClock, rng: Prng): Int16Array {
  const out = new Int16Array(clock.slots);
  let front = rng.normal() * 3;
  let fast = 0;
  let wave = 3;
  let day = -1;
  for (let i = 0; i < clock.slots; i++) {
    if (clock.day[i] !== day) {
      day = clock.day[i]!;
      // Weather systems last about four days: first-order autoregression, 4 K standard deviation.
      front = 0.78 * front + 2.5 * rng.normal();
      const summer = 0.5 - 0.5 * Math.cos((2 * Math.PI * (clock.yearDay[i]! - COLDEST_DAY)) / 365);
      wave = (1 + 4.2 * summer) * (0.4 + rng.next());
    }
    fast = 0.9 * fast + 0.25 * rng.normal();
    const season = -SEASON_C * Math.cos((2 * Math.PI * (clock.yearDay[i]! - COLDEST_DAY)) / 365);
    const daily = wave * Math.cos((2 * Math.PI * (clock.hour[i]! - 15)) / 24);
    out[i] = Math.round(100 * (MEAN_C + season + front + daily + fast));
  }
  return out;
}

/** 1 where the district heats: five days in a row below 8 °C on average, as the rule goes. */
export function heatingSeason(weatherCdeg: Int16Array): Uint8Array {
  const on = new Uint8Array(weatherCdeg.length);
  const span = 120;
  let sum = 0;
  let state = weatherCdeg[0]! < 800 ? 1 : 0;
  for (let i = 0; i < on.length; i++) {
    sum += weatherCdeg[i]!;
    if (i >= span) {
      sum -= weatherCdeg[i - span]!;
      const mean = sum / span;
      if (mean < 800) state = 1;
      // Hysteresis of one degree keeps the boiler house from flapping.
      else if (mean > 1000) state = 0;
    }
    on[i] = state;
  }
  return on;
}
