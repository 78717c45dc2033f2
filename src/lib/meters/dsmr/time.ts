/**
 * Times of P1: `YYMMDDhhmmssX` with S for summer, W for winter time (DSMR P1 5.0.2 clause 6.4,
 * type TST). Knows no telegram; called by `object.ts` and the simulated sender.
 */
export type P1Time = {
  /** Wall clock of the meter, `YYYY-MM-DDTHH:MM:SS`. */
  readonly local: string;
  /** Null where the letter is missing (DSMR 2 and 3). */
  readonly isSummer: boolean | null;
};

const PATTERN = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})([SW])?$/;
const MINUTE_MS = 60_000;
const CENTURY = 2000;

/** Whether `text` has the form of a time, also of one that says "none" (632525252525). */
export const looksLikeTime = (text: string): boolean => PATTERN.test(text);

/** Null for other text and for dates that no calendar has, which means "no value yet". */
export function parseP1Time(text: string): P1Time | null {
  const match = PATTERN.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const at = Date.UTC(CENTURY + year!, month! - 1, day, hour, minute, second);
  const local = new Date(at).toISOString().slice(0, 19);
  if (local.replace(/[-T:]/g, '').slice(2) !== text.slice(0, 12)) return null;
  return { local, isSummer: match[7] ? match[7] === 'S' : null };
}

/** Twin of `parseP1Time`. */
export const formatP1Time = ({ local, isSummer }: P1Time): string =>
  local.replace(/[-T:]/g, '').slice(2, 14) + (isSummer === null ? '' : isSummer ? 'S' : 'W');

/** The instant, when the meter says which time it keeps; standard time is UTC+1 in P1 countries. */
export function instantOf({ local, isSummer }: P1Time, standardMinutes = 60): number | null {
  if (isSummer === null) return null;
  return Date.parse(`${local}Z`) - (standardMinutes + (isSummer ? 60 : 0)) * MINUTE_MS;
}
