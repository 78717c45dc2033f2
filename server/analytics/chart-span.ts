/** What a chart was asked for, and the anchors before and behind it. */
import { addDays, addMonths, civilDate } from '#lib/base/civil.ts';
import type { Instant } from '#lib/base/interval.ts';
import type { ChartAsk } from '#lib/contract/home-charts.ts';
import type { HomePoint, HomeScope } from './types.ts';

export type ChartInput = {
  readonly home: HomeScope;
  readonly points: readonly HomePoint[];
  readonly span: ChartAsk['span'];
  readonly anchor: string;
  readonly today: string;
  readonly now: Instant;
};

/** Null where there is no data further back, or only the future. */
export function neighbours(input: ChartInput): { previous: string | null; next: string | null } {
  const { span, anchor, today, home } = input;
  const length = anchor.length;
  const since = Math.max(home.sinceAt, Math.min(...input.points.map(firstAt)));
  const first = civilDate(since, home.zone).slice(0, length);
  const step = (by: number): string =>
    span === 'year'
      ? String(Number(anchor) + by)
      : span === 'month'
        ? addMonths(anchor, by)
        : addDays(anchor, span === 'day' ? by : by * 28);
  const [previous, next] = [step(-1), step(1)];
  return {
    previous: previous >= first ? previous : null,
    next: next <= today.slice(0, length) ? next : null,
  };
}

const firstAt = (point: HomePoint): Instant => point.meters[0]?.fromAt ?? 0;
