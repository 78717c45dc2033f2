/** What is usual for one home: the marks of the vial and of a plausibility sentence. */
import { quantile } from './statistics.ts';

/** 10th and 90th percentile of use a day; null with fewer than two weeks of whole days. */
export function usualPerDay(daily: readonly (number | null)[]): readonly [number, number] | null {
  const known = daily.filter((x): x is number => x !== null);
  if (known.length < 14) return null;
  // Readings are weeks apart more often than a day, so single empty days must not set the mark.
  const weekly: number[] = [];
  for (let i = 0; i + 7 <= daily.length; i++) {
    const week = daily.slice(i, i + 7);
    if (week.every((x) => x !== null)) {
      weekly.push(week.reduce<number>((a, b) => a + b!, 0) / 7);
    }
  }
  const list = weekly.length >= 7 ? weekly : known;
  return [Math.round(quantile(list, 0.1)), Math.round(quantile(list, 0.9))];
}

/**
 * Usual cost of a month: middle four fifths of the last twelve months. Where seasons rule
 * (heating), the same month of last year with 15 % either way: other months say nothing about it.
 */
export function usualMonth(
  months: readonly number[],
  { seasonal, sameLastYear }: { seasonal: boolean; sameLastYear: number | null },
): readonly [number, number] | null {
  if (seasonal) {
    return sameLastYear === null
      ? null
      : [Math.round(sameLastYear * 0.85), Math.round(sameLastYear * 1.15)];
  }
  if (months.length < 3) return null;
  return [Math.round(quantile(months, 0.1)), Math.round(quantile(months, 0.9))];
}
