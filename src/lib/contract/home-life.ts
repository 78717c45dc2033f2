/**
 * The rest of a resident's screens: indicators, comparison, meters, consent. Server and client
 * import it; see home.ts for quantities and money, fieldsync.ts for a reading given by hand.
 */
import { z } from 'zod/mini';
import { QUALITIES, SOURCES } from '#lib/domain/reading.ts';
import { RESOURCES } from '#lib/domain/resource.ts';

const ZUnit = z.enum(['Wh', 'm3', 'degC', 'm3/h', 'W', '']);

/** One of K_c, K_t, K_e: 1 is the peers' mean; null with the reason when it cannot be told. */
const ZIndicator = z.object({
  value: z.nullable(z.number()),
  /** Own and peers' figures behind the ratio, in `unit`; null when suppressed. */
  own: z.nullable(z.number()),
  peers: z.nullable(z.number()),
  peersCount: z.int(),
  reason: z.nullable(z.enum(['no-data', 'too-few-peers', 'too-little-coverage', 'no-sensor'])),
});

export const ZIndicators = z.object({
  fromAt: z.number(),
  toAt: z.number(),
  /** Consumption by resource (B-80); `own` is units per m² or per person and day. */
  consumption: z.array(z.extend(ZIndicator, { resource: z.enum(RESOURCES) })),
  /** Money-weighted consumption over all resources: the dial of the screen. */
  overall: ZIndicator,
  /** Indoor temperature in degrees Celsius (B-81). */
  temperature: ZIndicator,
  /** Efficiency: peers' heat per m² and degree-hour over own (B-82), above 1 is better. */
  efficiency: ZIndicator,
});
export type Indicators = z.infer<typeof ZIndicators>;

/** Facts a resident may correct; they choose the peers. */
export const ZFacts = z.object({
  persons: z.nullable(z.int().check(z.gte(1), z.lte(20))),
  areaM2: z.nullable(z.number().check(z.gte(8), z.lte(1000))),
  /** False = neither shown to others' averages nor shown a comparison. */
  compare: z.boolean(),
});
export type Facts = z.infer<typeof ZFacts>;

export const ZComparisonAsk = z.object({
  placeId: z.optional(z.int()),
  resource: z.enum(RESOURCES),
  month: z.optional(z.string().check(z.regex(/^\d{4}-\d{2}$/))),
});

/** Similar homes under the 15/15 rule (B-04, X14). */
export const ZComparison = z.object({
  status: z.enum(['shown', 'suppressed']),
  reason: z.nullable(z.enum(['too-few', 'one-dominates', 'opted-out', 'no-data'])),
  resource: z.enum(RESOURCES),
  month: z.string(),
  unit: ZUnit,
  scale: z.int(),
  facts: ZFacts,
  /** Who is compared with whom; `relaxed` names what had to be widened to reach fifteen. */
  cohort: z.object({
    homes: z.int(),
    objectType: z.string(),
    areaM2: z.nullable(z.tuple([z.number(), z.number()])),
    persons: z.nullable(z.tuple([z.int(), z.int()])),
    where: z.enum(['house', 'street', 'district', 'city']),
    relaxed: z.array(z.enum(['persons', 'area', 'house', 'street', 'district'])),
    /** Share of the largest home, 0..1; above 0.15 nothing is shown. */
    largestShare: z.number(),
  }),
  own: z.nullable(z.object({ value: z.int(), low: z.int(), high: z.int() })),
  mean: z.nullable(z.int()),
  quartiles: z.nullable(z.tuple([z.int(), z.int(), z.int()])),
  /** Upper end of the thriftiest fifth. */
  efficient: z.nullable(z.int()),
  /** Place counted from the thriftiest, as a range. */
  rank: z.nullable(z.object({ from: z.int(), to: z.int(), of: z.int() })),
  /** Counts for the dot chart; the outer bins are open and hold at least three homes. */
  bins: z.array(z.object({ from: z.int(), to: z.int(), homes: z.int() })),
});
export type Comparison = z.infer<typeof ZComparison>;

export const ZHomeMeter = z.object({
  pointId: z.int(),
  meterId: z.int(),
  name: z.string(),
  resource: z.enum(RESOURCES),
  colour: z.nullable(z.string()),
  serial: z.string(),
  model: z.nullable(z.string()),
  hint: z.nullable(z.string()),
  protocol: z.string(),
  register: z.int(),
  unit: ZUnit,
  scale: z.int(),
  digits: z.int(),
  decimals: z.int(),
  last: z.nullable(
    z.object({
      at: z.number(),
      value: z.int(),
      quality: z.enum(QUALITIES),
      source: z.enum(SOURCES),
    }),
  ),
  /** Last values (instant, integer), newest first, for the plausibility check on the phone. */
  history: z.array(z.tuple([z.number(), z.int()])),
  usualPerDay: z.nullable(z.tuple([z.int(), z.int()])),
  verificationDueOn: z.nullable(z.string()),
  installedAt: z.number(),
});
export type HomeMeter = z.infer<typeof ZHomeMeter>;

export const ZSetColour = z.object({
  pointId: z.int(),
  colour: z.nullable(z.string().check(z.regex(/^[a-z0-9-]{1,32}$/))),
});
export const ZSetConsent = z.object({ placeId: z.optional(z.int()), hourly: z.boolean() });
export const ZSetFacts = z.extend(ZFacts, { placeId: z.optional(z.int()) });
