/**
 * Plausibility of one register value against what the meter showed before.
 *
 * It knows registers, dials and the usual range; it knows no screen, no table and no person. The
 * phone calls it to advise before a value is kept, the server calls it again and its verdicts are
 * the ones that are stored. It never blocks a value that a dial can show.
 */
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { dialModulus, isAccumulating } from '#lib/domain/dial.ts';
import { RULES } from './rules.table.ts';
import {
  type ReadingCheck,
  type ReadingFigures,
  type VerdictCode,
  type VerdictLevel,
} from './types.ts';

export type Verdict = { readonly code: VerdictCode; readonly level: VerdictLevel };
export type ReadingVerdict = {
  /** In the order of the rule table; empty = plausible. */
  readonly verdicts: readonly Verdict[];
  /** `doubt` asks for a second look and a photo; `refuse` is no value of this dial. */
  readonly level: 'accept' | VerdictLevel;
  readonly figures: ReadingFigures;
};

/** A month in sentences: 365.2425 / 12 days, in thousandths. */
const MONTH_MILLIDAYS = 30_437n;

/** Checks one value; the same input gives the same verdicts on phone and server. */
export function validateReading(check: ReadingCheck): ReadingVerdict {
  const figures = figuresOf(check);
  const facts = { check, figures, modulus: BigInt(dialModulus(check.register, check.digits)) };
  const verdicts: Verdict[] = [];
  for (const rule of RULES) {
    if (!rule.test(facts)) continue;
    verdicts.push({ code: rule.code, level: rule.level });
    // A rule that explains the value makes the weaker ones behind it noise.
    if (rule.final) break;
  }
  const worst = (['refuse', 'doubt', 'note'] as const).find((level) =>
    verdicts.some((v) => v.level === level),
  );
  const round = verdicts.some((v) => v.code === 'rollover');
  return {
    verdicts,
    level: worst ?? 'accept',
    figures: round ? figuresOf(check, facts.modulus) : figures,
  };
}

function figuresOf(check: ReadingCheck, over = 0n): ReadingFigures {
  const before = check.history.filter(([at]) => at < check.at);
  const newest = before.reduce<readonly [Instant, bigint] | null>(
    (best, row) => (best === null || row[0] > best[0] ? row : best),
    null,
  );
  const usual = check.usualPerDay ?? usualFromHistory(before);
  const usualPerMonth = usual && ([perMonth(usual[0]), perMonth(usual[1])] as const);
  if (!newest || !isAccumulating(check.register)) {
    return {
      last: newest?.[1] ?? null,
      lastAt: newest?.[0] ?? null,
      days: newest ? (check.at - newest[0]) / DAY_MS : 0,
      difference: null,
      perDay: null,
      perMonth: null,
      usualPerMonth,
    };
  }
  const [lastAt, last] = newest;
  const elapsedMs = check.at - lastAt;
  const difference = check.value - last + over;
  const daily = (difference * BigInt(DAY_MS)) / BigInt(elapsedMs);
  return {
    last,
    lastAt,
    days: elapsedMs / DAY_MS,
    difference,
    perDay: daily,
    perMonth: (difference * BigInt(DAY_MS) * MONTH_MILLIDAYS) / (BigInt(elapsedMs) * 1000n),
    usualPerMonth,
  };
}

const perMonth = (daily: bigint): bigint => (daily * MONTH_MILLIDAYS) / 1000n;

/** From the steps between stored values when nobody worked out the range from daily data. */
function usualFromHistory(
  history: readonly (readonly [Instant, bigint])[],
): readonly [bigint, bigint] | null {
  const rows = [...history].sort((a, b) => a[0] - b[0]);
  const daily: bigint[] = [];
  for (let i = 1; i < rows.length; i++) {
    const [from, to] = [rows[i - 1]!, rows[i]!];
    if (to[1] < from[1] || to[0] - from[0] < DAY_MS / 2) continue;
    daily.push(((to[1] - from[1]) * BigInt(DAY_MS)) / BigInt(to[0] - from[0]));
  }
  if (daily.length < 3) return null;
  daily.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return [daily[0]!, daily.at(-1)!];
}
