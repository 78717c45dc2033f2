/**
 * The exchange on the screen: its draft, the step it is at, what is odd about the old value.
 *
 * It knows the draft's rules (lib/field) and where it is kept; it knows no words. The exchange's
 * page makes one per meter.
 */
import {
  endValue,
  exchangeBody,
  isComplete,
  newDraft,
  openStep,
  startDial,
  startValue,
  stepsOf,
  typeDigit,
  type ExchangeDraft,
  type ExchangeStep,
} from '#lib/field/exchange-draft.ts';
import { digitsOfValue, doubtfulCell, type Dial } from '#lib/field/dial.ts';
import { judgeReading, type Judgement } from '#lib/field/plausibility.ts';
import type { MeterView, Offline } from '#lib/offline/types.ts';
import { dropDraft, findDraft, keepDraft } from './exchange-drafts.ts';
import type { FieldApp } from './field-app.svelte.ts';

export class FieldExchange {
  readonly meter: MeterView;
  /** Null until the phone's storage has answered. */
  draft = $state.raw<ExchangeDraft | null>(null);
  readonly #app: FieldApp;
  readonly #offline: Offline;
  readonly #place: string;
  #saved: Promise<void> = Promise.resolve();
  #over = false;
  readonly steps: readonly ExchangeStep[] = $derived.by(() =>
    this.draft ? stepsOf(this.meter, this.draft) : [],
  );
  readonly step: ExchangeStep = $derived.by(() => this.draft?.step ?? 'old');
  readonly complete: boolean = $derived.by(
    () => this.draft !== null && isComplete(this.step, this.meter, this.draft),
  );
  readonly end: bigint | null = $derived.by(() =>
    this.draft ? endValue(this.meter, this.draft) : null,
  );
  readonly judgement: Judgement | null = $derived.by(() =>
    this.end === null ? null : judgeReading(this.meter, this.end, this.draft?.endAt ?? Date.now()),
  );
  readonly doubt: Judgement['doubt'] = $derived.by(() => this.judgement?.doubt ?? null);
  /** The digits of the last reading, above which the old meter's are typed. */
  readonly before: string = $derived.by(() => {
    const last = this.meter.history[0];
    return last ? digitsOfValue(this.meter, BigInt(last[1])) : '';
  });
  /** The cells of the old dial to look at again. */
  readonly doubtful: readonly number[] = $derived.by(() =>
    this.doubt ? [Math.max(0, doubtfulCell(this.before, this.draft?.endTyped ?? ''))] : [],
  );
  /** The dial of the new meter; null until there is a draft. */
  readonly newDial: Dial | null = $derived.by(() =>
    this.draft ? startDial(this.meter, this.draft) : null,
  );
  readonly start: bigint | null = $derived.by(() =>
    this.draft ? startValue(this.meter, this.draft) : null,
  );

  constructor(app: FieldApp, offline: Offline, about: { meter: MeterView; place: string }) {
    this.#app = app;
    this.#offline = offline;
    this.meter = about.meter;
    this.#place = about.place;
  }

  /** Takes up what was begun, at its first open step; else begins. */
  async open(orderId: number | null): Promise<void> {
    const begun = await findDraft(this.#offline, this.meter);
    this.draft = begun
      ? { ...begun, step: openStep(this.meter, begun), orderId: orderId ?? begun.orderId }
      : newDraft(this.meter, orderId);
  }

  /** Changes the draft; it is on its way into the sealed storage when this returns. */
  set(change: Partial<ExchangeDraft>): void {
    if (!this.draft) return;
    this.draft = { ...this.draft, ...change };
    const { roundId, meterId } = this.meter;
    const begun = { roundId, meterId, place: this.#place, at: Date.now(), draft: this.draft };
    // One after the other, or an older draft could overtake a newer one.
    this.#saved = this.#saved
      .then(() => (this.#over ? undefined : keepDraft(this.#offline, begun)))
      .catch((error: unknown) => {
        this.#app.notKept = (error as { code?: string }).code ?? 'storage-lost';
      });
  }

  typeEnd(digit: string): void {
    const { endTyped } = this.draft ?? { endTyped: '' };
    this.set({ endTyped: typeDigit(this.meter, endTyped, digit), endAt: Date.now() });
  }

  typeStart(digit: string): void {
    const [dial, typed] = [this.newDial, this.draft?.startTyped ?? ''];
    if (dial) this.set({ startTyped: typeDigit(dial, typed, digit) });
  }

  next(): void {
    const at = this.steps.indexOf(this.step);
    const step = this.steps[at + 1];
    if (step && this.complete) this.set({ step });
  }

  /** False at the first step: then the page itself goes back. */
  back(): boolean {
    const step = this.steps[this.steps.indexOf(this.step) - 1];
    if (step) this.set({ step });
    return step !== undefined;
  }

  /** Resolves with the event's id once it is safe on the phone; null when it was not kept. */
  async keep(): Promise<string | null> {
    const { draft, meter } = this;
    if (!draft || !isComplete('sum', meter, draft)) return null;
    const doubted = this.doubt ? [this.doubt.code] : [];
    // The photo of the dial is the second look; a doubt without one does not reach this step.
    const sure = { ...draft, confirmed: draft.confirmed || draft.endPhoto !== null };
    const body = exchangeBody(meter, sure, { flags: doubted, now: Date.now() });
    const event = await this.#app.keep(({ outbox }) => outbox.capture('meter.exchanged', body));
    if (!event) return null;
    this.#over = true;
    await this.#saved;
    await dropDraft(this.#offline, meter);
    return event.id;
  }

  /** Throws the draft away; nothing of it was ever an event. */
  async drop(): Promise<void> {
    this.#over = true;
    await this.#saved;
    await dropDraft(this.#offline, this.meter);
  }
}
