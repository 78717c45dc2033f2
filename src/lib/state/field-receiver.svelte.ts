/**
 * The radio receiver as a person sees it: ready, last telegram three seconds ago, or why not.
 *
 * It knows the use case `listen` and which dongle was chosen; it opens no port by itself. FieldApp
 * owns one for as long as the app is open, so that walking from page to page keeps it listening.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { Instant } from '#lib/base/interval.ts';
import { dongleChoices, type DongleWish } from '#lib/field/dongle-choices.ts';
import type { ListenEnd, ListenEvent, SilenceCause } from '#lib/field/listen.ts';
import { judgeReading } from '#lib/field/plausibility.ts';
import { ownKeys } from '#lib/field/own-keys.ts';
import type { RadioTrace } from '#lib/field/radio-book.ts';
import { readingBody } from '#lib/field/reading-body.ts';
import { TakenMeters } from '#lib/field/taken-meters.ts';
import type { Signals } from '#lib/field/signals.ts';
import { keepAwake } from '#lib/field/wake-lock.ts';
import type { DongleName, RadioMode } from '#lib/meters/dongles/dongles.table.ts';
import type { DongleFailure } from '#lib/meters/dongles/session.ts';
import type { MeterView, Offline } from '#lib/offline/types.ts';
import type { CatchAll } from './field-catch-all.svelte.ts';
import type { Transport } from '#lib/transport/transport.ts';

const NO_KEYS: ReadonlyMap<number, Uint8Array> = new Map();

/** What the USB id of a serial port gives away. */
const kindOf = (transport: Transport): string | null =>
  (transport as { kind?: string | null }).kind ?? null;

export type ReceiverPhase = 'none' | 'idle' | 'opening' | 'ready' | 'testing' | 'failed';

/** The reading that has just come in; the banner shows it. */
export type JustRead = { readonly meterId: number; readonly value: bigint; readonly at: Instant };

/** A later value of a meter that has a reading already. */
export type NewerValue = {
  readonly value: bigint;
  readonly at: Instant;
  readonly raw: Uint8Array;
};

export class Receiver {
  transport = $state.raw<Transport | null>(null);
  phase = $state<ReceiverPhase>('none');
  dongle = $state<DongleName | null>(null);
  mode = $state<RadioMode | null>(null);
  /** Null = try the kinds one after the other. */
  wanted = $state.raw<DongleWish>({
    dongle: null,
    mode: 'T+C',
  });
  end = $state<ListenEnd | null>(null);
  failure = $state<DongleFailure | null>(null);
  causes = $state.raw<readonly SilenceCause[]>([]);
  lastAt = $state<Instant | null>(null);
  strangers = $state(0);
  just = $state.raw<JustRead | null>(null);
  keyTrouble = $state<string | null>(null);
  /** A reading could not be written: the code of the storage error. */
  notKept = $state<string | null>(null);
  readonly traces = new SvelteMap<number, RadioTrace>();
  /** By meter; what a person has not taken is forgotten with the app. */
  readonly newer = new SvelteMap<number, NewerValue>();
  readonly #signals: Signals;
  /** The list of strangers that is switched on for this round. */
  readonly #catchAll: (roundId: number) => CatchAll | null;
  #stop: AbortController | null = null;

  constructor(signals: Signals, catchAll: (roundId: number) => CatchAll | null) {
    this.#signals = signals;
    this.#catchAll = catchAll;
  }

  get listening(): boolean {
    return this.#stop !== null && this.phase !== 'failed';
  }

  /** A port was chosen; it is opened when a round listens. */
  use(transport: Transport): void {
    this.stop();
    this.transport = transport;
    this.phase = 'idle';
    this.end = null;
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = null;
    if (this.phase !== 'none') this.phase = 'idle';
  }

  /** What was heard belongs to another storage; the port is chosen anew. */
  forget(): void {
    this.stop();
    this.transport = null;
    this.phase = 'none';
    this.just = null;
    this.traces.clear();
    this.newer.clear();
  }

