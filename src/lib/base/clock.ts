/**
 * Time as a capability. Pure layers and services receive a Clock; only composition roots hold the
 * system's. Tests and simulations advance a virtual one.
 */
import type { Instant } from './interval.ts';

export type Clock = { now(): Instant };

export function virtualClock(start: Instant): Clock & { advance(ms: number): void } {
  let at = start;
  return {
    now: () => at,
    advance(ms) {
      at += ms;
    },
  };
}
