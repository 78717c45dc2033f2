/**
 * A meter that stopped counting while its neighbours go on (analytics.md 3, "zero tail").
 *
 * It knows daily use of one meter and what is usual among meters of the same resource; a home that
 * stands empty looks the same, which is why the finding asks for a look and says no more.
 */
export type Standstill = {
  /** First day without use, counted from the start of the series. */
  readonly sinceDay: number;
  /** Days without use that were delivered, while the neighbours used something. */
  readonly days: number;
};

/** A week away is common, two are rare. */
const LEAST_DAYS = 14;
const LIVE_DAYS = 28;
const LEAST_LIVE_SHARE = 0.8;

/** `daily` ends now, null = not known; `usual` is the neighbours' median of the same days. */
export function findStandstill(
  daily: readonly (number | null)[],
  usual: readonly (number | null)[],
): Standstill | null {
  let sinceDay = daily.length;
  let days = 0;
  for (let i = daily.length - 1; i >= 0; i--) {
    if (daily[i] === null) continue;
    if (daily[i]! > 0) break;
    sinceDay = i;
    if ((usual[i] ?? 0) > 0) days++;
  }
  return days >= LEAST_DAYS && wasLive(daily, sinceDay) ? { sinceDay, days } : null;
}

/** Zero is news only where something was counted nearly every day. */
function wasLive(daily: readonly (number | null)[], before: number): boolean {
  const known = daily.slice(Math.max(0, before - LIVE_DAYS), before).filter((x) => x !== null);
  const used = known.filter((x) => x > 0).length;
  return known.length >= LIVE_DAYS / 2 && used / known.length >= LEAST_LIVE_SHARE;
}
