/**
 * Hourly registers as the storage tiers want them: month and day arrays of increments
 * (storage-and-sync.md 1.5), rows for the last days, daily use of civil days.
 */
import { DAY_MS, HOUR_MS, type Instant } from '#lib/base/interval.ts';
import type { TownSeries } from '#lib/sim/town/types.ts';

export type PackedSpan = {
  readonly startAt: Instant;
  readonly base: number;
  readonly present: string;
  readonly d: readonly number[];
};

/** Packs `hours` slots from `startAt`; null when nothing was delivered there. */
export function packSpan(
  values: Float64Array,
  span: { fromAt: Instant; startAt: Instant; hours: number },
): PackedSpan | null {
  const offset = Math.round((span.startAt - span.fromAt) / HOUR_MS);
  const d = new Array<number>(span.hours).fill(0);
  let present = '';
  let base = NaN;
  let last = NaN;
  for (let i = 0; i < span.hours; i++) {
    const value = values[offset + i] ?? NaN;
    if (Number.isNaN(value)) {
      present += '0';
      continue;
    }
    present += '1';
    if (Number.isNaN(base)) base = value;
    else d[i] = value - last;
    last = value;
  }
  return Number.isNaN(base) ? null : { startAt: span.startAt, base, present, d };
}

/** UTC months that end before `hotFromAt`, then single UTC days up to it. */
export function coldSpans(
  fromAt: Instant,
  hotFromAt: Instant,
): { kind: 'month' | 'day'; startAt: Instant; hours: number }[] {
  const spans: { kind: 'month' | 'day'; startAt: Instant; hours: number }[] = [];
  const first = new Date(fromAt);
  let at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), 1);
  for (;;) {
    const d = new Date(at);
    const next = Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 1);
    if (next > hotFromAt) break;
    spans.push({ kind: 'month', startAt: at, hours: (next - at) / HOUR_MS });
    at = next;
  }
  for (; at < hotFromAt; at += DAY_MS) spans.push({ kind: 'day', startAt: at, hours: 24 });
  return spans;
}

export const utcDate = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

/** Register value at a slot, interpolated between neighbours; NaN outside what was delivered. */
export function valueAt(values: Float64Array, slot: number): number {
  const exact = values[slot] ?? NaN;
  if (!Number.isNaN(exact)) return exact;
  let a = slot;
  while (a >= 0 && Number.isNaN(values[a]!)) a--;
  let b = slot;
  while (b < values.length && Number.isNaN(values[b]!)) b++;
  if (a < 0 || b >= values.length) return NaN;
  const share = (slot - a) / (b - a);
  return Math.round(values[a]! + share * (values[b]! - values[a]!));
}

export type DayUse = { readonly used: number | null; readonly coverage: number };

/**
 * Use of every civil day, `dayStarts` being the slots where days begin plus the end of the last.
 * Days cut by the start or end of the series count what lies inside.
 */
export function dailyUse(
  series: TownSeries,
  dayStarts: readonly number[],
  mean: boolean,
): DayUse[] {
  const { values } = series;
  let first = 0;
  while (first < values.length && Number.isNaN(values[first]!)) first++;
  let last = values.length - 1;
  while (last >= 0 && Number.isNaN(values[last]!)) last--;
  return dayStarts.slice(0, -1).map((start, i) => {
    const end = dayStarts[i + 1]!;
    const [from, to] = [Math.max(start, first), Math.min(end, last)];
    if (to <= from) return { used: null, coverage: 0 };
    let present = 0;
    let sum = 0;
    for (let s = start; s < end; s++) {
      const value = values[s] ?? NaN;
      if (Number.isNaN(value)) continue;
      present++;
      sum += value;
    }
    const coverage = Math.round((100 * present) / (end - start));
    if (mean) return { used: present > 0 ? Math.round(sum / present) : null, coverage };
    return { used: valueAt(values, to) - valueAt(values, from), coverage };
  });
}
