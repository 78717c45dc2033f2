/**
 * Names of a chart, its buckets and its axis in the reader's language. Knows no values. The charts
 * page and its parts call it.
 */
import type { Chart } from '#lib/contract/home-charts.ts';
import { formatDate } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import type { Bucket } from '#lib/ui/charts/BarChart.svelte';
import { capital } from '../words.ts';

/** Short name under the axis and the whole name for readout and screen reader. */
export function bucketsOf(chart: Chart): Bucket[] {
  return chart.buckets.map(({ key, fromAt }) => ({
    label: labelOf(chart, key),
    spoken: nameOf(chart, key, fromAt),
  }));
}

function labelOf(chart: Chart, key: string): string {
  if (chart.span === 'year') return formatDate(key, 'monthNarrow');
  if (chart.span === 'month') return String(Number(key.slice(8)));
  return key;
}

function nameOf(chart: Chart, key: string, fromAt: number): string {
  if (chart.span === 'year') return capital(formatDate(key, 'monthYear'));
  if (chart.span === 'month') return capital(formatDate(key, 'weekday'));
  const from = `${key.padStart(2, '0')}:00`;
  const to = `${String((Number(key) + 1) % 24).padStart(2, '0')}:00`;
  if (chart.span === 'profile') return `${from}–${to}`;
  return `${formatDate(fromAt, 'day', chart.zone)}, ${from}–${to}`;
}

export function titleOf(chart: Chart): string {
  if (chart.span === 'year') return chart.anchor.slice(0, 4);
  if (chart.span === 'month') return capital(formatDate(chart.anchor.slice(0, 7), 'monthYear'));
  if (chart.span === 'day') return capital(formatDate(chart.anchor, 'weekday'));
  return m.home_profile_title();
}

export const perSpan = (chart: Chart, unit: string): string =>
  chart.span === 'year'
    ? m.home_per_month({ unit })
    : chart.span === 'month'
      ? m.home_per_day({ unit })
      : m.home_per_hour({ unit });
