/**
 * What a reader confirms before work, as codes; the words are with the screens. The rule of E-36
 * (live connection work only with electrical-safety group III or higher) marks what is live.
 */
import type { Resource } from './resource.ts';

/** Source: requirements F15 (round) and E-36 (live work). */
export const SAFETY_WORKS = ['round', 'cabinet', 'exchange'] as const;
export type SafetyWork = (typeof SAFETY_WORKS)[number];

/** Works at open live parts: E-36 asks for the group, on the phone and on the server. */
export const LIVE_WORKS: readonly SafetyWork[] = ['cabinet', 'exchange'];

/** Before a round: what is asked on every one. Source: requirement F15. */
export const ROUND_POINTS = ['dressed', 'light', 'reachable'] as const;
/** What the resources of a round add. Source: requirement F15. */
export const ROUND_RESOURCE_POINTS: Readonly<Record<Resource, readonly string[]>> = {
  electricity: ['look-only'],
  gas: ['gas-smell'],
  'hot-water': ['hot-parts'],
  heat: ['hot-parts'],
  'cold-water': ['no-wells'],
};

/** Before an electricity cabinet is opened: working live, EN 50110-1:2013 clause 6.3, and E-36. */
export const CABINET_POINTS = ['dry', 'insulated', 'no-loose-metal', 'one-hand', 'second-person'];
