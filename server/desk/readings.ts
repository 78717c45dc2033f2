/**
 * The desk's list of readings and of values that contradict each other. It knows nothing beyond its
 * store; procedures ask it instead, because a store is its domain's own.
 */
import { attachBeside } from './beside.ts';
import {
  selectConflicts as conflicts,
  selectReadings as readings,
  type ReadingFilter,
} from './origin-store.ts';
import type { Desk } from './types.ts';

/** A page of readings, each with the photographs of its capture and the notes about its meter. */
export const selectReadings = async (desk: Desk, filter: ReadingFilter) =>
  attachBeside(desk, await readings(desk, filter));
export const selectConflicts = (desk: Desk) => conflicts(desk);
