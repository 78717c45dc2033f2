/**
 * The phone's tables: one IndexedDB database a person, so that nobody's unsent work is in another
 * person's way (I11). It knows rows, indexes and how to come back after the browser's database
 * process died; it knows no rule. Only lib/offline uses it.
 */
import { Dexie, liveQuery, type Table } from 'dexie';
import type { Uuid } from '#lib/base/id.ts';
import type { RoundMeter, RoundPackage } from '#lib/contract/round.ts';
import { StorageError } from './errors.ts';
import type { Head, Held } from './engine.ts';
import type { Live, MeterView } from './types.ts';

/** Self-describing: everything needed to send the event stands in its row. */
export type EventRow = Held & {
  readonly id: Uuid;
  readonly epoch: Uuid;
  readonly n: number;
  /** The epoch while there is no receipt, absent afterwards: a sparse index of unsent work. */
  readonly unsentEpoch?: Uuid;
  /** Absent while unsent. */
  readonly outcome?: 'stored' | 'quarantined';
};

export type RoundRow = Omit<RoundPackage, 'meters'> & { readonly downloadedAt: number };
export type MeterRow = RoundMeter & {
  readonly roundId: number;
  /** Captures of this phone, oldest first; voided ones are taken out. */
  readonly trail: readonly (NonNullable<MeterView['capture']> & {
    readonly state: MeterView['state'];
  })[];
};
export type PhotoRow = {
  readonly sha256: string;
  readonly blob: Blob;
  readonly at: number;
  readonly unsent?: 1;
};
export type SealedRow = {
  readonly key: string;
  readonly at: number;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly data: ArrayBuffer;
};
export type KeyRow = { readonly name: string; readonly key: CryptoKey | CryptoKeyPair };
export type MetaRow = { readonly name: string; readonly value: unknown };

export class PhoneDatabase extends Dexie {
  declare event: Table<EventRow, Uuid>;
  declare head: Table<Head & { key: 'head' }, 'head'>;
  declare round: Table<RoundRow, number>;
  declare meter: Table<MeterRow, [number, number]>;
  declare photo: Table<PhotoRow, string>;
  declare snapshot: Table<SealedRow, string>;
  declare keyring: Table<KeyRow, string>;
  declare meta: Table<MetaRow, string>;

  constructor(name: string) {
    // Chrome answers before the disk has it unless asked; a battery pulled out must lose nothing.
    super(name, { chromeTransactionDurability: 'strict' });
    this.version(1).stores({
      event: 'id, [epoch+n], [unsentEpoch+n], outcome',
      head: 'key',
      round: 'roundId',
      meter: '[roundId+meterId], [roundId+sequence], radioId',
      photo: 'sha256, unsent',
      snapshot: 'key',
      keyring: 'name',
      meta: 'name',
    });
  }
}

/** Runs `work`; after the browser's database process died, once more on a fresh connection. */
export async function withStorage<T>(db: PhoneDatabase, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDead(error)) throw asStorageError(error);
  }
  try {
    db.close({ disableAutoOpen: false });
    await db.open();
    return await work();
  } catch (error) {
    throw isDead(error)
      ? new StorageError('storage-lost', { cause: error })
      : asStorageError(error);
  }
}

/** WebKit says "Connection to Indexed Database server lost" after a long background sleep. */
function isDead(error: unknown): boolean {
  return namesOf(error).some((name) =>
    ['DatabaseClosedError', 'InvalidStateError', 'UnknownError', 'OpenFailedError'].includes(name),
  );
}

function asStorageError(error: unknown): unknown {
  const names = namesOf(error);
  if (names.includes('QuotaExceededError')) {
    return new StorageError('quota-exceeded', { cause: error });
  }
  if (names.includes('SecurityError') || names.includes('MissingAPIError')) {
    return new StorageError('storage-refused', { cause: error });
  }
  return error;
}

/** Dexie wraps the browser's error, sometimes twice. */
function namesOf(error: unknown): string[] {
  const names: string[] = [];
  for (let e = error, i = 0; e instanceof Error && i < 4; i++) {
    names.push(e.name);
    e = (e as { inner?: unknown }).inner;
  }
  if (error instanceof DOMException) names.push(error.name);
  return names;
}

/** A query that runs again whenever rows it read change, in this tab or another. */
export const live = <T>(query: () => Promise<T>): Live<T> => ({
  subscribe(run) {
    const subscription = liveQuery(query).subscribe({
      next: run,
      // The next write of any tab runs the query again; capturing itself reports its own errors.
      error: () => {},
    });
    return () => subscription.unsubscribe();
  },
});
