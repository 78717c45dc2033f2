/**
 * What the phone keeps when there is no network, as the rest of the app sees it.
 *
 * It knows rounds, captured events, photos, receipts, wrapped keys and last answers of one person
 * on one browser storage; it knows no screen and no meter protocol. lib/field and lib/state call
 * it, through the object that `openOffline` of open.ts returns; components never do.
 */
import type { ReadingCaptured, Receipt, EventType, FieldEvent } from '#lib/contract/fieldsync.ts';
import type { RoundMeter, RoundPackage } from '#lib/contract/round.ts';
import type { Uuid } from '#lib/base/id.ts';
import type {
  Keyring,
  Photos,
  Receipts,
  Rescue,
  Safety,
  Snapshots,
  SyncEngine,
} from './types-device.ts';
import type { DlmsCounters } from './dlms-counters.ts';
import type { RadioFormats } from './radio-formats.ts';

/** A value that changes; the shape of a Svelte store, so `fromStore(live)` gives a rune. */
export type Live<T> = {
  /** Calls `run` once with the value as soon as it is known, then on every change. */
  subscribe(run: (value: T) => void): () => void;
};

/** Everything of one signed-in person on this phone. Made by `openOffline`, ended by `close`. */
export type Offline = {
  readonly userId: string;
  readonly deviceId: Uuid;
  readonly outbox: Outbox;
  readonly rounds: Rounds;
  readonly photos: Photos;
  readonly receipts: Receipts;
  readonly keyring: Keyring;
  readonly snapshots: Snapshots;
  readonly formats: RadioFormats;
  readonly counters: DlmsCounters;
  readonly sync: SyncEngine;
  readonly rescue: Rescue;
  readonly safety: Safety;
  /** Stops triggers, forgets the data key, closes the database; unsent work stays, sealed. */
  close(): void;
};

export type Outbox = {
  /**
   * Stores one event for ever (storage-and-sync 5.4, I1). Say "saved" only after it resolves: the
   * transaction is strictly durable and advances the device's counter together with the event.
   * A reading or a reason also changes the state of its stop on the round in the same transaction.
   * To undo: `capture('reading.voided', { eventId, reason: 'undo' })`.
   * Throws StorageError (nothing was stored).
   */
  capture(type: 'reading.captured', body: ReadingCaptured): Promise<FieldEvent>;
  capture(type: EventType, body: Readonly<Record<string, unknown>>): Promise<FieldEvent>;
  /** Newest first, at most `limit` (default 200), whatever their state. */
  list(limit?: number): Live<readonly OutboxItem[]>;
};

export type OutboxItem = {
  readonly event: FieldEvent;
  /** `quarantined`: stored by the server, but a person there has to look; see `receipt.reason`. */
  readonly state: 'unsent' | 'received' | 'quarantined';
  readonly receipt: Receipt | null;
  /** Server's time of the answer that brought the receipt. */
  readonly receivedAt: number | null;
};

export type Rounds = {
  /** Downloaded rounds, the nearest due first, with progress. */
  list(): Live<readonly RoundView[]>;
  /** One round's meters in walking order; empty when the round is not on the phone. */
  meters(roundId: number): Live<readonly MeterView[]>;
  /** Meters of all downloaded rounds with this radio id (eight hex digits). */
  findByRadioId(radioId: string): Promise<readonly MeterView[]>;
  /** Registers the device when needed and fetches my rounds and their changes. Throws SyncError. */
  refresh(): Promise<void>;
  /** Removes a finished round from the phone, its keys with it; events stay. */
  forget(roundId: number): Promise<void>;
};

/** A round without its meters, plus progress counted from what this phone knows. */
export type RoundView = Omit<RoundPackage, 'meters' | 'senderKey'> & {
  readonly downloadedAt: number;
  readonly counts: Readonly<Record<MeterView['state'] | 'total', number>>;
};

export type MeterView = Omit<RoundMeter, 'wrappedKey' | 'state'> & {
  readonly roundId: number;
  /** Whether a key came with the round; ask `keyring` for it. */
  readonly hasKey: boolean;
  /** `ahead` not visited, `read`, `doubt` read with open doubt, `cannot` with a reason. */
  readonly state: 'ahead' | 'read' | 'doubt' | 'cannot';
  /** The latest capture of this phone, null when none. `value` is decimal text as captured. */
  readonly capture: {
    readonly eventId: Uuid;
    readonly at: number;
    readonly value: string | null;
    readonly reason: string | null;
    readonly source: string | null;
  } | null;
  /** The meter was exchanged on this phone: this row is the new one, `meterId` still the old. */
  readonly exchange?: {
    readonly eventId: Uuid;
    readonly at: number;
    readonly oldSerial: string;
    /** Its first telegram was heard while it was hung. */
    readonly radioSeen: boolean;
  } | null;
};

export type SyncStatus = {
  /** Captured events without a receipt. The one number of the quiet line "12 to send". */
  readonly unsent: number;
  readonly unsentPhotos: number;
  readonly oldestUnsentAt: number | null;
  readonly received: number;
  readonly quarantined: number;
  readonly lastReceiptAt: number | null;
  /** A code of SyncErrorCode (errors.ts); null after a success. */
  readonly lastError: string | null;
  readonly sending: boolean;
  /** Server's clock minus this phone's, at the last answer. */
  readonly clockOffsetMs: number | null;
  /** The same storage lives on two phones: supervisor was told, a new epoch is open. */
  readonly forked: boolean;
};
