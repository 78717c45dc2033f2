/**
 * The visit to a collector on the screen: connecting, reading, how far it is, what failed.
 *
 * It knows the use case lib/field/collector and that the visit rests sealed on this phone, so that
 * a killed app goes on where it was; it knows no words. The collector's page of a round makes one.
 */
import { uuidv7 } from '#lib/base/id.ts';
import type { CollectorRead } from '#lib/contract/collector-read.ts';
import {
  newVisit,
  progressOf,
  withKept,
  withRetry,
  type Visit,
  type VisitMeter,
} from '#lib/field/collector/visit.ts';
import { keepAwake } from '#lib/field/wake-lock.ts';
import type { Live, MeterView, Offline } from '#lib/offline/types.ts';
import type { Transport } from '#lib/transport/transport.ts';
import type { FieldApp } from './field-app.svelte.ts';
import type { FieldRound } from './field-round.svelte.ts';

export type { VisitMeter };
export type CollectorPhase = 'opening' | 'waiting' | 'connecting' | 'reading' | 'stopping';

/** More records than a phone captures between two visits of one collector. */
const MOST_RECORDS = 3000;
/** The visit is written down so often; what came since is found again in the outbox. */
const SAVE_MS = 3000;
/** Fewer meters than this tell nothing of the time that the others need. */
const ENOUGH = 5;
/** A device that is gone may never say that it is closed. */
const CLOSE_MS = 1500;

