/** Shapes of the simulated town; see ../town.ts. */
import type { Resource } from '#lib/domain/resource.ts';
import type { Instant } from '#lib/base/interval.ts';

export type TownHome = {
  /** Index in `Town.homes`; the same home keeps it as long as the seed is the same. */
  readonly index: number;
  readonly kind: 'flat' | 'cottage';
  /** House of the layout table, or the hamlet. */
  readonly house: string;
  /** "37" of a flat, "5" of a cottage. */
  readonly number: number;
  readonly entrance: number | null;
  readonly floor: number | null;
  readonly persons: number;
  readonly areaM2: number;
  readonly rhythm: 'worker' | 'family' | 'pensioner' | 'shift' | 'home';
  readonly stove: 'gas' | 'electric';
  readonly wakeHour: number;
  readonly sleepHour: number;
  /** Appetites around 1. */
  readonly electricScale: number;
  readonly waterScale: number;
  readonly baseWatt: number;
  /** Degrees the people set when they can, and the loss of the envelope. */
  readonly comfortC: number;
  readonly lossWPerK: number;
};

export type TownPoint = {
  readonly index: number;
  readonly resource: Resource;
  readonly role: 'consumer' | 'house';
  readonly house: string;
  /** Null for a house meter. */
  readonly home: number | null;
  /** The house meter's point that this one is a part of. */
  readonly parent: number | null;
};

export type TownMeter = {
  readonly index: number;
  readonly point: number;
  readonly resource: Resource;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly protocol: 'wmbus' | 'iec62056-21' | 'pulse';
  readonly radioId: string | null;
  readonly radioVersion: number | null;
  readonly deviceType: number;
  /** Digits before and after the point of the dial, which shows kWh or m³. */
  readonly digits: number;
  readonly decimals: number;
  /** AES-128 key of the radio; null without radio. */
  readonly key: Uint8Array | null;
  readonly security: 0 | 5 | 7;
  readonly fromAt: Instant;
  /** Null while it still hangs. */
  readonly toAt: Instant | null;
};

/**
 * Register values at `fromAt + i * 1 h`; NaN where nothing was ever delivered. Integers in the
 * catalogue's scale.
 */
export type TownSeries = {
  readonly meter: number;
  readonly register: number;
  readonly values: Float64Array;
};

export type TownFault = {
  readonly kind: 'leak' | 'stuck' | 'slowed' | 'exchange' | 'late' | 'gap';
  readonly meters: readonly number[];
  readonly fromAt: Instant;
  /** Null while it lasts. */
  readonly toAt: Instant | null;
  /** Litres per hour of a leak, share measured of a slowed meter; 0 where it has no meaning. */
  readonly amount: number;
  /** When late data came in. */
  readonly receivedAt?: Instant;
};

export type Town = {
  readonly seed: number;
  readonly zone: string;
  readonly fromAt: Instant;
  /** Instant of the last reading. */
  readonly toAt: Instant;
  /** Number of instants, `hours + 1`. */
  readonly slots: number;
  /** Outdoor temperature at each instant, hundredths of a degree. */
  readonly weatherCdeg: Int16Array;
  readonly homes: readonly TownHome[];
  readonly points: readonly TownPoint[];
  readonly meters: readonly TownMeter[];
  readonly series: readonly TownSeries[];
  /** Ground truth for tests; no analytics may see it. */
  readonly faults: readonly TownFault[];
};
