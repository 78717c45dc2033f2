/**
 * What an outbox must do, whatever it is kept in; outbox.conformance.ts is its test. It knows
 * transactions, not their storage. sync-engine.ts and outbox.ts use it.
 */
import type { Uuid } from '#lib/base/id.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import type { Head, Held, Settled } from './engine.ts';

export type OutboxCounts = {
  readonly unsent: number;
  readonly received: number;
  readonly quarantined: number;
  readonly oldestUnsentAt: number | null;
  readonly lastReceiptAt: number | null;
};

export type OutboxStore = {
  head(): Promise<Head>;
  /** Stores events and their head together, strictly durable: all or none. Throws StorageError. */
  append(
    build: (head: Head) => { head: Head; events: readonly FieldEvent[] },
  ): Promise<readonly FieldEvent[]>;
  /** What goes next; no events when everything has a receipt. */
  nextBatch(): Promise<{ head: Head; epoch: Uuid; events: FieldEvent[] }>;
  /**
   * Applies an answer in one transaction. `decide` runs inside it and must not wait for anything;
   * it learns whether event `expect` of `epoch` is still here.
   */
  settle(
    about: { epoch: Uuid; expect: number | undefined },
    decide: (head: Head, holdsExpected: boolean) => Settled,
  ): Promise<Settled>;
  counts(): Promise<OutboxCounts>;
  /** Newest first. */
  list(limit: number): Promise<readonly Held[]>;
  /** Removes what `prunable` names; returns how many. */
  prune(): Promise<number>;
};
