/**
 * One round on the screen: its meters, which tile is what, who is next, what came in last.
 *
 * It knows the phone's copy of the round and what the receiver hears. The pages of a round make one
 * each; what they show of the phone's storage is shared and stays open in FieldApp.
 */
import type { Offline, MeterView, RoundView } from '#lib/offline/types.ts';
import { findMeters, meterOfCode, metersById } from '#lib/field/find-meters.ts';
import { likeliest, minutesLeft, signalBars } from '#lib/field/likelihood.ts';
import { createBalancer } from '#lib/field/round-balance.ts';
import { tileWindow } from '#lib/field/tile-window.ts';
import type { FieldApp } from './field-app.svelte.ts';
import type { LiveState } from './field-live.svelte.ts';

export type RoundTile = 'ahead' | 'next' | 'radio' | 'hand' | 'check' | 'cannot' | 'now';

/** How long a fresh tile stays inverted (design.md section 10). */
const FRESH_MS = 1000;
/** Older than this, a signal says where the person was. */
const HEARD_MS = 120_000;
/** The next meter and the two that the screen names after it. */
const QUEUE = 3;
/** Bars of the signal sign for a strength in dBm. */
export const barsOf = signalBars;
const BY_HAND: readonly (string | null)[] = ['typed', 'photo', 'resident'];

export class FieldRound {
  readonly id: number;
  readonly #app: FieldApp;
  readonly #balance = createBalancer();
  readonly #meters: LiveState<readonly MeterView[]>;
  readonly round: RoundView | null = $derived.by(() => this.#find());
  readonly meters: readonly MeterView[] = $derived.by(() => this.#meters.current);
  readonly #byId = $derived.by(() => metersById(this.meters));
  readonly counts = $derived.by(() => countOf(this.meters));
  readonly queue: readonly MeterView[] = $derived.by(() => this.#queue());
  readonly next: MeterView | null = $derived.by(() => this.queue[0] ?? null);
  /** Which meters the picture of progress draws, and how many a row. */
  readonly picture = $derived.by(() =>
    tileWindow(this.meters.length, this.next ? this.meters.indexOf(this.next) : -1),
  );
  /** What each common meter of the round counted and no home explains; empty for most rounds. */
  readonly balances = $derived.by(() => this.#balance(this.meters));
  readonly minutes = $derived.by(() =>
    minutesLeft(
      this.meters.flatMap(({ capture }) => (capture ? [capture.at] : [])),
      this.counts.ahead,
    ),
  );

  constructor(app: FieldApp, offline: Offline, id: number) {
    this.id = id;
    this.#app = app;
    this.#meters = app.metersOf(offline, id);
  }

  get known(): boolean {
    return this.#meters.known;
  }

  meter(id: number): MeterView | null {
    return this.#byId.get(id) ?? null;
  }

  /** By last digits, flat or address; the best match first. */
  find(query: string): readonly MeterView[] {
    return findMeters(this.meters, query);
  }

  /** The one meter that a scanned code names. */
  named(code: string): MeterView | null {
    return meterOfCode(this.meters, code);
  }

  /** Bars of the signal sign; nought when it was not heard lately. */
  bars(meterId: number): 0 | 1 | 2 | 3 | 4 | 5 {
    const { receiver, now } = this.#app;
    const trace = receiver.traces.get(meterId);
    return trace && now - trace.at < HEARD_MS ? signalBars(trace.rssiDbm) : 0;
  }

  tile(meter: MeterView): RoundTile {
    const { just } = this.#app.receiver;
    if (just?.meterId === meter.meterId && this.#app.now - just.at < FRESH_MS) return 'now';
    if (meter.state === 'ahead') return meter.meterId === this.next?.meterId ? 'next' : 'ahead';
    if (meter.state === 'doubt') return 'check';
    if (meter.state === 'cannot') return 'cannot';
    return BY_HAND.includes(meter.capture?.source ?? null) ? 'hand' : 'radio';
  }

  #find(): RoundView | null {
    return this.#app.rounds.find(({ roundId }) => roundId === this.id) ?? null;
  }

  /** The meter that was visited last: where the person stands. */
  get latest(): MeterView | null {
    let last: MeterView | null = null;
    for (const meter of this.meters) {
      if ((meter.capture?.at ?? 0) > (last?.capture?.at ?? 0)) last = meter;
    }
    return last;
  }

  #queue(): MeterView[] {
    const signals = this.#app.receiver.traces;
    // In silence the clock changes nothing, and asking it would sort the round every second.
    const now = signals.size > 0 ? this.#app.now : 0;
    return likeliest(this.meters, this.latest?.meterId ?? null, { signals, now, count: QUEUE });
  }
}

function countOf(meters: readonly MeterView[]) {
  const n = { ahead: 0, read: 0, doubt: 0, cannot: 0 };
  for (const { state } of meters) n[state]++;
  const { ahead, doubt, cannot } = n;
  return { total: meters.length, done: n.read + doubt, doubt, cannot, ahead };
}
