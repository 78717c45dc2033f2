/**
 * The desk's list of readings and of values that contradict each other. It knows nothing beyond its
 * store; procedures ask it instead, because a store is its domain's own.
 */
import {
  selectConflicts as conflicts,
  selectReadings as readings,
  type ReadingFilter,
} from './origin-store.ts';
import type { Desk } from './types.ts';

export const selectReadings = (desk: Desk, filter: ReadingFilter) => readings(desk, filter);
export const selectConflicts = (desk: Desk) => conflicts(desk);
