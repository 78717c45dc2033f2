/**
 * A meter that is on no list, on the screen: its draft and the step it is at.
 *
 * It knows the draft's rules (lib/field) and that a begun one rests sealed on this phone; it knows
 * no words. The page of found meters makes one; the round's search begins one with a number.
 */
import {
  dialOf,
  FOUND_STEPS,
  foundBody,
  foundDial,
  foundValue,
  isFoundComplete,
  newFound,
  openFoundStep,
  type FoundDraft,
  type FoundStep,
} from '#lib/field/found-draft.ts';
import type { Dial } from '#lib/field/dial.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { typeDigit } from '#lib/field/exchange-draft.ts';
import type { Offline } from '#lib/offline/types.ts';
import type { FieldApp } from './field-app.svelte.ts';
import type { FieldRound } from './field-round.svelte.ts';

type Begun = { readonly roundId: number; readonly draft: FoundDraft };
const KEY = 'found-drafts';

const begunFound = async (offline: Offline): Promise<readonly Begun[]> =>
  (await offline.snapshots.get<readonly Begun[]>(KEY))?.data ?? [];

async function keepBegun(offline: Offline, roundId: number, draft: FoundDraft | null) {
  const others = (await begunFound(offline)).filter((one) => one.roundId !== roundId);
  await offline.snapshots.put(KEY, draft ? [...others, { roundId, draft }] : others);
}

/**
 * Begins one with what is known already, or goes on with a begun one when nothing is. Addresses of
 * pages stay in the browser's history in clear, so a number must not travel in one (ADR 0030).
 */
export async function beginFound(
  offline: Offline,
  round: FieldRound,
  seed: Partial<FoundDraft>,
): Promise<void> {
  const begun = (await begunFound(offline)).some(({ roundId }) => roundId === round.id);
  if (begun && !seed.serial) return;
  const draft = newFound(round.meters, seed);
  const step = seed.heard === undefined ? draft.step : openFoundStep(draft);
  await keepBegun(offline, round.id, { ...draft, step });
}

export class FieldFound {
  readonly steps = FOUND_STEPS;
  /** Null until the phone's storage has answered. */
  draft = $state.raw<FoundDraft | null>(null);
  readonly #app: FieldApp;
  readonly #offline: Offline;
  readonly #round: FieldRound;
  #saved: Promise<void> = Promise.resolve();
  #over = false;
  readonly step: FoundStep = $derived.by(() => this.draft?.step ?? 'plate');
  readonly complete: boolean = $derived.by(
    () => this.draft !== null && isFoundComplete(this.step, this.draft),
  );
  readonly dial: Dial | null = $derived.by(() => (this.draft ? foundDial(this.draft) : null));

  /** What was typed, in the register's scale; null when nothing was. */
  readonly value: bigint | null = $derived.by(() => (this.draft ? foundValue(this.draft) : null));

  constructor(app: FieldApp, offline: Offline, round: FieldRound) {
    this.#app = app;
    this.#offline = offline;
    this.#round = round;
  }

  /** Takes up what was begun, else begins. */
  async open(): Promise<void> {
    const begun = (await begunFound(this.#offline)).find((one) => one.roundId === this.#round.id);
    this.draft = begun?.draft ?? newFound(this.#round.meters, {});
  }

  /** Changes the draft; it is on its way into the sealed storage when this returns. */
  set(change: Partial<FoundDraft>): void {
    if (!this.draft) return;
    const draft = { ...this.draft, ...change };
    this.draft = draft;
    // One after the other, or an older draft could overtake a newer one.
    this.#saved = this.#saved
      .then(() => (this.#over ? undefined : keepBegun(this.#offline, this.#round.id, draft)))
      .catch((error: unknown) => {
        this.#app.notKept = (error as { code?: string }).code ?? 'storage-lost';
      });
  }

  /** Digits typed for another dial are no value of this one. */
  choose(resource: Resource): void {
    this.set({ resource, typed: '', ...dialOf(this.#round.meters, resource) });
  }

  type(digit: string): void {
    if (this.dial && this.draft) {
      this.set({ typed: typeDigit(this.dial, this.draft.typed, digit) });
    }
  }

  next(): void {
    const step = FOUND_STEPS[FOUND_STEPS.indexOf(this.step) + 1];
    if (step && this.complete) this.set({ step });
  }

  /** False at the first step: then the page itself goes back. */
  back(): boolean {
    const step = FOUND_STEPS[FOUND_STEPS.indexOf(this.step) - 1];
    if (step) this.set({ step });
    return step !== undefined;
  }

  /** Resolves with the event's id once it is safe on the phone; null when it was not kept. */
  async keep(): Promise<string | null> {
    const body = this.draft && foundBody(this.draft, this.#round.id);
    if (!body) return null;
    const event = await this.#app.keep(({ outbox }) => outbox.capture('meter.unknown', body));
    if (!event) return null;
    await this.drop();
    return event.id;
  }

  /** Throws the draft away; nothing of it was ever an event. */
  async drop(): Promise<void> {
    this.#over = true;
    await this.#saved;
    await keepBegun(this.#offline, this.#round.id, null);
  }
}
