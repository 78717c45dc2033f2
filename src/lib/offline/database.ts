/**
 * The phone's tables: one IndexedDB database a person, so that nobody's unsent work is in another
 * person's way (I11). It knows rows, indexes and how to come back after the browser's database
 * process died; it knows no rule. Everything personal in them is sealed (docs/adr/0030). Only
 * lib/offline uses it.
 */
import { Dexie, liveQuery, type Table } from 'dexie';
import type { Uuid } from '#lib/base/id.ts';
import type { RoundMeter, RoundPackage } from '#lib/contract/round.ts';
import { StorageError } from './errors.ts';
import type { HungMeter } from './exchanged.ts';
import type { Head, Held } from './engine.ts';
import type { Live, MeterView } from './types.ts';
import type { Sealed, Vault } from './vault.ts';

/** An event as its row says it once opened: everything needed to send it stands there. */
export type EventRow = Held & {
  readonly id: Uuid;
  readonly epoch: Uuid;
  readonly n: number;
  /** The epoch while there is no receipt, absent afterwards: a sparse index of unsent work. */
  readonly unsentEpoch?: Uuid;
  /** Absent while unsent. */
  readonly outcome?: 'stored' | 'quarantined';
};
/** At rest only what the indexes need is clear; `sealed` is a `Held`. */
export type SealedEventRow = Omit<EventRow, keyof Held> & { readonly sealed: Sealed };

/** `sealed` is a RoundFacts. */
export type RoundRow = { readonly roundId: number; readonly sealed: Sealed };
/** Meters of a round in walking order, many in one sealed row; `sealed` is a RoundMeter[]. */
export type PackRow = { readonly roundId: number; readonly part: number; readonly sealed: Sealed };
/** What this phone did at a meter; `sealed` is a Trail. Absent until something was done. */
export type StopRow = {
  readonly roundId: number;
  readonly meterId: number;
  readonly sealed: Sealed;
};
/** Wrapped keys of a round's meters, apart so that they can die first; `sealed` is RoundKeys. */
export type RoundKeysRow = { readonly roundId: number; readonly sealed: Sealed };

export type RoundFacts = Omit<RoundPackage, 'meters' | 'senderKey'> & {
  readonly downloadedAt: number;
  /** How many PackRows there are, and which download they are of. */
  readonly parts: number;
  readonly revision: string;
};
export type RoundKeys = {
  readonly senderKey: string;
  readonly keysValidTo: number;
  readonly wrapped: readonly (readonly [meterId: number, wrappedKey: string])[];
};
/** Captures of this phone, oldest first; voided ones are taken out. */
export type Trail = readonly (NonNullable<MeterView['capture']> & {
  readonly state: MeterView['state'];
  /** Present on an exchange: the meter that hangs there since. */
  readonly hung?: HungMeter;
})[];

/** `sealed` is length of the type(1) ‖ type ‖ bytes of the picture. */
export type PhotoRow = {
  readonly sha256: string;
  readonly at: number;
  readonly unsent?: 1;
  readonly sealed: Sealed;
};
export type SnapshotRow = { readonly key: string; readonly at: number; readonly sealed: Sealed };
/** A colleague's container that this phone carries; it cannot open it. */
export type CarriedRow = {
  readonly sha256: string;
  readonly at: number;
  readonly device: string;
  readonly events: number;
  readonly photos: number;
  readonly bytes: Sealed;
  /** The server's answer once it took the whole. */
  readonly sent?: { readonly at: number; readonly received: number };
  /** When the server last refused it. */
  readonly refusedAt?: number;
};
export type KeyRow = { readonly name: string; readonly key: CryptoKey | CryptoKeyPair };
export type MetaRow = { readonly name: string; readonly value: unknown };

/** Rows as versions before the sealing wrote them; seal-old-rows.ts takes them over. */
export type OldEventRow = EventRow;
export type OldRoundRow = Omit<RoundPackage, 'meters'> & { readonly downloadedAt: number };
export type OldMeterRow = RoundMeter & { readonly roundId: number; readonly trail: Trail };
export type OldPhotoRow = Omit<PhotoRow, 'sealed'> & { readonly blob: Blob };

