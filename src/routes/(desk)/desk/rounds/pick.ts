/** What a round is made of, as the planner's form holds it (server/desk/plan-store.ts). */
import type { Resource } from '#lib/domain/resource.ts';

export type Pick = {
  placeIds: number[];
  sectorIds: number[];
  resource: Resource | null;
  due: { kind: 'reading' | 'verification'; date: string } | null;
};

export const emptyPick = (): Pick => ({ placeIds: [], sectorIds: [], resource: null, due: null });

export const isEmpty = ({ placeIds, sectorIds, due }: Pick): boolean =>
  placeIds.length === 0 && sectorIds.length === 0 && !due?.date;
