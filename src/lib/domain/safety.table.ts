/**
 * What a reader confirms before work, as codes; the words are with the screens. The rule of E-36
 * (live connection work only with electrical-safety group III or higher) marks what is live.
 */
import type { Resource } from './resource.ts';

export const SAFETY_WORKS = ['round', 'cabinet', 'exchange'] as const;
export type SafetyWork = (typeof SAFETY_WORKS)[number];

/** Works at open live parts: E-36 asks for the group, on the phone and on the server. */
export const LIVE_WORKS: readonly SafetyWork[] = ['cabinet', 'exchange'];

/** Before a round (F15): what is asked on every one, and what its resources add. */
export const ROUND_POINTS = ['dressed', 'light', 'reachable'] as const;
export const ROUND_RESOURCE_POINTS: Readonly<Record<Resource, readonly string[]>> = {
  electricity: ['look-only'],
  gas: ['gas-smell'],
  'hot-water': ['hot-parts'],
  heat: ['hot-parts'],
  'cold-water': ['no-wells'],
};

/** Before the cabinet of an electricity meter is opened (E-36). */
export const CABINET_POINTS = ['dry', 'insulated', 'no-loose-metal', 'one-hand', 'second-person'];
