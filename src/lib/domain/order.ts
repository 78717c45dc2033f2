/**
 * Kinds of work orders and what live work asks of a person (E-36). Knows no person and no table.
 * Desk, phone and server judge by the same rule.
 */
import type { Resource } from './resource.ts';

export const ORDER_KINDS = ['inspect', 'exchange', 'seal', 'disconnect', 'verify'] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

/** Electrical-safety groups I to V; live connection work needs at least the third. */
export const SAFETY_GROUPS = [1, 2, 3, 4, 5] as const;
export const LIVE_WORK_GROUP = 3;

const LIVE_KINDS: readonly OrderKind[] = ['exchange', 'disconnect'];

/** Work at live conductors: an electricity meter is exchanged or its supply is cut. */
export const isLiveWork = (kind: OrderKind, resource: Resource): boolean =>
  resource === 'electricity' && LIVE_KINDS.includes(kind);

export const mayWorkLive = (group: number | null): boolean =>
  group !== null && group >= LIVE_WORK_GROUP;

/** What is confirmed point by point before live work. */
export const LIVE_CHECKLIST = [
  'switched-off',
  'secured',
  'no-voltage',
  'protective-gear',
  'second-person',
] as const;

export const isChecklistComplete = (checked: readonly string[]): boolean =>
  LIVE_CHECKLIST.every((point) => checked.includes(point));
