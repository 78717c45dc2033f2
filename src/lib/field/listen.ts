/**
 * Listening to a radio dongle while a round is walked: open it, hear, match, keep.
 *
 * It knows the order of things between a port (transport), a dongle (meters/dongles), the round
 * (radio-book.ts) and the outbox. It knows no screen. lib/state runs it; tests play recordings.
 */
import { must } from '#lib/base/assert.ts';
import { SECOND_MS, type Instant } from '#lib/base/interval.ts';
import type { ReadingCaptured } from '#lib/contract/fieldsync.ts';
import { createDongleFramer, dongleRow } from '#lib/meters/dongles/dongle.ts';
import type { DongleName, RadioMode } from '#lib/meters/dongles/dongles.table.ts';
import type { DongleEvent } from '#lib/meters/dongles/framer.ts';
import { initialState, step, type DongleFailure } from '#lib/meters/dongles/session.ts';
import type { DongleState, SessionEvent } from '#lib/meters/dongles/session.ts';
import { DeviceError, type Chunk, type DeviceErrorCode } from '#lib/transport/transport.ts';
import type { Transport } from '#lib/transport/transport.ts';
import type { HeardStranger } from './heard-stranger.ts';
import type { HeardTelegram, MeterAlarm, RadioBook, RadioMeter, RadioTrace } from './radio-book.ts';
import { readingBody } from './reading-body.ts';
import { hearStranger } from './strangers.ts';

/** Why a receiver that works hears nothing of this round, the likeliest first. */
export type SilenceCause = 'receiver-dead' | 'other-house' | 'other-mode' | 'too-far';

export type ListenEvent =
  | {
      readonly kind: 'receiver';
      readonly phase: 'opening' | 'ready' | 'testing' | 'failed';
      readonly dongle: DongleName;
      readonly mode: RadioMode;
      readonly failure: DongleFailure | null;
    }
  | { readonly kind: 'silent'; readonly causes: readonly SilenceCause[] }
  /** Any telegram, also a stranger's: proof that the receiver hears. */
  | { readonly kind: 'telegram'; readonly at: Instant; readonly strangers: number }
  | { readonly kind: 'heard'; readonly trace: RadioTrace }
  | {
      readonly kind: 'read';
      readonly trace: RadioTrace;
      readonly value: bigint;
      readonly flags: readonly string[];
      readonly alarms: readonly MeterAlarm[];
      readonly eventId: string;
    }
  /** A value of a meter that has its reading: told, not captured; the person may take it. */
  | {
      readonly kind: 'newer';
      readonly trace: RadioTrace;
      readonly value: bigint;
      readonly raw: Uint8Array;
    }
  /** A reading could not be stored: the phone is full. Nothing is claimed to be saved. */
  | { readonly kind: 'not-kept'; readonly trace: RadioTrace; readonly error: unknown };

export type DongleChoice = { readonly dongle: DongleName; readonly mode: RadioMode };

export type ListenDeps = {
  readonly transport: Transport;
  /** Tried one after the other until one answers; a single one is taken at its word. */
  readonly choices: readonly DongleChoice[];
  readonly book: RadioBook;
  readonly roundId: number;
  readonly meters: readonly RadioMeter[];
  /**
   * Meters whose reading is already kept: they are heard, not captured again. The caller may change
   * it while listening: a meter that leaves it (its reading was taken back) is read anew.
   */
  readonly taken: Set<number>;
  /** Plausibility codes of a value, empty when nothing is odd. */
  readonly judge: (meterId: number, value: bigint, at: Instant) => readonly string[];
  readonly capture: (body: ReadingCaptured) => Promise<{ readonly id: string }>;
  readonly on: (event: ListenEvent) => void;
  /** Meters of other rounds are only counted; null unless the person wants them (docs/adr/0034). */
  readonly catchAll?: () => { take(heard: HeardStranger): void } | null;
};

/** How a listening ended; `aborted` by the person. */
export type ListenEnd = 'aborted' | DongleFailure | DeviceErrorCode;

const IDLE_MS = SECOND_MS;

/** Runs until `signal` aborts or the receiver is gone. Errors of the device are the result. */
export async function listen(deps: ListenDeps, signal: AbortSignal): Promise<ListenEnd> {
  try {
    let end: ListenEnd = 'no_reply';
    for (const choice of deps.choices) {
      end = await new Listener(deps, choice, signal).run();
      if (end !== 'no_reply') return end;
    }
    return end;
  } catch (cause) {
    if (cause instanceof DeviceError) return cause.code;
    throw cause;
  } finally {
    await deps.transport.close();
  }
}

/** One attempt with one kind of dongle. */
class Listener {
  readonly #deps: ListenDeps;
  readonly #signal: AbortSignal;
  readonly #choice: DongleChoice;
  #state: DongleState;
  #deadlineAt: Instant | null = null;
  #heard = 0;
  #heardOfRound = 0;

  constructor(deps: ListenDeps, choice: DongleChoice, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#choice = choice;
    this.#state = initialState(choice.dongle, choice.mode);
  }

