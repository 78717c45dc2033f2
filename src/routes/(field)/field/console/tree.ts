/**
 * The network of a concentrator as rows of a tree: which meter answers through which. Meters whose
 * place nobody knows come last, and one that names itself or a ring as its way counts as lost. Only
 * the topology's screen calls it.
 */
import type { ManagedMeterView } from '#lib/field/console/types.ts';

export type TreeRow = {
  readonly meter: ManagedMeterView;
  /** Hops from the concentrator; null where the place is unknown. */
  readonly depth: number | null;
  /** How many meters answer through this one. */
  readonly through: number;
};

const ROOT = 0;

export function treeRows(meters: readonly ManagedMeterView[]): readonly TreeRow[] {
  const children = new Map<number, ManagedMeterView[]>();
  for (const meter of meters) {
    if (meter.parent === null || meter.parent === meter.number) continue;
    children.set(meter.parent, [...(children.get(meter.parent) ?? []), meter]);
  }
  const rows: TreeRow[] = [];
  const seen = new Set<number>();
  const visit = (number: number, depth: number): number => {
    let below = 0;
    for (const meter of children.get(number) ?? []) {
      if (seen.has(meter.number)) continue;
      seen.add(meter.number);
      const at = rows.length;
      rows.push({ meter, depth, through: 0 });
      const through = visit(meter.number, depth + 1);
      rows[at] = { meter, depth, through };
      below += 1 + through;
    }
    return below;
  };
  visit(ROOT, 1);
  const lost = meters.filter(({ number }) => !seen.has(number));
  return [...rows, ...lost.map((meter) => ({ meter, depth: null, through: 0 }))];
}

/** The meters from the concentrator down to this one, itself last. */
export function pathTo(
  meter: ManagedMeterView,
  meters: readonly ManagedMeterView[],
): readonly ManagedMeterView[] {
  const byNumber = new Map(meters.map((one) => [one.number, one]));
  const path: ManagedMeterView[] = [];
  for (
    let at: ManagedMeterView | undefined = meter;
    at && !path.includes(at);
    at = at.parent === null ? undefined : byNumber.get(at.parent)
  ) {
    path.unshift(at);
  }
  return path;
}
