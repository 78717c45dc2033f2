/**
 * Consumption of a metering point whose meters followed one another (X18): each meter counts from
 * its start register to its end register, therefore an exchange makes no step.
 *
 * It knows stays, readings and registers written down at their ends; it knows no table and no
 * screen. server/readings computes every bill and chart of a point through it.
 */
import type { Instant } from '#lib/base/interval.ts';
import { courseOf, type Course } from './register-course.ts';
import { usageBetween, type Usage } from './usage.ts';

export type PointValue = { readonly at: Instant; readonly value: number };

/** One register of one meter while it hangs at the point. */
export type MeterStay = {
  readonly fromAt: Instant;
  /** Null while it hangs. */
  readonly toAt: Instant | null;
  /** Where the dial rolls over; null when it does not. */
  readonly modulus: number | null;
  readonly multiplier: number;
  /** Registers written down when the meter was hung and taken off. */
  readonly written: readonly PointValue[];
  /** Trusted readings by time. */
  readonly readings: readonly PointValue[];
};

/**
 * The stretches of known consumption in a stay. What was read while the meter hung elsewhere, or
 * lay on a bench, is not the point's. A stay without a written end ends with its last reading: what
 * went through afterwards is unknown, not nought.
 */
export function stayCourses(stay: MeterStay): Course[] {
  const { fromAt, toAt, modulus } = stay;
  const inside = stay.readings.filter(({ at }) => at >= fromAt && (toAt === null || at <= toAt));
  // Of two values at one instant the reading counts: it may have been corrected.
  const points = new Map(stay.written.map(({ at, value }) => [at, value]));
  for (const { at, value } of inside) points.set(at, value);
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  return courseOf({ at: sorted.map((p) => p[0]), value: sorted.map((p) => p[1]) }, modulus);
}

/** Usage of the buckets `[bounds[i], bounds[i + 1])` over all meters of a point. */
export const pointUsage = (stays: readonly MeterStay[], bounds: readonly Instant[]): Usage[] =>
  sumUsage(
    stays.map((stay) => usageBetween(stayCourses(stay), bounds, stay.multiplier)),
    bounds,
  );

/** Meters that followed one another: amounts add up, so do the measured shares. */
export function sumUsage(parts: readonly Usage[][], bounds: readonly Instant[]): Usage[] {
  const nothing = usageBetween([], bounds);
  return nothing.map((start, i) =>
    parts.reduce<Usage>((sum, part) => {
      const { units, coverage } = part[i]!;
      return {
        units: sum.units === null && units === null ? null : (sum.units ?? 0) + (units ?? 0),
        coverage: Math.min(100, sum.coverage + coverage),
      };
    }, start),
  );
}
