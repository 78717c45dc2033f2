/**
 * Civil dates of a time zone. A bill's day is the customer's day: 23 or 25 hours long twice a year
 * where summer time is kept. Uses Intl (part of ES2023), knows no calendar of holidays.
 */
import { DAY_MS, HOUR_MS, type Instant, type Interval } from './interval.ts';

/** `YYYY-MM-DD` in some time zone. */
export type CivilDate = string;
/** `YYYY-MM`. */
export type CivilMonth = string;

const formats = new Map<string, Intl.DateTimeFormat>();
function format(zone: string): Intl.DateTimeFormat {
  let f = formats.get(zone);
  if (!f) {
    f = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, f);
  }
  return f;
}

/** Milliseconds to add to UTC to get the wall clock of `zone` at `at`. */
export function zoneOffsetMs(at: Instant, zone: string): number {
  if (zone === 'UTC') return 0;
  const p: Record<string, number> = {};
  for (const { type, value } of format(zone).formatToParts(at)) p[type] = Number(value);
  const wall = Date.UTC(p.year!, p.month! - 1, p.day!, p.hour!, p.minute!, p.second!);
  return wall - Math.floor(at / 1000) * 1000;
}

export const civilDate = (at: Instant, zone: string): CivilDate =>
  new Date(at + zoneOffsetMs(at, zone)).toISOString().slice(0, 10);

/** Hour of the wall clock, 0..23. */
export const civilHour = (at: Instant, zone: string): number =>
  new Date(at + zoneOffsetMs(at, zone)).getUTCHours();

export const civilMonth = (date: CivilDate): CivilMonth => date.slice(0, 7);

export const addDays = (date: CivilDate, days: number): CivilDate =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

export function addMonths(month: CivilMonth, months: number): CivilMonth {
  const n = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + months;
  return `${Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}`;
}

export const daysInMonth = (month: CivilMonth): number =>
  new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 0)).getUTCDate();

/** Monday 0 … Sunday 6. */
export const weekday = (date: CivilDate): number =>
  (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;

/** First instant of the civil day `date` in `zone`. */
export function startOfDay(date: CivilDate, zone: string): Instant {
  const wall = Date.parse(`${date}T00:00:00Z`);
  // Two rounds settle every zone: the offset before and after a change differ by at most two hours.
  let at = wall - zoneOffsetMs(wall, zone);
  at = wall - zoneOffsetMs(at, zone);
  // Where midnight does not exist (zones that change at 00:00) the day starts at the change.
  return civilDate(at, zone) < date ? at + HOUR_MS : at;
}

export const dayInterval = (date: CivilDate, zone: string): Interval => ({
  from: startOfDay(date, zone),
  to: startOfDay(addDays(date, 1), zone),
});

export const monthInterval = (month: CivilMonth, zone: string): Interval => ({
  from: startOfDay(`${month}-01`, zone),
  to: startOfDay(`${addMonths(month, 1)}-01`, zone),
});