  /** Listens for the meters of one round until `stop`, or until the receiver is gone. */
  async start(offline: Offline, roundId: number, meters: readonly MeterView[]): Promise<void> {
    const transport = this.transport;
    if (!transport) return;
    this.stop();
    const abort = new AbortController();
    this.#stop = abort;
    this.phase = 'opening';
    this.end = this.notKept = null;
    this.causes = [];
    const sleep = keepAwake();
    let unfollow = (): void => {};
    // What was learnt is a convenience: a phone that is full keeps readings first.
    let keepFormats = (): void => {};
    try {
      const keys = await this.#openKeys(offline, roundId, meters);
      const [{ listen }, { RadioBook }, learnt] = await Promise.all([
        import('#lib/field/listen.ts'),
        import('#lib/field/radio-book.ts'),
        offline.formats.load(),
      ]);
      const book = new RadioBook(meters, keys, learnt);
      keepFormats = () => void offline.formats.keep(book.formats).catch(() => {});
      const taken = new TakenMeters(meters);
      unfollow = offline.rounds.meters(roundId).subscribe((rows) => {
        for (const meterId of taken.follow(rows)) book.forget(meterId);
      });
      const end = await listen(
        {
          transport,
          choices: dongleChoices(this.wanted, kindOf(transport)),
          book,
          roundId,
          meters,
          taken: taken.ids,
          judge: (meterId, value, at) => {
            const meter = meters.find((row) => row.meterId === meterId);
            const doubt = meter ? judgeReading(meter, value, at).doubt : null;
            return doubt ? [doubt.code] : [];
          },
          capture: (body) => offline.outbox.capture('reading.captured', body),
          on: (event) => this.#on(event),
          catchAll: () => this.#catchAll(roundId),
        },
        abort.signal,
      );
      if (this.#stop === abort) this.#finish(end);
    } finally {
      unfollow();
      keepFormats();
      sleep();
    }
  }

  /** Keeps the later value beside the reading that is there. Throws StorageError. */
  async takeNewer(offline: Offline, meter: MeterView): Promise<string | null> {
    const heard = this.newer.get(meter.meterId);
    if (!heard) return null;
    const { value, raw, at } = heard;
    const { doubt } = judgeReading(meter, value, at);
    const flags = doubt ? [doubt.code] : [];
    const body = readingBody(meter, { value, source: 'radio', flags, raw });
    const event = await offline.outbox.capture('reading.captured', body);
    this.newer.delete(meter.meterId);
    return event.id;
  }

  async #openKeys(
    offline: Offline,
    roundId: number,
    meters: readonly MeterView[],
  ): Promise<ReadonlyMap<number, Uint8Array>> {
    this.keyTrouble = null;
    try {
      const keys = await offline.keyring.openRound(roundId);
      return ownKeys(keys, meters);
    } catch (error) {
      // Without keys clear telegrams are still read, and the key doctor says what is missing.
      this.keyTrouble = (error as { code?: string }).code ?? 'key-unreadable';
      return NO_KEYS;
    }
  }

  #finish(end: ListenEnd): void {
    this.#stop = null;
    this.end = end;
    this.phase = end === 'aborted' ? 'idle' : 'failed';
  }

  #on(event: ListenEvent): void {
    switch (event.kind) {
      case 'receiver':
        this.phase = event.phase;
        this.dongle = event.dongle;
        this.mode = event.mode;
        this.failure = event.failure;
        return;
      case 'silent':
        this.causes = event.causes;
        return this.#signals.play('silent');
      case 'telegram':
        this.lastAt = event.at;
        this.strangers = event.strangers;
        return;
      case 'heard':
        this.causes = [];
        this.traces.set(event.trace.meterId, event.trace);
        return;
      case 'read':
        return this.#onRead(event);
      case 'newer': {
        const { trace, value, raw } = event;
        return void this.newer.set(trace.meterId, { value, at: trace.at, raw });
      }
      case 'not-kept':
        this.notKept = (event.error as { code?: string }).code ?? 'storage-lost';
        return this.#signals.play('alarm');
    }
  }

  #onRead({ trace, value, flags, alarms }: Extract<ListenEvent, { kind: 'read' }>): void {
    const startTime = Math.max(0, trace.at - performance.timeOrigin);
    performance.mark('kilter:bytes', { startTime, detail: trace.meterId });
    this.just = { meterId: trace.meterId, value, at: Date.now() };
    const alarmed = alarms.some((alarm) => alarm !== 'low-battery');
    this.#signals.play(alarmed ? 'alarm' : flags.length ? 'doubt' : 'read');
  }
}
