/**
 * The balance of each house of a round, as its meters answer one after the other.
 *
 * It knows rows of the round and what this phone captured; the figures are lib/analytics's. It
 * keeps nothing and knows no words. lib/state calls it at every change of the round.
 */
import { parseDecimal, rescale } from '#lib/base/decimal.ts';
import { houseBalance, type HouseBalance } from '#lib/analytics/balance/house-balance.ts';
import type { Shown, ShownMeter } from '#lib/analytics/balance/member-flow.ts';
import type { Unusual } from '#lib/analytics/balance/unusual.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { MeterView } from '#lib/offline/types.ts';
import { dialCells, dialSpan } from './dial.ts';

export type LookAt = Omit<Unusual, 'id'> & { readonly meter: MeterView };

export type RoundBalance = {
  /** The meter that feeds the others. */
  readonly common: MeterView;
  readonly answered: number;
  /** Meters of the group on this round that have no reading yet, in walking order. */
  readonly unread: readonly MeterView[];
  /** Points of the group that are not on this round. */
  readonly elsewhere: number;
  readonly balance: HouseBalance;
  /** Meters to look at first; empty where nothing is unusual or no figure is known. */
  readonly lookAt: readonly LookAt[];
};

export type Balancer = (meters: readonly MeterView[]) => readonly RoundBalance[];

/**
 * Answers one balance for each common meter of the round, in walking order; none for most rounds.
 * A round may have a hundred houses, and a reading changes one of them: the others are kept.
 */
export function createBalancer(): Balancer {
  let kept = new Map<number, { group: readonly MeterView[]; answer: RoundBalance }>();
  return (meters) => {
    const commons = meters.filter(({ feeds }) => typeof feeds === 'number' && feeds > 0);
    const groups = new Map(commons.map((common) => [common.pointId, [common]]));
    if (groups.size > 0) {
      for (const meter of meters) groups.get(meter.parentPointId ?? 0)?.push(meter);
    }
    const next: typeof kept = new Map();
    for (const [pointId, group] of groups) {
      const before = kept.get(pointId);
      const isSame = before && sameMeters(before.group, group);
      next.set(pointId, isSame ? before : { group, answer: balanceOf(group[0]!, group.slice(1)) });
    }
    kept = next;
    return [...next.values()].map(({ answer }) => answer);
  };
}

/** A row that did not change is the same object (lib/offline). */
const sameMeters = (a: readonly MeterView[], b: readonly MeterView[]): boolean =>
  a.length === b.length && a.every((meter, i) => meter === b[i]);

function balanceOf(common: MeterView, members: readonly MeterView[]): RoundBalance {
  const shown = members.map((meter) => ({ id: meter.meterId, ...shownOf(meter) }));
  const elsewhere = Math.max(0, (common.feeds ?? 0) - members.length);
  const { resource } = common;
  const balance = houseBalance({ resource, common: shownOf(common), members: shown, elsewhere });
  const byId = new Map(members.map((meter) => [meter.meterId, meter]));
  const unusual = balance.kind === 'known' ? balance.unusual : [];
  return {
    common,
    answered: shown.filter(({ now }) => now !== null).length,
    unread: members.filter((_, i) => shown[i]!.now === null),
    elsewhere,
    balance,
    lookAt: unusual.flatMap(({ id, ...facts }) => {
      const meter = byId.get(id);
      return meter ? [{ ...facts, meter }] : [];
    }),
  };
}

/** What the meter showed before this round and on it, also where only the server saw it. */
function shownOf(meter: MeterView): ShownMeter {
  const { history, capture, state, usualPerDay } = meter;
  const past = history.map(([at, text]): Shown => [at, Number(text)]).reverse();
  const value = capture?.value ? unitsOf(meter, capture.value) : null;
  const isRead = state === 'read' || state === 'doubt';
  const own: Shown | null = capture && value !== null ? [capture.at, value] : null;
  const now = own ?? (isRead ? (past.pop() ?? null) : null);
  const modulus = Number(dialSpan(meter));
  return {
    past,
    now,
    usualPerDay: usualPerDay && [Number(usualPerDay[0]), Number(usualPerDay[1])],
    resolution: modulus / 10 ** dialCells(meter),
    modulus,
  };
}

function unitsOf({ register }: MeterView, text: string): number | null {
  const value = parseDecimal(text);
  const scale = registerType(register)?.scale ?? 0;
  return value.ok ? Number(rescale(value.value, scale).units) : null;
}
