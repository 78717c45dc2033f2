/**
 * Readings and consumption of one metering point as screens ask for them and get them.
 *
 * It knows the shapes; server/readings knows the tiers. Client and server import it. Values are
 * integers in `10^scale` of `unit`, instants UTC milliseconds, intervals half-open.
 */
import { z } from 'zod/mini';
import { QUALITIES, SOURCES } from '#lib/domain/reading.ts';

const ZPointAndRegister = {
  pointId: z.int(),
  /** Row of the register catalogue; the total of the resource when absent. */
  register: z.optional(z.int()),
  from: z.number(),
  to: z.number(),
};

export const ZListSeries = z.object(ZPointAndRegister);
export type ListSeries = z.infer<typeof ZListSeries>;

export const ZSeriesPoint = z.object({
  meterId: z.int(),
  at: z.number(),
  value: z.int(),
  quality: z.enum(QUALITIES),
  source: z.enum(SOURCES),
  /** Confirmed by a person although it looked odd. */
  flagged: z.boolean(),
  corrected: z.boolean(),
});
export type SeriesPoint = z.infer<typeof ZSeriesPoint>;
export type SeriesAnswer = {
  readonly register: number;
  readonly unit: string;
  readonly scale: number;
  /** `day` when the asker has not agreed to hourly profiles: one reading a civil day. */
  readonly resolution: 'all' | 'day';
  readonly points: SeriesPoint[];
};

export const STEPS = ['hour', 'day', 'month'] as const;
export const ZListConsumption = z.object({ ...ZPointAndRegister, step: z.enum(STEPS) });
export type ListConsumption = z.infer<typeof ZListConsumption>;

export type ConsumptionBucket = {
  readonly from: number;
  readonly to: number;
  /** Null where nothing is known. */
  readonly units: number | null;
  /** Share of the bucket that was measured, 0..100; the rest is spread between readings. */
  readonly coverage: number;
};
export type ConsumptionAnswer = {
  readonly register: number;
  readonly unit: string;
  readonly scale: number;
  readonly step: (typeof STEPS)[number];
  readonly buckets: ConsumptionBucket[];
};

export const ZGetOrigin = z.object({ meterId: z.int(), register: z.int(), at: z.number() });
export type GetOrigin = z.infer<typeof ZGetOrigin>;

export type OriginVerdict = {
  readonly rule: string;
  readonly verdict: string;
  readonly detail: string;
};

export type ExplainedByte = {
  readonly layer: string;
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  readonly hex: string;
  readonly text: string;
};

/** One way a value came in. */
export type ReadingSource = {
  readonly batchId: string;
  readonly receivedAt: number;
  readonly source: string;
  readonly sender: string;
  readonly eventId: string | null;
  readonly person: string | null;
  readonly verdicts: readonly OriginVerdict[];
  /** Bytes as received, upper-case hex; null when a person or a file gave the value. */
  readonly rawHex: string | null;
  /** Status of decoding them anew right now, `decoded` when all went well; null without bytes. */
  readonly decoding: string | null;
  /** The same value decoded from the bytes now; null when they do not give it. */
  readonly decodedValue: number | null;
  /** Every byte with its meaning. */
  readonly bytes: readonly ExplainedByte[];
  /** An optical readout as text lines. */
  readonly lines: readonly string[];
};

/** Where a number is from (X16). */
export type OriginAnswer = {
  readonly meterId: number;
  readonly serial: string;
  readonly register: number;
  readonly obis: string;
  readonly unit: string;
  readonly scale: number;
  readonly reading: SeriesPoint;
  readonly sources: ReadingSource[];
  /** Other values that came for the same instant and were kept beside it. */
  readonly conflicts: {
    readonly value: number;
    readonly receivedAt: number;
    readonly sender: string;
  }[];
  readonly corrections: {
    readonly version: number;
    readonly value: number;
    readonly method: string;
    readonly reason: string;
    readonly person: string | null;
    readonly createdAt: number;
  }[];
};
