/**
 * The balance of one house while its meters are still being read: what the common meter counted
 * that no home's meter explains, with an interval that says how little is known yet.
 *
 * It knows values, dials and classes of accuracy; it knows no round, no flat and no words. Meters
 * that answered count as they are, the others go on by their own habit and by how this time's
 * answers differ from theirs. Figures are floats in the register's unit. lib/field calls it.
 */
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { CLASS_ERRORS } from './class-errors.table.ts';
import { flowOf, levelBase, lineOf, type ShownMeter } from './member-flow.ts';
import { comparePeers, memberOf, paceOf, type Member, type Peers } from './peers.ts';
import { findUnusual, type Unusual } from './unusual.ts';

export type BalanceInput = {
  readonly resource: Resource;
  readonly common: ShownMeter;
  readonly members: readonly (ShownMeter & { readonly id: number })[];
  /** Metering points of the group that are not in `members`: counted as homes like the others. */
  readonly elsewhere: number;
};

/** Why there is no figure yet, or the figure. */
export type HouseBalance =
  | { readonly kind: 'common-unread' | 'common-new' | 'no-homes' }
  | { readonly kind: 'too-few'; readonly estimatedShare: number }
  | {
      readonly kind: 'known';
      /** What the common meter counted in `[from, to)`, a day. */
      readonly from: Instant;
      readonly to: Instant;
      readonly housePerDay: number;
      /** Up to here common use and losses of an ordinary house, a day. */
      readonly ordinaryPerDay: number;
      /** Not explained, a day, and the interval that holds it 19 times in 20. */
      readonly perDay: number;
      readonly low: number;
      readonly high: number;
      /** Share of the house's flow that no two values enclose. */
      readonly estimatedShare: number;
      readonly verdict: Verdict;
      readonly unusual: readonly Unusual[];
    };

/**
 * `closes`: nothing but ordinary common use and losses. `short`: more is missing than these.
 * `over`: homes counted more than the house. `early`: too much is estimated to say either.
 */
export type Verdict = 'closes' | 'short' | 'over' | 'early';

/** 97.5 % quantile of the normal distribution: 19 times in 20 between both ends. */
const QUANTILE = 1.96;
/** Above this share of estimates a figure would be a guess. */
const MOST_ESTIMATED = 0.5;
/** Above this share no difference is told to be one (analytics.md 2, balance). */
const ALARM_ESTIMATED = 0.05;
/** Stairwell lamps, cleaning, losses in pipes and cables: part of every house. */
const ORDINARY_SHARE = 0.05;
/** A walk takes its hours at one time of the day, when homes use more or less than the mean. */
const HOUR_OF_DAY = 0.5;
const SEASONAL: readonly Resource[] = ['heat', 'gas'];

/** Never throws; what is missing is a kind of answer. */
export function houseBalance(input: BalanceInput): HouseBalance {
  const { common, members, resource } = input;
  if (!common.now) return { kind: 'common-unread' };
  const line = lineOf(common);
  const to = common.now[0];
  const base = line.isWhole ? levelBase(line, to) : -1;
  if (base < 0) return { kind: 'common-new' };
  if (members.length === 0) return { kind: 'no-homes' };
  const from = line.at[base]!;
  const group = members.map((meter) => memberOf(meter.id, meter, lineOf(meter)));
  const peers = comparePeers(group, SEASONAL.includes(resource));
  const house = line.sum.at(-1)! - line.sum[base]!;
  const sums = addUp(input, { group, peers, span: { from, to } });
  const estimatedShare = house > 0 ? sums.estimated / house : 1;
  if (estimatedShare > MOST_ESTIMATED) return { kind: 'too-few', estimatedShare };
  const days = (to - from) / DAY_MS;
  const error = CLASS_ERRORS[resource];
  const variance = sums.variance + (error * house) ** 2 / 3 + common.resolution ** 2 / 6;
  const half = (QUANTILE * Math.sqrt(variance)) / days;
  const perDay = (house - sums.used) / days;
  const figure = {
    housePerDay: house / days,
    ordinaryPerDay: (ORDINARY_SHARE * house) / days,
    ...{ perDay, low: perDay - half, high: perDay + half },
  };
  const verdict = verdictOf(figure, estimatedShare);
  const unusual = findUnusual(group, peers, perDay >= 0);
  return { kind: 'known', from, to, ...figure, estimatedShare, verdict, unusual };
}

type Group = {
  readonly group: readonly Member[];
  readonly peers: Peers;
  readonly span: { readonly from: Instant; readonly to: Instant };
};

/** All homes together: flows, how far they may be off, and what of them is estimated. */
function addUp({ members, elsewhere, resource }: BalanceInput, { group, peers, span }: Group) {
  const error = CLASS_ERRORS[resource];
  const total = { used: 0, variance: 0, estimated: 0 };
  let missed = 0;
  let habitual = 0;
  for (const [i, member] of group.entries()) {
    const pace = paceOf(member, peers);
    const now = member.actual === null ? pace : { ...pace, perDay: member.actual };
    const flow = flowOf(member.line, span, now);
    total.used += flow.used;
    total.estimated += flow.estimated;
    total.variance += flow.variance + (error * flow.used) ** 2 / 3;
    total.variance += members[i]!.resolution ** 2 / 6;
    missed += flow.missedDays * now.perDay;
    if (member.habit && member.actual === null)
      habitual += peers.shift > 0 ? flow.estimated / peers.shift : 0;
  }
  const days = (span.to - span.from) / DAY_MS;
  const others = elsewhere * peers.level * days;
  const answered = group.filter(({ actual }) => actual !== null).length;
  const spread = peers.levelSd * days;
  total.variance += elsewhere * spread ** 2 + (elsewhere * spread) ** 2 / Math.max(1, answered);
  total.variance += (peers.shiftSd * habitual) ** 2 + (HOUR_OF_DAY * missed) ** 2;
  return {
    used: total.used + others,
    estimated: total.estimated + others,
    variance: total.variance,
  };
}

function verdictOf(
  { ordinaryPerDay, low, high }: { ordinaryPerDay: number; low: number; high: number },
  estimatedShare: number,
): Verdict {
  const isShort = low > ordinaryPerDay;
  if (!isShort && high >= 0) return 'closes';
  if (estimatedShare > ALARM_ESTIMATED) return 'early';
  return isShort ? 'short' : 'over';
}
