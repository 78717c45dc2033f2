/**
 * Dates and times of M-Bus records: types F, G, I and J of EN 13757-3:2018 annex A.
 * Knows the bit fields only; a wildcard or a day that does not exist gives null. Called by
 * `data.ts`, `records.ts` and `build.ts`.
 */
const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** `YYYY-MM-DD`, or null when the calendar has no such day. */
function civil(year: number, month: number, day: number): string | null {
  if (month < 1 || month > 12 || day < 1 || year > 2299) return null;
  if (day > 28 && day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  return `${year}-${two(month)}-${two(day)}`;
}

/** Day byte and month byte share the year: three bits above the day, four above the month. */
const yearOf = (day: number, month: number): number => (day >> 5) | ((month >> 1) & 0x78);

/** Types F and G have two digits of the year; 81 to 99 are of the last century by convention. */
const century = (year: number): number => (year > 80 ? 1900 + year : 2000 + year);

/** Annex A: 127 stands for "every year": a due date that comes back. */
const EVERY_YEAR = 127;

/** `--MM-DD`, the ISO 8601 form of a day without year. */
function everyYear(month: number, day: number): string | null {
  return civil(2000, month, day)?.replace('2000', '-') ?? null;
}

/** Type G: 16 bits. */
function typeG(b: Uint8Array): string | null {
  const year = yearOf(b[0]!, b[1]!);
  if (year === EVERY_YEAR) return everyYear(b[1]! & 15, b[0]! & 31);
  return year > 99 ? null : civil(century(year), b[1]! & 15, b[0]! & 31);
}

/**
 * The meter's own "invalid" bit of types F and I: it does not vouch for its clock. Meters whose
 * clock was never set after a battery change still send a plausible time under it.
 */
export const isClockDoubted = (b: Uint8Array): boolean =>
  (b.length === 4 && (b[0]! & 0x80) !== 0) || (b.length === 6 && (b[1]! & 0x80) !== 0);

/** Type F: 32 bits; minute byte with the invalid bit, hour byte with the hundreds of the year. */
function typeF(b: Uint8Array): string | null {
  const [minute, hour, hundreds] = [b[0]! & 63, b[1]! & 31, (b[1]! >> 5) & 3];
  const year = yearOf(b[2]!, b[3]!);
  if (year > 99) return null;
  // Hundreds 2 and 3 would be after 2099: meters that set them mean their own flags.
  const day = civil(hundreds ? 2000 + year : century(year), b[3]! & 15, b[2]! & 31);
  if (day === null || minute > 59 || hour > 23) return null;
  return `${day}T${two(hour)}:${two(minute)}`;
}

/** Type I: 48 bits with seconds. Year counts from 2000. */
function typeI(b: Uint8Array): string | null {
  const [second, minute, hour] = [b[0]! & 63, b[1]! & 63, b[2]! & 31];
  const year = yearOf(b[3]!, b[4]!);
  if (year > 99) return null;
  const day = civil(2000 + year, b[4]! & 15, b[3]! & 31);
  if (day === null || minute > 59 || hour > 23) return null;
  return `${day}T${two(hour)}:${two(minute)}:${two(Math.min(second, 59))}`;
}

/** Type J: 24 bits, time of day. */
function typeJ(b: Uint8Array): string | null {
  const [second, minute, hour] = [b[0]! & 63, b[1]! & 63, b[2]! & 31];
  if (second > 59 || minute > 59 || hour > 23) return null;
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** Reads the type that the length of the field selects; undefined where no type has that length. */
export function decodeDate(bytes: Uint8Array): string | null | undefined {
  if (bytes.length === 2) return typeG(bytes);
  if (bytes.length === 4) return typeF(bytes);
  if (bytes.length === 6) return typeI(bytes);
  return bytes.length === 3 ? typeJ(bytes) : undefined;
}

const TEXT = /^(?:(\d{4})-(\d\d)-(\d\d))?(?:T?(\d\d):(\d\d)(?::(\d\d))?)?$/;

/** Twin of `decodeDate`: type G, F, I or J, by what `text` states; null when it is not a date. */
export function encodeDate(text: string): Uint8Array | null {
  const m = TEXT.exec(text);
  const annual = /^--(\d\d)-(\d\d)$/.exec(text);
  if (annual) return Uint8Array.of(Number(annual[2]) | 0xe0, Number(annual[1]) | 0xf0);
  if (!m || !text) return null;
  const [year, month, day, hour, minute, second] = m.slice(1).map(Number);
  const days = [day! | (((year! % 100) & 7) << 5), month! | (((year! % 100) & 0x78) << 1)];
  if (!m[1]) return Uint8Array.of(second || 0, minute!, hour!);
  if (!m[4]) return Uint8Array.from(days);
  if (m[6]) return Uint8Array.of(second!, minute!, hour!, ...days, 0);
  const hundreds = year! >= 2000 ? 1 : 0;
  return Uint8Array.of(minute!, hour! | (hundreds << 5), ...days);
}