export class FieldCollector {
  phase = $state<CollectorPhase>('opening');
  visit = $state.raw<Visit | null>(null);
  /** Code of a session, of a device or of the storage; null when the last run ended well. */
  failure = $state<string | null>(null);
  transport = $state.raw<Transport | null>(null);
  readonly progress = $derived.by(() => (this.visit ? progressOf(this.visit) : null));
  readonly failed: readonly VisitMeter[] = $derived.by(() => this.#of('failed'));
  /** Taken, but of no meter of the round: told by name, and kept for the desk. */
  readonly unassigned: readonly VisitMeter[] = $derived.by(() =>
    this.#of('done').filter(({ meterId }) => meterId === null),
  );
  readonly taken: readonly VisitMeter[] = $derived.by(() =>
    this.#of('done').filter(({ meterId }) => meterId !== null),
  );
  /** Minutes until all are taken, by the speed of this run; null while that cannot be told. */
  readonly minutes: number | null = $derived.by(() => this.#minutes());
  readonly #app: FieldApp;
  readonly #offline: Offline;
  readonly #round: FieldRound;
  #run = $state.raw<{ readonly at: number; readonly ahead: number } | null>(null);
  #stop: AbortController | null = null;
  #saved: Promise<void> = Promise.resolve();
  #savedAt = 0;

  constructor(app: FieldApp, offline: Offline, round: FieldRound) {
    this.#app = app;
    this.#offline = offline;
    this.#round = round;
  }

  get running(): boolean {
    return this.phase === 'connecting' || this.phase === 'reading' || this.phase === 'stopping';
  }

  /** Takes up the visit that was begun, with everything that the outbox has of it. */
  async open(): Promise<void> {
    const kept = await this.#offline.snapshots.get<Visit>(this.#key).catch(() => null);
    if (kept) this.visit = withKept(kept.data, await this.#recordsOf(kept.data));
    this.phase = 'waiting';
  }

  /** A port was chosen: reads at once. */
  async use(transport: Transport): Promise<void> {
    await this.#close();
    this.transport = transport;
    await this.read();
  }

  /** Begins, or goes on where the visit was. Never throws: see `failure`. */
  async read(): Promise<void> {
    const { transport } = this;
    if (!transport || this.running) return;
    this.phase = 'connecting';
    this.failure = null;
    this.#stop = new AbortController();
    const sleep = keepAwake();
    try {
      this.failure = await this.#readWith(transport, this.#stop.signal);
    } catch (error) {
      this.failure = this.#told(error);
    } finally {
      sleep();
      this.#run = null;
      await this.#save(true);
      // A pipe that failed or was stopped is opened anew.
      await this.#close();
      this.phase = 'waiting';
    }
    if (this.failure === null) this.#app.signals.play('read');
    else if (this.failure !== 'stopped') this.#app.signals.play('alarm');
  }

  /** A full phone is told where every capture tells it; here the visit has just ended. */
  #told(error: unknown): string {
    const { code = 'unexpected' } = error as { code?: string };
    if (!(error instanceof Error) || error.name !== 'StorageError') return code;
    this.#app.notKept = code;
    return 'stopped';
  }

  async #readWith(transport: Transport, signal: AbortSignal): Promise<string | null> {
    // The protocol loads when somebody stands before a collector.
    const [{ Port }, { findCollector }, { readOut }] = await Promise.all([
      import('#lib/field/port.ts'),
      import('#lib/field/collector/connect.ts'),
      import('#lib/field/collector/read-out.ts'),
    ]);
    const work = { port: new Port(transport), signal, patience: 1, counters: null };
    const found = await findCollector(work);
    if (!found.ok) return found.error.code;
    const { serial, model } = found.value.identity;
    this.#show(await this.#visitOf({ serial, model }));
    // A visit that was not written down before its first meter could not be found again.
    await this.#save(true);
    this.phase = 'reading';
    this.#run = { at: Date.now(), ahead: 0 };
    const end = await readOut(
      {
        ...{ work, found: found.value, now: Date.now, known: () => this.#known() },
        keep: async (body) => void (await this.#offline.outbox.capture('collector.read', body)),
        onVisit: (visit) => this.#show(visit),
      },
      this.visit!,
    );
    this.#show(end.visit);
    return end.code === 'complete' ? null : end.code;
  }

  /** A meter that was hung today has no number at the server yet: the desk assigns its readings. */
  #known(): readonly MeterView[] {
    return this.#round.meters.filter(({ exchange }) => !exchange);
  }

  /** Another collector is another visit; the one before stays in the outbox. */
  async #visitOf(collector: NonNullable<Visit['collector']>): Promise<Visit> {
    const { visit } = this;
    const isSame = !visit?.collector || visit.collector.serial === collector.serial;
    if (visit && isSame) return { ...visit, collector };
    const now = Date.now();
    const id = uuidv7(now, (n) => crypto.getRandomValues(new Uint8Array(n)));
    return { ...newVisit(id, this.#round.id, now), collector };
  }

  /** Those that gave nothing are asked once more. */
  async retry(): Promise<void> {
    if (!this.visit || this.running) return;
    this.#show(withRetry(this.visit));
    await this.#save(true);
    await this.read();
  }

  /** Reads the same collector anew, a month later. */
  async again(): Promise<void> {
    if (this.running) return;
    this.visit = null;
    await this.read();
  }

  stop(): void {
    if (!this.running) return;
    this.phase = 'stopping';
    this.#stop?.abort();
  }

  /** The device is let go; the visit stays. */
  async leave(): Promise<void> {
    this.#stop?.abort();
    if (!this.running) await this.#close();
  }

  async #close(): Promise<void> {
    const late = new Promise((end) => setTimeout(end, CLOSE_MS));
    await Promise.race([this.transport?.close().catch(() => undefined), late]);
  }

  #show(visit: Visit): void {
    this.visit = visit;
    const ahead = progressOf(visit).ahead;
    // The list comes after the link: from then on the time is that of the meters.
    if (this.#run?.ahead === 0 && ahead > 0) this.#run = { at: Date.now(), ahead };
    void this.#save(false);
  }

  /** One after the other, or an older visit could overtake a newer one. */
  #save(isLast: boolean): Promise<void> {
    const { visit } = this;
    const now = Date.now();
    if (!visit || (!isLast && now - this.#savedAt < SAVE_MS)) return this.#saved;
    this.#savedAt = now;
    this.#saved = this.#saved
      .then(() => this.#offline.snapshots.put(this.#key, visit))
      .catch((error: unknown) => {
        this.#app.notKept = (error as { code?: string }).code ?? 'storage-lost';
      });
    return this.#saved;
  }

  get #key(): string {
    return `collector/${this.#round.id}`;
  }

  async #recordsOf({ id }: Visit): Promise<readonly CollectorRead[]> {
    const items = await first(this.#offline.outbox.list(MOST_RECORDS));
    return items.flatMap(({ event }) => {
      const body = event.body as CollectorRead;
      return event.type === 'collector.read' && body.visit === id ? [body] : [];
    });
  }

  #of(state: VisitMeter['state']): readonly VisitMeter[] {
    return this.visit?.meters.filter((meter) => meter.state === state) ?? [];
  }

  #minutes(): number | null {
    const run = this.#run;
    const ahead = this.progress?.ahead ?? 0;
    const taken = (run?.ahead ?? 0) - ahead;
    if (!run || taken < ENOUGH || ahead === 0) return null;
    return Math.ceil((((this.#app.now - run.at) / taken) * ahead) / 60_000);
  }
}

/** The value of now; the subscription ends with it. */
function first<T>(live: Live<T>): Promise<T> {
  return new Promise((resolve) => {
    let end = (): void => {};
    let isKnown = false;
    end = live.subscribe((value) => {
      isKnown = true;
      resolve(value);
      end();
    });
    if (isKnown) end();
  });
}
