/**
 * The orders a reader carries: as the server last told them, less what this phone has finished
 * since. It knows the sealed copy and the outbox; pages of (field) make one and close it.
 */
import { createApi } from '#lib/api/client.ts';
import type { FieldOrder } from '#lib/contract/orders.ts';
import type { MeterView, Offline, OutboxItem } from '#lib/offline/types.ts';
import type { FieldApp } from './field-app.svelte.ts';
import { finishedBy } from './finished-orders.ts';
import { LiveState } from './field-live.svelte.ts';

const KEY = 'field-orders';
/** What was finished longer ago than this many events has long been sent. */
const LOOK_BACK = 500;
/** Browsers do not always tell that the network is back. */
const AGAIN_MS = 15_000;

export class FieldOrders {
  #orders = $state.raw<readonly FieldOrder[]>([]);
  known = $state(false);
  readonly #app: FieldApp;
  readonly #offline: Offline;
  #again: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  readonly #events: LiveState<readonly OutboxItem[]>;
  /** By order, the event that finished it. */
  readonly #finished = $derived.by(() => finishedBy(this.#events.current));
  readonly open: readonly FieldOrder[] = $derived.by(() =>
    this.#orders.filter(({ id }) => !this.#finished.has(id)),
  );

  constructor(app: FieldApp, offline: Offline) {
    this.#app = app;
    this.#offline = offline;
    this.#events = new LiveState<readonly OutboxItem[]>(offline.outbox.list(LOOK_BACK), []);
    void this.#load();
  }

  order(id: number): FieldOrder | null {
    return this.open.find((order) => order.id === id) ?? null;
  }

  /** Without a network the last list stays, and the server is asked again a little later. */
  async refresh(): Promise<void> {
    if (this.#isClosed) return;
    clearTimeout(this.#again);
    const isFresh = this.#app.online && (await this.#ask());
    if (isFresh || this.#isClosed) return;
    this.#again = setTimeout(() => void this.refresh(), AGAIN_MS);
  }

  async #ask(): Promise<boolean> {
    try {
      const orders = await createApi(fetch).orders.listMine.query();
      this.#orders = orders;
      await this.#offline.snapshots.put(KEY, orders);
      return true;
    } catch {
      // The quiet line of the app says whether the server answers.
      return false;
    }
  }

  /** The row of a downloaded round where the order's point is read; null when there is none. */
  async stop(order: FieldOrder): Promise<MeterView | null> {
    for (const { roundId } of this.#app.rounds) {
      const meters = await first(this.#offline, roundId);
      const found = meters.find(({ pointId }) => pointId === order.pointId);
      if (found) return found;
    }
    return null;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#again);
    this.#events.close();
  }

  async #load(): Promise<void> {
    const kept = await this.#offline.snapshots.get<readonly FieldOrder[]>(KEY);
    if (kept) this.#orders = kept.data;
    this.known = kept !== null;
    await this.refresh();
    this.known = true;
  }
}

const first = (offline: Offline, roundId: number): Promise<readonly MeterView[]> =>
  new Promise((resolve) => {
    const stop = offline.rounds.meters(roundId).subscribe((meters) => {
      resolve(meters);
      // The subscription may answer before it has given its end.
      queueMicrotask(() => stop());
    });
  });
