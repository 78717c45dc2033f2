/**
 * A given reading in words, and the way to its source. Knows no storage. The receipt and the list
 * of this folder call it.
 */
import type { HomeMeter } from '#lib/contract/home-life.ts';
import { formatDate } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import type { Given } from '#lib/state/home-outbox.svelte.ts';
import { when } from '../words.ts';

export function stateOf({ state, receivedAt, number }: Given, zone: string): string {
  if (state === 'waiting' || receivedAt === null) return m.home_give_state_waiting();
  const told = { when: when(receivedAt, zone), number: number ?? '' };
  return state === 'received' ? m.home_give_state_received(told) : m.home_give_state_looked(told);
}

/** Null while no server has it, and for what does not count before somebody looked at it. */
export function sourceHref(
  { state, at, receivedAt }: Given,
  { pointId }: HomeMeter,
  zone: string,
): string | null {
  if (state !== 'received' || receivedAt === null) return null;
  if (at <= receivedAt) return `/home/calendar/reading?point=${pointId}&at=${at}`;
  // A clock that was ahead: the server knows the moment better, the day leads there.
  const day = formatDate(receivedAt, 'iso', zone);
  return `/home/calendar?point=${pointId}&month=${day.slice(0, 7)}&day=${day}`;
}
