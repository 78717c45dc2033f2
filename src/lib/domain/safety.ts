/**
 * Which points a work asks for, and whether a confirmation is complete. Phone and server judge by
 * the same rule; the exchange has its own list in order.ts. Pure.
 */
import { LIVE_CHECKLIST, mayWorkLive } from './order.ts';
import type { Resource } from './resource.ts';
import {
  CABINET_POINTS,
  LIVE_WORKS,
  ROUND_POINTS,
  ROUND_RESOURCE_POINTS,
  type SafetyWork,
} from './safety.table.ts';

/** `resources`: those of the round; other works do not depend on them. */
export function safetyPoints(work: SafetyWork, resources: readonly Resource[]): readonly string[] {
  if (work === 'cabinet') return CABINET_POINTS;
  if (work === 'exchange') return LIVE_CHECKLIST;
  const added = resources.flatMap((resource) => ROUND_RESOURCE_POINTS[resource]);
  return [...ROUND_POINTS, ...new Set(added)];
}

export type Confirmation = {
  readonly work: SafetyWork;
  readonly resources: readonly Resource[];
  readonly points: readonly string[];
};

/** `no-safety-group` (E-36), `no-checklist` (a point is missing), null when work may begin. */
export function safetyFault(
  { work, resources, points }: Confirmation,
  group: number | null,
): 'no-safety-group' | 'no-checklist' | null {
  if (LIVE_WORKS.includes(work) && !mayWorkLive(group)) return 'no-safety-group';
  const all = safetyPoints(work, resources).every((point) => points.includes(point));
  return all ? null : 'no-checklist';
}
