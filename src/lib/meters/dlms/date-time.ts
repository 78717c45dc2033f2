/**
 * COSEM date and time (IEC 62056-6-2:2021 clause 4.1.6.1): fields that may each be unspecified.
 *
 * | year 2 | month | day | weekday | hour | minute | second | hundredths | deviation 2 | status |
 *
 * Deviation is minutes from local time to UTC, so that UTC = local + deviation. Knows the bytes,
 * no time zone; called by readers and the client.
 */
export type CosemDateTime = {
  /** Null: not specified. Month 0xFD/0xFE (daylight saving begins/ends) is null too. */
  readonly year: number | null;
  readonly month: number | null;
  readonly day: number | null;
  readonly hour: number | null;
  readonly minute: number | null;
  readonly second: number | null;
  /** Minutes to add to local time for UTC. */
  readonly deviationMin: number | null;
  /** Clock status: bit 0 invalid, 1 doubtful, 7 daylight saving. */
  readonly status: number;
};

export const DATE_TIME_SIZE = 12;
const [UNSPECIFIED, UNSPECIFIED_YEAR, UNSPECIFIED_DEVIATION] = [0xff, 0xffff, -0x8000];
const INVALID = 0x01;
const DAYLIGHT_SAVING = 0x80;

const within = (v: number, from: number, to: number): number | null =>
  v >= from && v <= to ? v : null;

/** Null when `b` has another size. */
export function readDateTime(b: Uint8Array): CosemDateTime | null {
  if (b.length !== DATE_TIME_SIZE) return null;
  const year = (b[0]! << 8) | b[1]!;
  const deviation = (((b[9]! << 8) | b[10]!) << 16) >> 16;
  return {
    year: year === UNSPECIFIED_YEAR ? null : year,
    month: within(b[2]!, 1, 12),
    day: within(b[3]!, 1, 31),
    hour: within(b[5]!, 0, 23),
    minute: within(b[6]!, 0, 59),
    second: within(b[7]!, 0, 59),
    deviationMin: deviation === UNSPECIFIED_DEVIATION ? null : deviation,
    status: b[11]!,
  };
}

const two = (v: number): string => String(v).padStart(2, '0');

/** `YYYY-MM-DDTHH:MM:SS` on the meter's own clock; null where a needed field is unspecified. */
export function formatLocal(t: CosemDateTime): string | null {
  const { year, month, day, hour, minute } = t;
  if (year === null || month === null || day === null || hour === null || minute === null) {
    return null;
  }
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return `${date}T${two(hour)}:${two(minute)}:${two(t.second ?? 0)}`;
}

/**
 * Milliseconds since 1970 UTC; null when a field or the deviation is unspecified, or the clock says
 * that it is invalid.
 */
export function instantOf(t: CosemDateTime): number | null {
  if (formatLocal(t) === null || t.deviationMin === null) return null;
  if (t.status !== UNSPECIFIED && (t.status & INVALID) !== 0) return null;
  const local = Date.UTC(t.year!, t.month! - 1, t.day!, t.hour!, t.minute!, t.second ?? 0);
  return local + t.deviationMin * 60_000;
}

/** Twelve bytes of a UTC instant, as a clock with `deviationMin` shows it. */
export function encodeDateTime(instantMs: number, deviationMin = 0, isSummer = false): Uint8Array {
  const d = new Date(instantMs - deviationMin * 60_000);
  const year = d.getUTCFullYear();
  return Uint8Array.of(
    ...[year >> 8, year, d.getUTCMonth() + 1, d.getUTCDate(), d.getUTCDay() || 7],
    ...[d.getUTCHours(), d.getUTCMinutes(), d.getUTCSeconds(), 0],
    ...[deviationMin >> 8, deviationMin, isSummer ? DAYLIGHT_SAVING : 0],
  );
}
