/**
 * Order statistics and small regressions over plain number arrays.
 *
 * It knows numbers only. Statistics may be floats (they are never billed); anything that goes back
 * into money or registers is rounded by the caller. Every part of lib/analytics may call it.
 */
export const mean = (list: readonly number[]): number =>
  list.length === 0 ? NaN : list.reduce((a, b) => a + b, 0) / list.length;

/** Linear interpolation between closest ranks; NaN of nothing. */
export function quantile(list: readonly number[], q: number): number {
  if (list.length === 0) return NaN;
  const sorted = [...list].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}

export const median = (list: readonly number[]): number => quantile(list, 0.5);

/** Mean without the lowest and highest `share` of the list. */
export function trimmedMean(list: readonly number[], share: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length * share);
  return mean(sorted.slice(cut, sorted.length - cut));
}

/** Least squares line y = a + b x with b >= 0; `error` is the sum of squared residuals. */
export function risingLine(
  x: readonly number[],
  y: readonly number[],
): { a: number; b: number; error: number } {
  const [mx, my] = [mean(x), mean(y)];
  let sxx = 0;
  let sxy = 0;
  for (let i = 0; i < x.length; i++) {
    sxx += (x[i]! - mx) ** 2;
    sxy += (x[i]! - mx) * (y[i]! - my);
  }
  const b = sxx > 0 ? Math.max(0, sxy / sxx) : 0;
  const a = my - b * mx;
  let error = 0;
  for (let i = 0; i < x.length; i++) error += (y[i]! - a - b * x[i]!) ** 2;
  return { a, b, error };
}
