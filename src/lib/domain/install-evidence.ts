/**
 * The evidence of a self-installation and what can be wrong with it: shapes and codes only.
 *
 * It knows no rule (install-proof.ts judges), no radio and no screen. The wizard, the contract and
 * the server name things by it.
 */
import type { Decimal } from '#lib/base/decimal.ts';
import type { Instant } from '#lib/base/interval.ts';
import type { Resource } from './resource.ts';

/** One input of a pulse module; `pulses` counts since the module was made. */
export type PulseInput = {
  readonly channel: number;
  readonly pulses: number;
  readonly wireBreak: boolean;
  readonly shortCircuit: boolean;
  readonly magnet: boolean;
};

export type Observation =
  | {
      readonly kind: 'pulse';
      readonly at: Instant;
      readonly deviceId: string;
      readonly inputs: readonly PulseInput[];
    }
  | {
      readonly kind: 'radio';
      readonly at: Instant;
      readonly deviceId: string;
      /** Value of the total register in dial units; null when it could not be read. */
      readonly value: Decimal | null;
      /** What a device of its type may measure, likeliest first; empty when it does not say. */
      readonly media: readonly Resource[];
      readonly magnet: boolean;
    };

export type ProofPlan = {
  readonly resource: Resource;
  readonly attach: 'pulse' | 'radio';
  readonly deviceId: string;
  /** Pulse module's input, from 1. */
  readonly channel: number;
  /** Dial units per pulse. */
  readonly pulseWeight: Decimal;
  /** What the dial showed before the tap was opened. */
  readonly start: Decimal;
  /** Digits after the point on the dial. */
  readonly decimals: number;
};

export type ProofMarks = {
  /** When listening began, when the tap was opened, when it was closed. */
  readonly listenedAt: Instant;
  readonly openedAt: Instant | null;
  readonly closedAt: Instant | null;
  /** What the dial shows with the tap closed again; null until the person looked. */
  readonly dialAfter: Decimal | null;
};

/**
 * - `no-signal`: nothing from this device for half a minute.
 * - `wrong-meter`: another device counted while ours said nothing; `found` is its id.
 * - `swapped`: another input of our module counted; `found` is its number.
 * - `wire-break`, `short-circuit`, `magnet`: the module says so about this input.
 * - `no-flow`: our device answers, but nothing counts although the tap is open.
 * - `count-stopped`: it counted, then no longer, although the tap is open: a loose wire.
 * - `too-few`: dial and pulses agree, but so few could be another weight as well.
 * - `other-medium`: our radio meter measures something else than was said; `found` is what.
 * - `wrong-weight`: the dial moved, but not by pulses times weight; `suggested` may help.
 * - `encrypted`: our radio meter is heard, but its value is sealed with a key we do not have.
 * - `wrong-start`: the radio meter's own value is not near the dial that was typed.
 */
export const PROOF_PROBLEMS = [
  'no-signal',
  'wrong-meter',
  'swapped',
  'wire-break',
  'short-circuit',
  'magnet',
  'no-flow',
  'count-stopped',
  'too-few',
  'other-medium',
  'wrong-weight',
  'encrypted',
  'wrong-start',
] as const;
export type ProofProblem = (typeof PROOF_PROBLEMS)[number];

export type ProofVerdict = {
  /** `listening` → `ready` (heard, tap shut) → `open` → `compare` (look at the dial) → `proved`. */
  readonly stage: 'listening' | 'ready' | 'open' | 'compare' | 'proved' | 'failed';
  readonly problem: ProofProblem | null;
  readonly found: string | null;
  readonly suggested: Decimal | null;
  /** True, false, or null while unknown. */
  readonly wireWhole: boolean | null;
  readonly noShort: boolean | null;
  readonly noMagnet: boolean | null;
  readonly pulses: number;
  /** Pulses after which the dial tells every other usual weight. */
  readonly needed: number;
  /** Dial units counted since the tap was opened. */
  readonly counted: Decimal;
  /** What the dial should show now, from start and count. */
  readonly expectedDial: Decimal;
  /** May the tap be shut: ten seconds passed and enough was counted. */
  readonly enough: boolean;
};
