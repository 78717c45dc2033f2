/**
 * The polyline of B-76: the mean of the comparable meters of an object in each bucket. A meter
 * without a value in a bucket is left out of it; below `least` values there is no point, because a
 * mean of two tells one neighbour about the other.
 */
export const LEAST_FOR_AVERAGE = 5;

export function averageLine(
  members: readonly (readonly (number | null)[])[],
  least: number = LEAST_FOR_AVERAGE,
): (number | null)[] {
  const buckets = Math.max(0, ...members.map((m) => m.length));
  return Array.from({ length: buckets }, (_, i) => {
    const known = members.flatMap((m) => m[i] ?? []);
    if (known.length < least) return null;
    return Math.round(known.reduce((a, b) => a + b, 0) / known.length);
  });
}
