/**
 * The clock of the town: which hour of which kind of day each slot is. Knows Russian public
 * holidays with fixed dates (Labour Code article 112) but no moved working days.
 */
import { civilDate, weekday, zoneOffsetMs } from '#lib/base/civil.ts';
import { HOUR_MS, type Instant } from '#lib/base/interval.ts';

const HOLIDAYS: ReadonlySet<string> = new Set([
  ...['01-01', '01-02', '01-03', '01-04', '01-05', '01-06', '01-07', '01-08'],
  ...['02-23', '03-08', '05-01', '05-09', '06-12', '11-04'],
]);

/** True on a public holiday; `date` is YYYY-MM-DD. */
export const isHoliday = (date: string): boolean => HOLIDAYS.has(date.slice(5));

export type TownClock = {
  readonly slots: number;
  /** Hour of the wall clock, 0..23. */
  readonly hour: Uint8Array;
  /** Civil day number since the first slot's day. */
  readonly day: Uint16Array;
  /** 1 on Saturdays, Sundays and holidays. */
  readonly off: Uint8Array;
  /** Day of the year, 0..365. */
  readonly yearDay: Uint16Array;
  /** 0 in full daylight, 1 when lamps are on. */
  readonly dark: Float32Array;
};

/** Sunrise and sunset at about 56° north, from the length of the day. */
function darkness(hour: number, yearDay: number): number {
  const half = 6 + 2.9 * Math.sin((2 * Math.PI * (yearDay - 80)) / 365);
  const away = Math.abs(hour + 0.5 - 12.5) - half;
  return Math.min(1, Math.max(0, away + 0.5));
}

export function createTownClock(fromAt: Instant, slots: number, zone: string): TownClock {
  const clock = {
    slots,
    hour: new Uint8Array(slots),
    day: new Uint16Array(slots),
    off: new Uint8Array(slots),
    yearDay: new Uint16Array(slots),
    dark: new Float32Array(slots),
  };
  let day = -1;
  let off = 0;
  let yearDay = 0;
  let shift = zoneOffsetMs(fromAt, zone);
  for (let i = 0; i < slots; i++) {
    const at = fromAt + i * HOUR_MS;
    const hour = new Date(at + shift).getUTCHours();
    if (hour === 0 || i === 0) {
      const date = civilDate(at, zone);
      day++;
      // The offset is asked once a day: asking Intl every hour would cost seconds.
      shift = zoneOffsetMs(at, zone);
      off = weekday(date) >= 5 || isHoliday(date) ? 1 : 0;
      yearDay = Math.floor((Date.parse(date) - Date.UTC(Number(date.slice(0, 4)), 0, 1)) / 864e5);
    }
    clock.hour[i] = hour;
    clock.day[i] = day;
    clock.off[i] = off;
    clock.yearDay[i] = yearDay;
    clock.dark[i] = darkness(hour, yearDay);
  }
  return clock;
}
