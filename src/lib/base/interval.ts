/**
 * Instants and half-open intervals `[from, to)` in milliseconds since 1970-01-01T00:00Z.
 * Knows no time zone: civil days are made by `civil.ts`. Anyone may call it.
 */
export type Instant = number;
export type Interval = { readonly from: Instant; readonly to: Instant };

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export const contains = ({ from, to }: Interval, at: Instant): boolean => at >= from && at < to;
export const overlaps = (a: Interval, b: Interval): boolean => a.from < b.to && b.from < a.to;
export const startOfHour = (at: Instant): Instant => Math.floor(at / HOUR_MS) * HOUR_MS;
export const startOfUtcDay = (at: Instant): Instant => Math.floor(at / DAY_MS) * DAY_MS;
