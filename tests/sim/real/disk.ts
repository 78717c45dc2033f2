/**
 * A phone's disk and the browser process that works on it: fake-indexeddb, made mortal.
 *
 * A disk outlives its processes. A process counts every request to the database and the network,
 * and can be ended before any of them, as a SIGKILL would: open transactions are undone, nothing is
 * heard of it again. It knows no table and no rule of sync.
 */
import { Dexie } from 'dexie';
import { IDBFactory, IDBKeyRange, IDBDatabase, IDBTransaction } from 'fake-indexeddb';
import { must } from '#lib/base/assert.ts';

/** What a full disk refuses: nothing, events (`add` to the outbox), or photos. */
export type Full = 'nothing' | 'event' | 'photo';

export class BrowserProcess {
  alive = true;
  full: Full = 'nothing';
  #steps = 0;
  #endsAt = Infinity;
  #end!: () => void;
  /** Resolves when the process is ended; what waits for its work waits for this as well. */
  readonly ended = new Promise<void>((done) => (this.#end = done));
  readonly #open = new Set<IDBTransaction>();
  readonly #connections = new Set<IDBDatabase>();

  constructor(readonly disk: IDBFactory) {}

  /** Ends the process before its `n`th request from now. */
  endAfter(n: number): void {
    this.#endsAt = this.#steps + n;
  }

  step(): void {
    if (++this.#steps >= this.#endsAt) this.kill();
  }

  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const transaction of this.#open) abort(transaction);
    for (const connection of this.#connections) connection.close();
    this.#end();
  }

  /** From here on Dexie opens databases of this process. Called right before it does. */
  takeOver(): void {
    // The same object: live queries look at it as well.
    Object.assign(Dexie.dependencies, { indexedDB: this.#factory(), IDBKeyRange });
  }

  opened(connection: IDBDatabase): void {
    owners.set(connection, this);
    this.#connections.add(connection);
  }

  began(transaction: IDBTransaction): void {
    this.#open.add(transaction);
    transaction.addEventListener('abort', () => this.#open.delete(transaction));
    transaction.addEventListener('complete', () => {
      this.#open.delete(transaction);
      this.step();
    });
  }

  #factory(): globalThis.IDBFactory {
    const { disk } = this;
    const open = (name: string, version?: number) => {
      if (!this.alive) return { addEventListener() {} };
      const request = disk.open(name, version);
      request.addEventListener('success', () => this.opened(request.result as IDBDatabase));
      return request;
    };
    const rest = { cmp: disk.cmp.bind(disk), databases: disk.databases.bind(disk) };
    return { ...rest, open, deleteDatabase: disk.deleteDatabase.bind(disk) } as never;
  }
}

const owners = new WeakMap<object, BrowserProcess>();

/** The library's own request queue: every read and write of a transaction goes through it. */
type Inner = { _execRequestAsync(given: { source?: { name?: string } }): unknown };
type Asked = {
  readonly source?: { readonly name?: string; readonly objectStore?: { name: string } };
};

let isPrepared = false;

/** Puts the counting into fake-indexeddb, once. */
export function prepareBrowser(): void {
  if (isPrepared) return;
  isPrepared = true;
  // Dexie shares read rows by the database's name, and here several phones have the same one.
  Dexie.addons.push((db) => db.unuse({ stack: 'dbcore', name: 'Cache' }));
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...given) {
    const owner = owners.get(this);
    if (owner && !owner.alive) throw new DOMException('the process ended', 'InvalidStateError');
    const transaction = begin.apply(this, given) as IDBTransaction;
    owner?.began(transaction);
    return transaction as never;
  };
  const inner = IDBTransaction.prototype as unknown as Inner;
  const ask = inner._execRequestAsync;
  inner._execRequestAsync = function (this: IDBTransaction, given: Asked) {
    const owner = owners.get(this.db);
    owner?.step();
    if (owner && isRefused(owner, this, given)) {
      throw new DOMException('the disk is full', 'QuotaExceededError');
    }
    return ask.call(this, given as never);
  };
}

function isRefused(owner: BrowserProcess, { mode }: IDBTransaction, { source }: Asked): boolean {
  if (mode !== 'readwrite' || owner.full === 'nothing') return false;
  return source?.name === owner.full;
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It was just finished: then its work is on the disk, as after a real kill.
  }
}

/** A copy of everything on a disk, as the phone's maker backs it up. No process may run on it. */
export async function copyDisk(disk: IDBFactory): Promise<IDBFactory> {
  const copy = new IDBFactory();
  for (const { name, version } of await disk.databases()) {
    const from = await opened(disk.open(must(name, 'a database has a name')));
    const request = copy.open(name!, version);
    request.onupgradeneeded = () => copySchema(from, request.result as IDBDatabase);
    const to = await opened(request);
    const stores = [...from.objectStoreNames];
    const rows = await Promise.all(stores.map((store) => allRows(from, store)));
    const writing = to.transaction(stores, 'readwrite');
    stores.forEach((store, i) => {
      for (const row of rows[i]!) writing.objectStore(store).put(row);
    });
    await new Promise((done) => (writing.oncomplete = done));
    from.close();
    to.close();
  }
  return copy;
}

function copySchema(from: IDBDatabase, to: IDBDatabase): void {
  const stores = [...from.objectStoreNames];
  const reading = from.transaction(stores, 'readonly');
  for (const name of stores) {
    const { keyPath, autoIncrement, indexNames, index } = reading.objectStore(name);
    const made = to.createObjectStore(name, { keyPath, autoIncrement });
    for (const each of indexNames) {
      const { keyPath: path, unique, multiEntry } = index.call(reading.objectStore(name), each);
      made.createIndex(each, path, { unique, multiEntry });
    }
  }
}

const opened = (request: IDBOpenDBRequest | ReturnType<IDBFactory['open']>): Promise<IDBDatabase> =>
  new Promise((done, fail) => {
    request.onsuccess = () => done(request.result as IDBDatabase);
    request.onerror = () => fail(request.error);
  });

const allRows = (from: IDBDatabase, store: string): Promise<unknown[]> =>
  new Promise((done) => {
    const request = from.transaction(store, 'readonly').objectStore(store).getAll();
    request.onsuccess = () => done(request.result);
  });
