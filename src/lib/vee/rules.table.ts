/**
 * The plausibility rules, strongest first. Levels: `refuse` cannot be a value of this dial, `doubt`
 * asks for a second look (and a photo), `note` is kept beside the value without asking anything.
 */
import { MINUTE_MS } from '#lib/base/interval.ts';
import { isAccumulating } from '#lib/domain/dial.ts';
import type { Rule, RuleFacts } from './types.ts';

/** Largest use in a day that a dwelling's connection lets through, in register units. */
const LIMIT_PER_DAY: Readonly<Record<string, bigint>> = {
  // 3 x 63 A at 230 V for 24 h.
  energy: 1_043_000n,
  // Overload flow Q4 of a DN 20 meter, 5 m³/h (ISO 4064-1 table 1, Q3 = 4).
  volume: 120_000n,
};

/** A device clock that runs more than three minutes ahead dates values into the future. */
const CLOCK_LIMIT_MS = 3 * MINUTE_MS;

/** How far above the usual a value may lie: short spans vary more than long ones. */
const tolerance = (days: number): number => 2 + 4 / Math.sqrt(Math.max(1, days));

const usualPerDay = ({ check, figures }: RuleFacts): readonly [number, number] | null => {
  const usual = check.usualPerDay;
  if (usual) return [Number(usual[0]), Number(usual[1])];
  const monthly = figures.usualPerMonth;
  return monthly && [Number(monthly[0]) / 30.437, Number(monthly[1]) / 30.437];
};

/** Ten of the smallest steps a dial shows: nothing below that is worth a question. */
const SLACK = 10;

function isRollover({ check, figures, modulus }: RuleFacts): boolean {
  if (figures.last === null || figures.difference === null || figures.difference >= 0n)
    return false;
  const round = figures.difference + modulus;
  // Only a dial near its end goes round: the last value in the last tenth, the new in the first.
  if (figures.last < (modulus * 9n) / 10n || check.value > modulus / 10n) return false;
  const usual = usualPerDay({ check, figures, modulus });
  const most = usual ? usual[1] * tolerance(figures.days) * Math.max(1, figures.days) + SLACK : 0;
  return usual === null || Number(round) <= most;
}

/** A new meter starts near zero: no more than two months of the usual use are on its dial. */
function isReplaced({ check, figures, modulus }: RuleFacts): boolean {
  if (figures.last === null || figures.difference === null || figures.difference >= 0n)
    return false;
  const usual = usualPerDay({ check, figures, modulus });
  const start = usual ? Math.max(1000, usual[1] * 60) : 1000;
  return Number(check.value) <= start && figures.last > check.value * 5n;
}

function isTooHigh(facts: RuleFacts): boolean {
  const { figures } = facts;
  const usual = usualPerDay(facts);
  if (!usual || figures.difference === null || figures.difference <= 0n) return false;
  const days = Math.max(figures.days, 1 / 24);
  const most = usual[1] * tolerance(days) * Math.max(days, 0.25) + SLACK;
  return Number(figures.difference) > most;
}

function isTooLow(facts: RuleFacts): boolean {
  const { figures } = facts;
  const usual = usualPerDay(facts);
  // Below a week a home may simply have been empty.
  if (!usual || figures.perDay === null || figures.days < 7 || usual[0] <= 0) return false;
  return figures.difference! > 0n && Number(figures.perDay) < usual[0] / 4;
}

function isEqual(facts: RuleFacts): boolean {
  const { figures } = facts;
  if (figures.difference !== 0n) return false;
  const usual = usualPerDay(facts);
  // Equal is remarkable only where something should have been counted.
  if (!usual) return figures.days >= 7;
  return usual[0] * figures.days > 3 * SLACK || (figures.days >= 3 && usual[1] > 0);
}

/** Source: the four cases of the reader's screens and the VEE list; each row names its own. */
export const RULES: readonly Rule[] = [
  // analytics.md 4 "negative": an accumulating register has no sign.
  {
    code: 'negative',
    level: 'refuse',
    final: true,
    test: ({ check }) => isAccumulating(check.register) && check.value < 0n,
  },
  // analytics.md 4 "rollover (r mod 10^d)": more digits than the dial has.
  {
    code: 'beyond-dial',
    level: 'refuse',
    final: true,
    test: ({ check, modulus }) => isAccumulating(check.register) && check.value >= modulus,
  },
  // analytics.md 4 "time": more than three minutes of drift fail.
  {
    code: 'clock',
    level: 'doubt',
    final: false,
    test: ({ check }) =>
      check.receivedAt !== undefined && check.at - check.receivedAt > CLOCK_LIMIT_MS,
  },
  // product.md 5.1.5, four cases: lower, explained by a dial that went round.
  { code: 'rollover', level: 'doubt', final: true, test: isRollover },
  // product.md 5.1.5: lower, explained by another meter.
  { code: 'replaced', level: 'doubt', final: true, test: isReplaced },
  // product.md 5.1.5 case "lower"; analytics.md 4 "register monotone".
  {
    code: 'lower',
    level: 'doubt',
    final: true,
    test: ({ figures }) => figures.difference !== null && figures.difference < 0n,
  },
  // product.md 5.1.5 case "equal".
  { code: 'equal', level: 'doubt', final: true, test: isEqual },
  // analytics.md 4 "max flow (fuse or Qmax)".
  {
    code: 'impossible',
    level: 'doubt',
    final: true,
    test: ({ check, figures }) => {
      const limit = LIMIT_PER_DAY[isEnergy(check.register) ? 'energy' : 'volume']!;
      const usual = check.usualPerDay;
      // A house meter's usual day may exceed a dwelling's connection; then the range decides.
      if (usual && usual[1] > limit / 4n) return false;
      return figures.perDay !== null && figures.days >= 1 && figures.perDay > limit;
    },
  },
  // product.md 5.1.5 case "too high".
  { code: 'too-high', level: 'doubt', final: true, test: isTooHigh },
  // product.md 5.1.5 case "too low".
  { code: 'too-low', level: 'doubt', final: true, test: isTooLow },
];

const isEnergy = (register: number): boolean => register <= 9 || register === 13;
