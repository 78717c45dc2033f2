/**
 * Meters that are heard in a round and stand on none of its rows, while the reader wants them.
 *
 * It knows the switch and where the list rests, sealed, until the round leaves this phone; how a
 * telegram is read is lib/field's. FieldApp owns one for the round that listens.
 */
import { SvelteMap } from 'svelte/reactivity';
import { SECOND_MS } from '#lib/base/interval.ts';
import { hearAgain, type HeardStranger } from '#lib/field/heard-stranger.ts';
import type { Offline } from '#lib/offline/types.ts';

type Kept = { readonly roundId: number; readonly heard: readonly HeardStranger[] };
const KEY = 'catch-all';
/** A stairwell speaks thirty times a second; the disk is written to as often as a person looks. */
const KEEP_EVERY_MS = 2 * SECOND_MS;

const keptIn = async (offline: Offline): Promise<readonly Kept[]> =>
  (await offline.snapshots.get<readonly Kept[]>(KEY))?.data ?? [];

/** A round that has left this phone takes its strangers with it. */
export async function forgetStrangers(
  offline: Offline,
  roundIds: readonly number[],
): Promise<void> {
  const all = await keptIn(offline);
  const left = all.filter(({ roundId }) => roundIds.includes(roundId));
  if (left.length < all.length) await offline.snapshots.put(KEY, left);
}

export class CatchAll {
  on = $state(false);
  readonly heard = new SvelteMap<string, HeardStranger>();
  readonly #offline: Offline;
  readonly #roundId: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saved: Promise<void> = Promise.resolve();

  constructor(offline: Offline, roundId: number) {
    this.#offline = offline;
    this.#roundId = roundId;
  }

  /** Takes up the list of this round. */
  async open(): Promise<void> {
    const own = (await keptIn(this.#offline)).find(({ roundId }) => roundId === this.#roundId);
    this.on = own !== undefined;
    for (const one of own?.heard ?? []) this.heard.set(one.radioId, one);
  }

  async switchOn(): Promise<void> {
    this.on = true;
    await this.#keep();
  }

  /** Nothing of the list is left. */
  async switchOff(): Promise<void> {
    this.on = false;
    this.heard.clear();
    await this.#keep();
  }

  /** One more telegram of a stranger; nothing happens while the switch is off. */
  take(one: HeardStranger): void {
    if (!this.on) return;
    const before = this.heard.get(one.radioId);
    this.heard.set(one.radioId, before ? hearAgain(before, one) : one);
    this.#timer ??= setTimeout(() => void this.#keep().catch(() => {}), KEEP_EVERY_MS);
  }

  #keep(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // One after the other, or an older list could overtake a newer one.
    this.#saved = this.#saved.catch(() => {}).then(() => this.#write());
    return this.#saved;
  }

  async #write(): Promise<void> {
    const all = await keptIn(this.#offline);
    const others = all.filter(({ roundId }) => roundId !== this.#roundId);
    const own: Kept = { roundId: this.#roundId, heard: [...this.heard.values()] };
    await this.#offline.snapshots.put(KEY, this.on ? [...others, own] : others);
  }
}
