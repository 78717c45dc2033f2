/**
 * One meter's findings from what is known of it. Pure: findings.ts reads, this file weighs,
 * lib/analytics measures.
 */
import { addDays, startOfDay, type CivilDate } from '#lib/base/civil.ts';
import { HOUR_MS, type Instant } from '#lib/base/interval.ts';
import { findLeak } from '#lib/analytics/leaks/never-stops.ts';
import { findCountsLess } from '#lib/analytics/losses/counts-less.ts';
import { findStandstill } from '#lib/analytics/losses/stands-still.ts';
import { CRITICAL_KINDS, FINDING_KINDS, type FindingKind } from '#lib/domain/finding.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { hourlyUse } from '#lib/vee/validate-series.ts';
import type { StoredReading } from '#server/readings/types.ts';
import type { CheckedMeter, Count, Delivered, NewFinding, Report } from './findings-store.ts';

/** Whoever delivered more than a day's hours in ten days is expected to go on. */
const REGULAR_READINGS = 24;
const SILENT_MS = 24 * HOUR_MS;

export type Known = {
  readonly meter: CheckedMeter;
  /** Readings of the last days, by time; of a silent meter those before its last one. */
  readonly series: readonly StoredReading[];
  /** Daily use of the last half year, and what is usual among meters of its kind. */
  readonly daily: readonly (number | null)[];
  readonly usual: readonly (number | null)[];
  readonly conflicts: Count | undefined;
  readonly reports: readonly Report[];
};

export type Window = {
  readonly now: Instant;
  /** The whole hour at which `hours` hourly values begin. */
  readonly from: Instant;
  readonly hours: number;
  readonly firstDay: CivilDate;
  readonly zone: string;
};

type Found = {
  readonly kind: FindingKind;
  readonly sinceAt: Instant;
  readonly amount: number | null;
};

export function judgeMeter(known: Known, window: Window): NewFinding[] {
  const found = [
    ...leakOf(known, window),
    ...levelOf(known, window),
    ...silenceOf(known, window),
    ...doubtsOf(known),
    ...known.reports
      .filter(isKind)
      .map(({ code, sinceAt, n }) => ({ kind: code, sinceAt, amount: n })),
  ];
  const { meterId, pointId } = known.meter;
  return found.map((one) => ({
    ...one,
    meterId,
    pointId,
    level: CRITICAL_KINDS.includes(one.kind) ? 'critical' : 'attention',
  }));
}

const isKind = (report: Report): report is Report & { code: FindingKind } =>
  FINDING_KINDS.some((kind) => kind === report.code);

/** How many of the last day's hours arrived. Readings by hand are not expected by the hour. */
export function deliveryOf({ meter, series }: Known, now: Instant): Delivered {
  const { meterId, pointId } = meter;
  const fresh = series.filter((r) => r.at >= now - SILENT_MS && r.at < now).length;
  return {
    meterId,
    pointId,
    lastAt: series.at(-1)?.at ?? null,
    expected: series.length > REGULAR_READINGS ? 24 : 0,
    delivered: series.length > REGULAR_READINGS ? Math.min(fresh, 24) : 0,
  };
}

/** Only where people use water: through a house's own meter some always runs. */
function leakOf({ meter, series }: Known, { from, hours }: Window): Found[] {
  if (!meter.resource.endsWith('-water') || meter.role === 'house') return [];
  const values = new Float64Array(hours + 1).fill(NaN);
  let last = 0;
  for (const { at, value } of series) {
    const slot = (at - from) / HOUR_MS;
    if (!Number.isInteger(slot) || slot < 0 || slot > hours) continue;
    values[slot] = Number(value);
    last = slot;
  }
  const found = findLeak(hourlyUse(values.subarray(0, last + 1)));
  if (!found) return [];
  const sinceAt = from + found.sinceSlot * HOUR_MS;
  return [{ kind: found.kind, sinceAt, amount: Math.round(found.perHour) }];
}

function levelOf({ meter, daily, usual }: Known, { firstDay, zone }: Window): Found[] {
  if (meter.role === 'house') return [];
  const startOf = (day: number): Instant => startOfDay(addDays(firstDay, day), zone);
  const still = findStandstill(daily, usual);
  if (still) {
    return [{ kind: 'stands-still', sinceAt: startOf(still.sinceDay), amount: still.days }];
  }
  const less = findCountsLess(daily, usual);
  if (!less) return [];
  const amount = Math.round((1 - less.ratio) * 100);
  return [{ kind: 'counts-less', sinceAt: startOf(less.sinceDay), amount }];
}

function silenceOf({ series }: Known, { now }: Window): Found[] {
  const last = series.at(-1);
  if (!last || series.length <= REGULAR_READINGS || now - last.at < SILENT_MS) return [];
  const amount = Math.floor((now - last.at) / HOUR_MS);
  return [{ kind: 'silent', sinceAt: last.at, amount }];
}

function doubtsOf({ series, conflicts }: Known): Found[] {
  const suspect = series.filter((r) => unpackStatus(r.status).quality === 'suspect');
  const found: Found[] = [];
  if (suspect.length > 0) {
    found.push({ kind: 'suspect-readings', sinceAt: suspect[0]!.at, amount: suspect.length });
  }
  if (conflicts) {
    found.push({ kind: 'conflict', sinceAt: conflicts.sinceAt, amount: conflicts.n });
  }
  return found;
}