  async run(): Promise<ListenEnd> {
    const { transport } = this.#deps;
    const baud = dongleRow(this.#choice.dongle).baud;
    await transport.open({ baud, dataBits: 8, parity: 'none', stopBits: 1 });
    const framer = createDongleFramer(this.#choice.dongle);
    const chunks = transport.read()[Symbol.asyncIterator]();
    let waiting: Promise<IteratorResult<Chunk>> | null = null;
    await this.#feed({ kind: 'start' });
    while (!this.#signal.aborted) {
      waiting ??= chunks.next();
      const chunk = await firstOf(waiting, IDLE_MS, this.#signal);
      if (chunk) waiting = null;
      if (chunk?.done) return this.#signal.aborted ? 'aborted' : 'disconnected';
      const events = chunk ? framer.push(chunk.value.bytes) : framer.flush();
      for (const event of events) await this.#onDongle(event, chunk?.value.at ?? Date.now());
      if (this.#deadlineAt !== null && Date.now() >= this.#deadlineAt) await this.#onTimeout();
      if (this.#isOver()) return must(this.#state.failure, 'a failed session names its failure');
    }
    return 'aborted';
  }

  /** A dongle that does not answer but delivers telegrams is listened to all the same. */
  #isOver(): boolean {
    return this.#state.phase === 'failed' && !(this.#state.failure === 'no_reply' && this.#heard);
  }

  async #onTimeout(): Promise<void> {
    await this.#feed({ kind: 'timeout' });
  }

  async #onDongle(event: DongleEvent, at: Instant): Promise<void> {
    if (event.kind === 'telegram') this.#onTelegram(event, at);
    await this.#feed(event);
  }

  async #feed(event: SessionEvent): Promise<void> {
    const before = this.#state.phase;
    const next = step(this.#state, event);
    this.#state = next.state;
    this.#deadlineAt = next.waitMs === null ? null : Date.now() + next.waitMs;
    for (const message of next.send) await this.#deps.transport.write(message);
    const { phase, failure } = next.state;
    if (phase === before && event.kind !== 'start') return;
    const passive = phase === 'failed' && failure === 'no_reply' && this.#heard > 0;
    const shown = passive ? 'ready' : phase;
    this.#deps.on({ kind: 'receiver', phase: shown, ...this.#choice, failure });
    if (phase === 'failed' && failure === 'silent') this.#tellSilence(true);
    if (before === 'testing' && phase === 'ready' && event.kind === 'reply') {
      this.#tellSilence(false);
    }
  }

  /** A minute without a telegram, and the receiver was asked whether it is there. */
  #tellSilence(dead: boolean): void {
    const causes: SilenceCause[] = ['too-far', 'other-mode', 'other-house'];
    if (this.#heard > 0 && this.#heardOfRound === 0) causes.reverse();
    this.#deps.on({ kind: 'silent', causes: dead ? ['receiver-dead'] : causes });
  }

  #onTelegram(event: Extract<DongleEvent, { kind: 'telegram' }>, at: Instant): void {
    if (event.crcOk === false) return;
    const { book, on, taken } = this.#deps;
    const rssiDbm = event.rssi_dbm ?? null;
    const outcome = book.take({ bytes: event.bytes, at, rssiDbm });
    if (outcome.kind === 'noise') return;
    this.#heard++;
    on({ kind: 'telegram', at, strangers: book.strangers.size });
    if (outcome.kind === 'stranger') return this.#onStranger({ bytes: event.bytes, at, rssiDbm });
    this.#heardOfRound++;
    on({ kind: 'heard', trace: outcome.trace });
    if (outcome.kind !== 'reading') return;
    const { trace, value, raw } = outcome;
    if (taken.has(trace.meterId)) return on({ kind: 'newer', trace, value, raw });
    taken.add(trace.meterId);
    void this.#keep(outcome);
  }

  #onStranger(telegram: HeardTelegram): void {
    // Asked for each: nothing of a stranger is read while nobody wants it.
    const list = this.#deps.catchAll?.();
    const heard = list && hearStranger(telegram);
    if (heard) list.take(heard);
  }

  /** Not awaited by the ear: the next telegram is heard while this one is written down. */
  async #keep(reading: Kept): Promise<void> {
    const { roundId, meters, judge, capture, on, taken } = this.#deps;
    const { trace, value, alarms } = reading;
    const meter = must(
      meters.find(({ meterId }) => meterId === trace.meterId),
      'the book reads only meters of the round',
    );
    const flags = judge(trace.meterId, value, trace.at);
    try {
      const event = await capture(
        readingBody({ ...meter, roundId }, { value, source: 'radio', flags, raw: reading.raw }),
      );
      on({ kind: 'read', trace, value, flags, alarms, eventId: event.id });
    } catch (error) {
      taken.delete(trace.meterId);
      on({ kind: 'not-kept', trace, error });
    }
  }
}

type Kept = {
  readonly trace: RadioTrace;
  readonly value: bigint;
  readonly alarms: readonly MeterAlarm[];
  readonly raw: Uint8Array;
};

/** The value, or null after `limitMs` or when `signal` aborts; the promise itself stays usable. */
function firstOf<T>(work: Promise<T>, limitMs: number, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = (): void => finish(null);
    const timer = setTimeout(stop, limitMs);
    signal.addEventListener('abort', stop, { once: true });
    const finish = (value: T | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(value);
    };
    work.then(finish, (error: unknown) => {
      reject(error as Error);
      finish(null);
    });
  });
}
