/**
 * What a resident's screens ask and get. Quantities are integers in `10^scale` of a unit and money
 * is an integer of minor units, so that nothing is rounded before the screen formats it.
 *
 * Knows no table, no sentence and no colour value. Server and client import it; every shape is
 * serialisable, because the phone keeps the last answer as its offline snapshot.
 */
import { z } from 'zod/mini';
import { RESOURCES } from '#lib/domain/resource.ts';

const ZMonth = z.string().check(z.regex(/^\d{4}-\d{2}$/));
const ZInstant = z.number();

/** `minor` is hundredths of `currency`. */
export const ZMoney = z.object({ minor: z.int(), currency: z.string() });
export type Money = z.infer<typeof ZMoney>;

/** `units * 10^scale` of `unit`: { units: 2900, scale: -3, unit: 'm3' } is 2.9 m³. */
const ZQuantity = z.object({
  units: z.int(),
  scale: z.int(),
  unit: z.enum(['Wh', 'm3', 'degC', 'm3/h', 'W', '']),
});
export type HomeQuantity = z.infer<typeof ZQuantity>;

const ZMoneyRange = z.object({ low: ZMoney, high: ZMoney });

/** The leak card: since when, how much, what it costs. */
const ZHomeAlert = z.object({
  kind: z.enum(['water-never-stops', 'burst', 'stuck', 'silent']),
  level: z.enum(['critical', 'attention']),
  resource: z.enum(RESOURCES),
  pointId: z.int(),
  sinceAt: ZInstant,
  /** Lowest hourly flow since then; null where flow says nothing. */
  perHour: z.nullable(ZQuantity),
  /** What it costs in a day and what has gone so far. */
  costPerDay: z.nullable(ZMoney),
  lost: z.nullable(ZQuantity),
  /** Hourly use around the start, for the small chart; null = no data. */
  hours: z.array(z.nullable(z.int())),
  hoursFromAt: ZInstant,
});

const ZHomeResource = z.object({
  resource: z.enum(RESOURCES),
  pointIds: z.array(z.int()),
  used: ZQuantity,
  /** Null where no tariff is published. */
  cost: z.nullable(ZMoney),
  /** Use by civil day, oldest first, last 14 days; null = missing, never zero. */
  spark: z.array(z.nullable(z.int())),
  estimated: z.boolean(),
  dataAt: z.nullable(ZInstant),
});

export const ZHome = z.object({
  placeId: z.int(),
  /** "Лесная, 14" and "37". */
  house: z.string(),
  flat: z.nullable(z.string()),
  /** Every dwelling of the caller, this one included. */
  homes: z.array(z.object({ placeId: z.int(), house: z.string(), flat: z.nullable(z.string()) })),
  /** What its average is the average of. */
  within: z.enum(['house', 'settlement']),
  zone: z.string(),
  month: ZMonth,
  /** Civil days of the month that are over or have data; the number covers them. */
  daysDone: z.int(),
  daysTotal: z.int(),
  /** Last instant any meter of the home delivered; null before the first. */
  dataAt: z.nullable(ZInstant),
  serverAt: ZInstant,
  /** Null before the first reading or without a tariff. */
  spent: z.nullable(ZMoney),
  /** Month end: best guess with P10–P90. */
  forecast: z.nullable(z.object({ mid: ZMoney, low: ZMoney, high: ZMoney })),
  /** The two marks of the vial: what this home usually pays for such a month. */
  usual: z.nullable(ZMoneyRange),
  /** Difference to the same days of the same month last year; below zero is less. */
  lastYear: z.nullable(z.object({ difference: ZMoney })),
  /** Difference to the mean home of the house over the same days. */
  houseAverage: z.nullable(z.object({ difference: ZMoney, homes: z.int() })),
  /** Last month's bill against our readings and the tariff. */
  bill: z.nullable(
    z.object({ month: ZMonth, total: ZMoney, recomputed: ZMoney, agrees: z.boolean() }),
  ),
  alert: z.nullable(ZHomeAlert),
  resources: z.array(ZHomeResource),
});
export type Home = z.infer<typeof ZHome>;
export type HomeAlert = z.infer<typeof ZHomeAlert>;

/** A dwelling of the caller; without `placeId` the chosen one, else the only (or first) one. */
export const ZHomeAsk = z.object({ placeId: z.optional(z.int()) });
