/**
 * Body of `collector.read`: what a collector of the house kept of one meter (B-70).
 *
 * One event a meter, so that each is whole, is judged for its own place, and a visit that breaks
 * loses nothing. It knows shapes; server/sync takes them in. Values are decimal text in the unit of
 * their register; instants are the collector's own, in milliseconds UTC.
 */
import { z } from 'zod/mini';
import { ZUuid } from './fieldsync.ts';

const ZKey = z.int().check(z.gte(1), z.lte(2 ** 31 - 1));
const ZInstant = z.int().check(z.gte(0), z.lt(2 ** 48));
/** As the device says it, printable ASCII: numbers of makers hold more than ours do. */
const ZName = z.string().check(z.maxLength(64), z.regex(/^[\x20-\x7e]*$/));

/** A room may be colder than nought; a counter never is. */
const ZValue = z.string().check(z.regex(/^-?\d{1,15}(\.\d{1,9})?$/));

/** Days, months and hours of a meter with room to spare; more is no collector's memory. */
const MOST_VALUES = 2000;
const MOST_EVENTS = 500;

/**
 * Why something that a collector usually keeps is not in the event: `current`, `daily`, `monthly`,
 * `load`, `events` were refused; rows were `undated`, or of a register that is not ours.
 */
export const COLLECTOR_GAPS = [
  ...['current', 'daily', 'monthly', 'load', 'events'],
  ...['undated', 'unknown-register'],
] as const;

export const ZCollectorRead = z.object({
  roundId: z.nullable(ZKey),
  /** Null: no meter of the phone's round has this serial; the desk finds whose it is. */
  meterId: z.nullable(ZKey),
  serial: ZName.check(z.minLength(1)),
  /** Made when the reader began; the same over every interruption. */
  visit: ZUuid,
  collector: z.object({ serial: ZName, model: ZName }),
  /** The value that reads the meter's stop on the round; null when none is fresh enough. */
  due: z.nullable(z.object({ register: z.int(), at: ZInstant, value: ZValue })),
  registers: z
    .array(
      z.object({
        register: z.int(),
        /** Oldest first, one a moment. */
        values: z.array(z.tuple([ZInstant, ZValue])).check(z.maxLength(MOST_VALUES)),
      }),
    )
    .check(z.maxLength(16)),
  /** Instant and code of `emis951.table.ts`. */
  events: z
    .array(z.tuple([ZInstant, z.int().check(z.gte(0), z.lte(255))]))
    .check(z.maxLength(MOST_EVENTS)),
  gaps: z.array(z.enum(COLLECTOR_GAPS)),
});
export type CollectorRead = z.infer<typeof ZCollectorRead>;
export type CollectorGap = CollectorRead['gaps'][number];
