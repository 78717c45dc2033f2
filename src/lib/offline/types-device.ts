/**
 * The smaller faces of lib/offline: sending, receipts, keys, photos, last answers. It knows shapes
 * only. lib/field and lib/state use them through `Offline` of types.ts.
 */
import type { Live, SyncStatus } from './types.ts';

export type SyncEngine = {
  readonly status: Live<SyncStatus>;
  /** Sends on start, `online`, return to the page and by timer; one tab at a time does the work. */
  start(): void;
  /** Sends what there is now. Resolves when done or given up; the outcome is in `status`. */
  now(): Promise<void>;
  /** Ask before signing out: unsent work must reach the server first (I11). */
  maySignOut(): Promise<{ readonly ok: boolean; readonly unsent: number }>;
  /** False while a push is in flight: a new service worker waits for true (I13). */
  mayActivate(): boolean;
  storage(): Promise<StorageReport>;
};

export type StorageReport = {
  /** The browser promised not to evict our storage; null where it cannot say. */
  readonly persisted: boolean | null;
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
};

export type ReceiptSummary = {
  /** "137 of 137 received". Counted over the last 24 hours. */
  readonly captured: number;
  readonly received: number;
  readonly quarantined: number;
  /** Last hash of the phone's chain: shown, and in the QR code, as the proof of the day. */
  readonly headHash: string;
  readonly serverSeq: string | null;
  /** One line to show as text and QR: device, epoch, n, hash, server's number. */
  readonly text: string;
};

export type Receipts = {
  summary(): Live<ReceiptSummary>;
  /** Checks every kept receipt's Ed25519 signature against the server's key kept on the phone. */
  verify(): Promise<{ readonly valid: number; readonly invalid: readonly string[] }>;
};

export type Keyring = {
  /**
   * The round's meter keys by meter id, in memory only. Forget the map when listening ends.
   * Throws KeyError `key-expired` after the round's days, `key-unreadable` when changed.
   */
  openRound(roundId: number): Promise<ReadonlyMap<number, Uint8Array>>;
  /** P-256 point (base64, uncompressed) for which the server wraps keys. */
  publicKey(): Promise<string>;
};

export type Photos = {
  /** Stores and returns the sha256 to put into an event's `photos`. Throws StorageError. */
  put(photo: Blob): Promise<string>;
  get(sha256: string): Promise<Blob | null>;
};

/** A person's last answers from the server, sealed with this device's key. */
export type Snapshots = {
  put(key: string, data: unknown): Promise<void>;
  /** `at` is when it was stored; the screen shows its age. */
  get<T>(key: string): Promise<{ readonly data: T; readonly at: number } | null>;
};

export type Rescue = {
  /** Unsent work as one sealed container. Throws RescueError. */
  give(withPhotos: boolean): Promise<Uint8Array<ArrayBuffer>>;
  /** Keeps a colleague's container to send it. Throws RescueError, StorageError. */
  take(bytes: Uint8Array<ArrayBuffer>): Promise<Carried>;
  /** What this phone carries for others, newest first. */
  carried(): Live<readonly Carried[]>;
};

export type Carried = {
  readonly id: string;
  readonly at: number;
  /** The first reader's phone. */
  readonly device: string;
  readonly events: number;
  readonly photos: number;
  readonly sentAt: number | null;
  /** The server did not take it; it is kept and offered again. */
  readonly refused: boolean;
  /** Receipts the server gave. */
  readonly received: number;
};

export type Safety = {
  hasPin(): Promise<boolean>;
  /** Null removes it. Throws StorageError. */
  setPin(pin: string | null): Promise<void>;
  /** Unsent records that came back from the second copy when this storage was opened. */
  readonly restored: number;
  /** Whether there is a second copy, and how many captures it is behind. */
  copy(): { readonly kept: boolean; readonly behind: number };
  /** Records that were on this phone and are nowhere now; null when there are none. */
  loss(): Promise<Loss | null>;
  /** The person has read it. */
  lossRead(): Promise<void>;
};

/** I12: a loss is a number, and the missing ones have names. */
export type Loss = {
  /** Highest n that the lost storage had counted, and up to where everything is in `of`. */
  readonly captured: number;
  readonly stored: number;
  /** When the last one was captured, or when that phone was last heard of. */
  readonly at: number;
  /** False: another phone of this person counted them, and may still hold them. */
  readonly certain: boolean;
  /** Where the others are: the server has them, or they came back from the second copy. */
  readonly of: 'server' | 'copy';
};
