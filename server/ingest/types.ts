/**
 * What enters the ingest and what it answers, for every way a reading can come.
 */
import type { Instant } from '#lib/base/interval.ts';
import type { Source } from '#lib/domain/reading.ts';
import type { Verdict } from './verdicts.ts';

/** Who sends: one hash chain and one space of idempotency keys each. */
export type IngestSource = {
  readonly kind: 'field-app' | 'resident' | 'import' | 'concentrator' | 'self-install' | 'demo';
  /** Device id, file kind, concentrator serial: what tells two senders of a kind apart. */
  readonly name: string;
};

/** One reading as somebody claims it. `value` is decimal text in the catalogue's unit. */
export type IngestRow = {
  readonly meterId: number;
  readonly register: number;
  /** Null when only `raw` is known (a concentrator's telegram). */
  readonly value: string | null;
  readonly at: Instant;
  readonly source: Source;
  /** The telegram or readout as received; decoded again here and kept for ever. */
  readonly raw?: Uint8Array | null;
  readonly eventId?: string | null;
  readonly userId?: string | null;
  /** A person confirmed a doubtful value: it is stored as measured and flagged. */
  readonly confirmed?: boolean;
};

export type IngestBatch = {
  readonly source: IngestSource;
  /** The sender's idempotency key: the same key again changes nothing and gives the same counts. */
  readonly sourceKey: string;
  readonly rows: readonly IngestRow[];
  /** Rows that the caller's parser already refused; counted and kept beside the others. */
  readonly rejects?: readonly IngestReject[];
};

export type IngestReject = {
  readonly row: number;
  readonly code: string;
  readonly detail: string;
  readonly raw?: Uint8Array | null;
};

/**
 * - `stored`: new. `duplicate`: the same value is there. `conflict`: another value is there, both
 *   are kept. `quarantined`: stored as suspect, a person must look. `rejected`: kept in
 *   ingest_reject, because it belongs to no register of ours.
 */
export type IngestResult = 'stored' | 'duplicate' | 'conflict' | 'quarantined' | 'rejected';

export type IngestOutcome = {
  readonly row: number;
  readonly result: IngestResult;
  /** Reject code, or the first verdict that led to quarantine. */
  readonly code: string | null;
  /** Integer in the register's scale as stored; null when rejected. */
  readonly value: bigint | null;
  readonly verdicts: readonly Verdict[];
};

export type IngestCounts = {
  readonly rows: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly rejects: number;
};

export type IngestAnswer = {
  readonly batchId: bigint;
  readonly counts: IngestCounts;
  /** True when this key was already acknowledged; `outcomes` is empty then. */
  readonly replayed: boolean;
  readonly outcomes: readonly IngestOutcome[];
  /** Meter-months whose consumption must be computed anew. */
  readonly touched: readonly Touched[];
};

export type Touched = {
  readonly meterId: number;
  readonly register: number;
  readonly from: Instant;
  readonly to: Instant;
};
