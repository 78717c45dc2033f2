/**
 * A house as a drawing: entrances, floors as rows, flats as cells, made from what the registry says
 * of its meters. Knows no screen; a fact that is missing becomes a row without a number, never a
 * guess. The round's map calls it.
 */
import type { Resource } from '#lib/domain/resource.ts';

type Stop = {
  readonly meterId: number;
  readonly flat: string | null;
  readonly entrance: string | null;
  readonly floor: number | null;
  readonly address: string;
  readonly resource: Resource;
};

/** A flat, or null as its name for what hangs in the stairwell or the cottage itself. */
export type PlanCell<T> = { readonly flat: string | null; readonly meters: readonly T[] };
export type PlanFloor<T> = {
  /** Null = the registry does not say which. */
  readonly floor: number | null;
  readonly cells: readonly PlanCell<T>[];
};
export type PlanEntrance<T> = {
  readonly entrance: string | null;
  /** The top floor first, as a person sees the house. */
  readonly floors: readonly PlanFloor<T>[];
};

const byName = new Intl.Collator('ru', { numeric: true });
const compare = (a: string | null, b: string | null): number =>
  a === b ? 0 : a === null ? 1 : b === null ? -1 : byName.compare(a, b);

function groupBy<T, K>(all: readonly T[], keyOf: (one: T) => K): [K, T[]][] {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return [...groups];
}

export function floorPlan<T extends Stop>(meters: readonly T[]): readonly PlanEntrance<T>[] {
  return groupBy(meters, ({ entrance }) => entrance)
    .sort(([a], [b]) => compare(a, b))
    .map(([entrance, inside]) => ({ entrance, floors: floorsOf(inside) }));
}

function floorsOf<T extends Stop>(meters: readonly T[]): PlanFloor<T>[] {
  return groupBy(meters, ({ floor }) => floor)
    .sort(([a], [b]) => (b ?? -Infinity) - (a ?? -Infinity))
    .map(([floor, onFloor]) => ({
      floor,
      cells: groupBy(onFloor, ({ flat, address }) => flat ?? ` ${address}`)
        .map(([, some]): PlanCell<T> => ({ flat: some[0]?.flat ?? null, meters: some }))
        .sort((a, b) => compare(a.flat, b.flat)),
    }));
}
