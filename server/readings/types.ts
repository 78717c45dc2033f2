/** The words of the reading store. */
import type { Instant } from '#lib/base/interval.ts';

/** A row for the store: `value` is an integer in the register's scale. */
export type NewReading = {
  readonly meterId: number;
  readonly register: number;
  readonly at: Instant;
  readonly value: bigint;
  /** Byte of `packStatus`. */
  readonly status: number;
};

export type StoredReading = NewReading & {
  /** True when a correction stands above the stored value. */
  readonly corrected: boolean;
};

export type RegisterKey = { readonly meterId: number; readonly register: number };

/** What became of one row: new, the same value was there, or another value was there. */
export type AppendOutcome = 'new' | 'duplicate' | 'conflict';

export type AppendResult = {
  readonly inserted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  /** How many of the inserted went to reading_late. */
  readonly late: number;
  /** One an input row; null when more rows came than are tracked singly (`TRACKED_ROWS`). */
  readonly outcomes: readonly AppendOutcome[] | null;
};
