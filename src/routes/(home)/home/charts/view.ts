/**
 * A chart as its page shows it: exact integers of the wire become figures of the axis, buckets get
 * their names. Knows no component. The charts page and its parts call it.
 */
import type { Chart, ChartSeries } from '#lib/contract/home-charts.ts';
import type { HomeMeter } from '#lib/contract/home-life.ts';
import { formatNumber, formatQuantity } from '#lib/i18n/format.ts';
import { quantityParts, type Unit } from '#lib/i18n/parts.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import type { BarSeries } from '#lib/ui/charts/BarChart.svelte';
import { patternsOf } from '#lib/ui/charts/pattern.ts';
import { colourOf } from '../colours.ts';
import { billUnit } from '../words.ts';

/** Series that may share one value axis, because a person reads them in one unit. */
export type Plot = {
  readonly unit: Unit;
  readonly unitName: string;
  readonly series: readonly ChartSeries[];
  readonly bars: readonly BarSeries[];
};

const WH_PER_GCAL = 1_163_000;

/** Figure on the axis for one integer of the series. */
export function axisValue(value: number | null, series: ChartSeries, unit: Unit): number | null {
  if (value === null) return null;
  const base = value * 10 ** series.scale;
  if (unit === 'Wh') return base / 1000;
  return unit === 'Gcal' ? base / WH_PER_GCAL : base;
}

export const unitOf = (series: ChartSeries, currency: string): Unit =>
  billUnit(series.unit, series.resource, currency);

/** One plot a unit. A meter keeps the pattern it has among all `meters` of the home. */
export function plotsOf(chart: Chart, meters: readonly HomeMeter[]): Plot[] {
  const known = meters.length ? meters : chart.series;
  const patterns = patternsOf(known.map((one) => one.resource));
  const patternOf = (pointId: number) =>
    patterns[known.findIndex((one) => one.pointId === pointId)] ?? 'solid';
  const units = [...new Set(chart.series.map((series) => unitOf(series, chart.currency)))];
  return units.map((unit) => {
    const series = chart.series.filter((one) => unitOf(one, chart.currency) === unit);
    return {
      unit,
      unitName: quantityParts(0, unit).unit,
      series,
      bars: series.map((one) => ({
        name: one.name,
        colour: colourOf(one.colour, one.resource),
        pattern: patternOf(one.pointId),
        values: one.values.map((value) => axisValue(value, one, unit)),
        estimated: one.estimated,
      })),
    };
  });
}

export const lineOf = (values: readonly (number | null)[], series: ChartSeries, unit: Unit) =>
  values.map((value) => axisValue(value, series, unit));

/**
 * Whole percents by which the finished days differ from the same days a year before; null where a
 * day of either is unknown, because half a comparison is none.
 */
export function yearChange({ values, lastYear, forecast }: ChartSeries): number | null {
  const finished = forecast?.fromBucket ?? values.length;
  const [now, before] = [values.slice(0, finished), (lastYear ?? []).slice(0, finished)];
  if (finished === 0 || before.length < finished) return null;
  if ([...now, ...before].some((value) => value === null)) return null;
  const sum = (list: readonly (number | null)[]): number =>
    list.reduce<number>((total, value) => total + (value ?? 0), 0);
  return sum(before) > 0 ? Math.round((sum(now) / sum(before) - 1) * 100) : null;
}

/** Axis figures need as many decimals as their steps, two at most. */
export const axisText = (value: number): string =>
  formatNumber(value, { decimals: [0, 1].find((n) => isWhole(value * 10 ** n)) ?? 2 });
const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-9;

/** Exact text of one value, as in the table and the readout. */
export const valueText = (value: number | null, series: ChartSeries, unit: Unit): string =>
  value === null ? m.home_no_value() : formatQuantity({ units: value, scale: series.scale }, unit);
