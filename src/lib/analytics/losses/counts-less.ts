/**
 * A meter that began to count less while its neighbours did not (analytics.md 3, "lasting fall of
 * the member's share").
 *
 * It knows daily use of one meter and what is usual among meters of the same resource; it names no
 * cause: a slow meter, a wrong pulse weight and somebody who moved out look alike. Days that were
 * not delivered are left out on both sides.
 */
import { mean, median } from '../statistics.ts';

export type CountsLess = {
  /** First day of the lower level, counted from the start of the series. */
  readonly sinceDay: number;
  /** Level after over level before, both as shares of the neighbours' use; 0.55 = 45 % less. */
  readonly ratio: number;
  /** How many standard errors lie between the two levels. */
  readonly score: number;
};

const WEEK = 7;
/** Four weeks on each side: holidays are shorter. */
const LEAST_WEEKS = 4;
const MOST_RATIO = 0.75;
const LEAST_SCORE = 8;

/**
 * `daily` ends now, null = not known; `usual` is the neighbours' median of the same days. Null =
 * nothing stands out.
 */
export function findCountsLess(
  daily: readonly (number | null)[],
  usual: readonly (number | null)[],
): CountsLess | null {
  const weeks = weeklyShares(daily, usual);
  let best: CountsLess | null = null;
  for (let k = LEAST_WEEKS; k <= weeks.length - LEAST_WEEKS; k++) {
    const split = compare(weeks.slice(0, k), weeks.slice(k));
    if (split && split.score > (best?.score ?? 0)) best = { ...split, sinceDay: weeks[k]!.day };
  }
  return best && best.score >= LEAST_SCORE && best.ratio <= MOST_RATIO ? best : null;
}

type Week = { readonly day: number; readonly share: number };

/** Use of a week over the neighbours' use of the same days; weeks end at the series' end. */
function weeklyShares(
  daily: readonly (number | null)[],
  usual: readonly (number | null)[],
): Week[] {
  const weeks: Week[] = [];
  for (let day = daily.length % WEEK; day + WEEK <= daily.length; day += WEEK) {
    let own = 0;
    let theirs = 0;
    let known = 0;
    for (let i = day; i < day + WEEK; i++) {
      const [x, u] = [daily[i], usual[i]];
      if (x === null || x === undefined || u === null || u === undefined || u <= 0) continue;
      own += x;
      theirs += u;
      known++;
    }
    if (known > WEEK / 2) weeks.push({ day, share: own / theirs });
  }
  return weeks;
}

function compare(
  before: readonly Week[],
  after: readonly Week[],
): Omit<CountsLess, 'sinceDay'> | null {
  const [b, a] = [before.map((w) => w.share), after.map((w) => w.share)];
  const [high, low] = [median(b), median(a)];
  // A meter that stands still is another finding.
  if (high <= 0 || low <= 0 || low >= high) return null;
  const squares = [...b.map((x) => (x - mean(b)) ** 2), ...a.map((x) => (x - mean(a)) ** 2)];
  const spread = Math.sqrt(squares.reduce((sum, x) => sum + x, 0) / (squares.length - 2));
  const error = Math.max(spread, high * 0.02) * Math.sqrt(1 / b.length + 1 / a.length);
  return { ratio: low / high, score: (mean(b) - mean(a)) / error };
}
