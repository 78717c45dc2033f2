/** How long the engine waits before it tries again. Pure: the dice are given. */
import { MINUTE_MS, SECOND_MS } from '#lib/base/interval.ts';
import type { SyncErrorCode } from './errors.ts';

const FIRST_MS = 5 * SECOND_MS;
const LAST_MS = 5 * MINUTE_MS;
/**
 * Without a network, or behind a portal, an attempt costs our server nothing, and browsers do not
 * always say that the network came back: out of the basement, the phone finds out by itself.
 */
const UNREACHED_MS = 15 * SECOND_MS;
const UNREACHED: readonly (SyncErrorCode | null)[] = ['offline', 'captive-portal'];
/** Nothing went wrong: only a sign of life is due. */
const BEAT_MS = MINUTE_MS;

/**
 * Milliseconds until the next attempt after `failures` that failed in a row, the last with
 * `stopper` (null: it broke in the phone itself). `dice` in [0, 1) spreads phones that failed
 * together over half to one and a half of the time.
 */
export function patienceMs(failures: number, stopper: SyncErrorCode | null, dice: number): number {
  if (failures === 0) return BEAT_MS;
  const most = UNREACHED.includes(stopper) ? UNREACHED_MS : LAST_MS;
  return Math.min(most, FIRST_MS * 2 ** Math.min(failures, 10)) * (0.5 + dice);
}
