/**
 * Charts, calendar and the way from a bar to its reading. The three are one walk of the thumb: bar,
 * day, reading, raw bytes. Server and client import it; see home.ts for quantities and money.
 */
import { z } from 'zod/mini';
import { QUALITIES, SOURCES } from '#lib/domain/reading.ts';
import { RESOURCES } from '#lib/domain/resource.ts';

const ZUnit = z.enum(['Wh', 'm3', 'degC', 'm3/h', 'W', '']);
const ZValues = z.array(z.nullable(z.int()));

/**
 * `year`: twelve months, anchor `2026`; `month`: days, anchor `2026-11`; `day`: hours, anchor
 * `2026-11-14`; `profile`: the mean day of the last 28 days by hour, anchor any date.
 */
export const CHART_SPANS = ['year', 'month', 'day', 'profile'] as const;
export const ZChartAsk = z.object({
  pointIds: z.array(z.int()).check(z.minLength(1), z.maxLength(8)),
  span: z.enum(CHART_SPANS),
  anchor: z.optional(z.string().check(z.regex(/^\d{4}(-\d{2}){0,2}$/))),
});
export type ChartAsk = z.infer<typeof ZChartAsk>;

const ZChartSeries = z.object({
  pointId: z.int(),
  name: z.string(),
  resource: z.enum(RESOURCES),
  /** Token name the resident chose, null = the resource's own colour. */
  colour: z.nullable(z.string()),
  unit: ZUnit,
  scale: z.int(),
  /** One a bucket; null = missing (draw nothing, not zero). */
  values: ZValues,
  /** True where part of the bucket was estimated. */
  estimated: z.array(z.boolean()),
  /** Money of each bucket in minor units; null where unknown or no tariff. */
  cost: ZValues,
  total: z.nullable(z.int()),
  /** Mean of the comparable meters of the object (B-76); null when too few. */
  average: z.nullable(ZValues),
  averageOf: z.int(),
  /** The same buckets a year before (B-78); null when there is no data. */
  lastYear: z.nullable(ZValues),
  /** Only for the running month or year: what is to come, per bucket, and the total's band. */
  forecast: z.nullable(
    z.object({
      fromBucket: z.int(),
      values: ZValues,
      /** P10 and P90 of each bucket, the same buckets as `values`. */
      lows: ZValues,
      highs: ZValues,
      total: z.int(),
      low: z.int(),
      high: z.int(),
      /** Months of the last six whose total fell into the band given on this day. */
      hits: z.int(),
      tries: z.int(),
    }),
  ),
});
export type ChartSeries = z.infer<typeof ZChartSeries>;

export const ZChart = z.object({
  status: z.enum(['ok', 'needs-consent']),
  span: z.enum(CHART_SPANS),
  anchor: z.string(),
  /** Anchors of the neighbours; null where there is nothing further. */
  previous: z.nullable(z.string()),
  next: z.nullable(z.string()),
  zone: z.string(),
  /** What `average` is the average of. */
  within: z.enum(['house', 'settlement']),
  currency: z.string(),
  /** Keys `2026-11`, `2026-11-14`, or hour `0`…`23`, with the instants they cover. */
  buckets: z.array(z.object({ key: z.string(), fromAt: z.number(), toAt: z.number() })),
  /** Mean outdoor temperature of each bucket, hundredths of a degree. */
  outdoorCdeg: ZValues,
  series: z.array(ZChartSeries),
});
export type Chart = z.infer<typeof ZChart>;

export const ZCalendarAsk = z.object({
  pointId: z.int(),
  month: z.optional(z.string().check(z.regex(/^\d{4}-\d{2}$/))),
});

export const ZCalendar = z.object({
  pointId: z.int(),
  month: z.string(),
  previous: z.nullable(z.string()),
  next: z.nullable(z.string()),
  unit: ZUnit,
  scale: z.int(),
  digits: z.int(),
  decimals: z.int(),
  days: z.array(
    z.object({
      date: z.string(),
      /** Last reading of the day; null when none came. */
      readingAt: z.nullable(z.number()),
      value: z.nullable(z.int()),
      used: z.nullable(z.int()),
      quality: z.enum(QUALITIES),
      source: z.nullable(z.enum(SOURCES)),
      serial: z.nullable(z.string()),
    }),
  ),
});
export type Calendar = z.infer<typeof ZCalendar>;

export const ZReadingAsk = z.object({ pointId: z.int(), at: z.number() });

/** Where one number came from (X16). */
export const ZReadingProof = z.object({
  pointId: z.int(),
  meterId: z.int(),
  serial: z.string(),
  at: z.number(),
  value: z.int(),
  scale: z.int(),
  unit: ZUnit,
  quality: z.enum(QUALITIES),
  source: z.enum(SOURCES),
  flagged: z.boolean(),
  /** Storage tier: hot, late, day, month. */
  tier: z.string(),
  receivedAt: z.nullable(z.number()),
  /** SHA-256 of the batch or the month's seal, hex. */
  seal: z.nullable(z.string()),
  /** Bytes as received, hex; null when this way of delivery keeps none. */
  rawHex: z.nullable(z.string()),
  verdicts: z.array(z.string()),
  /** The person who captured it, shown to residents by role only. */
  by: z.nullable(z.enum(['reader', 'resident', 'system'])),
  /** Names of the asking person's own pictures of this reading; see /api/photo. */
  photos: z.array(z.string()),
});
export type ReadingProof = z.infer<typeof ZReadingProof>;