export class PhoneDatabase extends Dexie {
  declare event: Table<SealedEventRow, Uuid>;
  declare head: Table<Head & { key: 'head' }, 'head'>;
  declare round: Table<RoundRow, number>;
  declare pack: Table<PackRow, [number, number]>;
  declare stop: Table<StopRow, [number, number]>;
  declare roundKeys: Table<RoundKeysRow, number>;
  declare photo: Table<PhotoRow, string>;
  declare snapshot: Table<SnapshotRow, string>;
  declare carried: Table<CarriedRow, string>;
  declare keyring: Table<KeyRow, string>;
  declare meta: Table<MetaRow, string>;
  /** Empty since rows are sealed; kept because versions only expand. */
  declare meter: Table<OldMeterRow, [number, number]>;

  constructor(
    name: string,
    readonly vault: Vault,
  ) {
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
    this.version(2).stores({
      pack: '[roundId+part]',
      stop: '[roundId+meterId]',
      roundKeys: 'roundId',
      carried: 'sha256',
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

/** Between two questions of `liveSeldom`: soon enough for a figure beside the work. */
const SELDOM_MS = 400;

/**
 * Like `live` for what stands beside the work, such as counts: the first change is asked about at
 * once, those that follow it together. In a stairwell thirty telegrams come in a second, and each
 * would pay for figures that nobody reads in between.
 */
export const liveSeldom = <T>(
  db: PhoneDatabase,
  tables: readonly { readonly name: string }[],
  query: () => Promise<T>,
): Live<T> => ({
  subscribe(run) {
    const about = tables.map(({ name }) => `idb://${db.name}/${name}/`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let askedAt = -Infinity;
    let isAsking = false;
    let isStale = false;
    const ask = async (): Promise<void> => {
      timer = undefined;
      isStale = false;
      isAsking = true;
      askedAt = performance.now();
      // The next change asks again; whoever works with the storage reports its errors.
      const found = await query().then(
        (value) => ({ value }),
        () => null,
      );
      isAsking = false;
      if (isClosed) return;
      if (found) run(found.value);
      if (isStale) later();
    };
    // A turn of its own even when nothing holds it: a transaction's end is no place to read in.
    const later = (): void => {
      timer ??= setTimeout(() => void ask(), Math.max(0, askedAt + SELDOM_MS - performance.now()));
    };
    const onChange = (parts: object): void => {
      if (!Object.keys(parts).some((part) => about.some((table) => part.startsWith(table)))) return;
      if (isAsking) isStale = true;
      else later();
    };
    let isClosed = false;
    Dexie.on('storagemutated', onChange);
    void ask();
    return () => {
      isClosed = true;
      clearTimeout(timer);
      Dexie.on.storagemutated.unsubscribe(onChange);
    };
  },
});

/**
 * Like `live` for rows that must be opened first: only `rows` is the query. A query whose rows
 * change while it runs is asked again before it says anything; opening takes longer than the next
 * telegram of a burst, and the first reading would be seen with the last.
 */
export const liveOpened = <R, T>(rows: Live<R>, open: (read: R) => Promise<T>): Live<T> => ({
  subscribe(run) {
    let newest: { readonly rows: R } | null = null;
    let opening = false;
    let closed = false;
    const openAll = async (): Promise<void> => {
      opening = true;
      while (newest && !closed) {
        const { rows } = newest;
        newest = null;
        // What cannot be opened is told by whoever works with it; the next change asks again.
        const opened = await open(rows).then(
          (value) => ({ value }),
          () => null,
        );
        if (opened && !closed) run(opened.value);
      }
      opening = false;
    };
    const stop = rows.subscribe((read) => {
      newest = { rows: read };
      if (!opening) void openAll();
    });
    return () => {
      closed = true;
      stop();
    };
  },
});
