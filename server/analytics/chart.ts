/**
 * Bars of one or several points: months, days, hours or the mean day, each with what it is compared
 * with (B-76, B-78, B-83).
 *
 * It knows spans and buckets; it knows no pixel. Hours need the resident's consent, the other spans
 * do not.
 */
import type pg from 'pg';
import { addDays, civilDate } from '#lib/base/civil.ts';
import type { Instant } from '#lib/base/interval.ts';
import type { Chart, ChartAsk } from '#lib/contract/home-charts.ts';
import type { Caller } from '#server/api/trpc.ts';
import { AppError } from '#server/errors.ts';
import { chartDays } from './chart-days.ts';
import { chartHours } from './chart-hours.ts';
import { neighbours, type ChartInput } from './chart-span.ts';
import { findPoint, withinOf } from './home-scope.ts';

/** Throws `not-found` for points of another home and `invalid` for an anchor of another span. */
export async function readChart(
  client: pg.ClientBase,
  who: { caller: Caller; now: Instant },
  ask: ChartAsk,
): Promise<Chart> {
  const { home } = await findPoint(client, who.caller, ask.pointIds[0]!);
  const points = ask.pointIds.map((id) => {
    const point = home.points.find((p) => p.pointId === id);
    if (!point) throw new AppError('not-found', 'This metering point is not one of your home.');
    return point;
  });
  const today = civilDate(who.now, home.zone);
  const anchor = anchorOf(ask, today);
  const input = { home, points, span: ask.span, anchor, today, now: who.now };
  const hourly = ask.span === 'day' || ask.span === 'profile';
  if (hourly && home.hourlyFrom === null) return withoutConsent(input);
  return hourly ? chartHours(client, input) : chartDays(client, input);
}

const SHAPES: Readonly<Record<ChartAsk['span'], RegExp>> = {
  year: /^\d{4}$/,
  month: /^\d{4}-\d{2}$/,
  day: /^\d{4}-\d{2}-\d{2}$/,
  profile: /^\d{4}-\d{2}-\d{2}$/,
};

/** A longer anchor is cut to the span, a missing or shorter one becomes the present. */
function anchorOf({ span, anchor }: ChartAsk, today: string): string {
  const length = span === 'year' ? 4 : span === 'month' ? 7 : 10;
  // Yesterday is the last day with all its hours.
  const present = span === 'day' ? addDays(today, -1) : today;
  const wanted = anchor && anchor.length >= length ? anchor : present;
  const cut = wanted.slice(0, length);
  if (!SHAPES[span].test(cut) || Number.isNaN(Date.parse(cut))) {
    throw new AppError('invalid', 'This is no date of the calendar.');
  }
  return cut > today.slice(0, length) ? today.slice(0, length) : cut;
}

const withoutConsent = (input: ChartInput): Chart => ({
  status: 'needs-consent',
  span: input.span,
  anchor: input.anchor,
  ...neighbours(input),
  zone: input.home.zone,
  within: withinOf(input.home),
  currency: input.home.currency,
  buckets: [],
  outdoorCdeg: [],
  series: [],
});
