/** Shapes shared by the rule table and the check itself; see validate.ts. */
import type { Instant } from '#lib/base/interval.ts';

export type ReadingCheck = {
  /** Row of the register catalogue. */
  readonly register: number;
  /** Integer in the register's scale. */
  readonly value: bigint;
  readonly at: Instant;
  /** Digits of the dial before the point (kWh, m³). */
  readonly digits: number;
  /** Last values, newest first. */
  readonly history: readonly (readonly [Instant, bigint])[];
  /** 10th and 90th percentile of use a day, in register scale; null when unknown. */
  readonly usualPerDay: readonly [bigint, bigint] | null;
  /** When it reached us, if a clock that we trust says so. */
  readonly receivedAt?: Instant;
};

/** Numbers of the sentence "Last 1 204.3. This gives 61 m³ a month, usual 4–7." */
export type ReadingFigures = {
  readonly last: bigint | null;
  readonly lastAt: Instant | null;
  readonly days: number;
  /** Use since then; counted over the end of the dial when the dial went round. */
  readonly difference: bigint | null;
  readonly perDay: bigint | null;
  readonly perMonth: bigint | null;
  readonly usualPerMonth: readonly [bigint, bigint] | null;
};

export type VerdictLevel = 'refuse' | 'doubt' | 'note';

export const VERDICT_CODES = [
  'negative',
  'beyond-dial',
  'clock',
  'rollover',
  'replaced',
  'lower',
  'equal',
  'impossible',
  'too-high',
  'too-low',
] as const;
export type VerdictCode = (typeof VERDICT_CODES)[number];

export type RuleFacts = {
  readonly check: ReadingCheck;
  readonly figures: ReadingFigures;
  readonly modulus: bigint;
};

export type Rule = {
  readonly code: VerdictCode;
  readonly level: VerdictLevel;
  /** True = the rules behind it would only repeat the same thing. */
  readonly final: boolean;
  readonly test: (facts: RuleFacts) => boolean;
};
