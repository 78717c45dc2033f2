/**
 * Reads a collector out, meter by meter, in as many sessions as the line needs: a meter counts as
 * taken when its event is kept, not when its bytes came. Knows the port, plans and the visit; what
 * keeping means is given to it. lib/state runs it; tests cut its line at every exchange.
 */
import type { Instant } from '#lib/base/interval.ts';
import { ok, type Result } from '#lib/base/result.ts';
import type { CollectorRead } from '#lib/contract/collector-read.ts';
import type { Plan } from '#lib/meters/dlms/client/session.ts';
import { EMIS_CLIENTS } from '#lib/meters/drivers/emis951.table.ts';
import { sessionOptions } from '../console/dlms.ts';
import type { FoundDevice } from '../console/types.ts';
import { runDlms, type Work } from '../console/work.ts';
import { listMeters, readMeter, type Collected, type ListedMeter } from './plans.ts';
import { bodyOf, withDone, withFailed, withList, type KnownMeter, type Visit } from './visit.ts';

export type ReadOutDeps = {
  readonly work: Work;
  readonly found: FoundDevice;
  /** Meters of the round as they are now. */
  readonly known: () => readonly KnownMeter[];
  /** Resolves when the event is stored for ever; throws when it is not, and the visit ends. */
  readonly keep: (body: CollectorRead) => Promise<void>;
  readonly onVisit: (visit: Visit) => void;
  readonly now: () => Instant;
};

/** `complete`: nothing is ahead; failed meters may be asked again. Else the code of the session. */
export type ReadOutEnd = { readonly visit: Visit; readonly code: 'complete' | (string & {}) };

/** A line that fails so often without giving anything is not coming back by itself. */
const MOST_VAIN = 3;
/** A session ends and begins anew before the time granted to it (DEFAULT_TIMES.sessionMs) is up. */
const SESSION_MS = 480_000;

class ReadOut {
  readonly #deps: ReadOutDeps;
  readonly #stop = new AbortController();
  #visit: Visit;
  /** Handed to the store, not yet kept: they are not asked for a second time meanwhile. */
  readonly #handed = new Set<string>();
  #keeping: Promise<void> = Promise.resolve();
  #lost: { readonly cause: unknown } | null = null;
  /** The meter that was being asked; null while the link and the list are. */
  #asked: string | null = null;
  #moved = 0;

  constructor(deps: ReadOutDeps, visit: Visit) {
    this.#deps = deps;
    this.#visit = visit;
  }

  async run(): Promise<ReadOutEnd> {
    const { signal } = this.#deps.work;
    const stop = (): void => this.#stop.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return { code: await this.#sessions(), visit: this.#visit };
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #sessions(): Promise<string> {
    const brokeAt = new Map<string, number>();
    for (let vain = 0; vain < MOST_VAIN;) {
      const before = this.#moved;
      this.#asked = null;
      const result = await this.#session();
      if (result.ok && !this.#next()) return 'complete';
      if (!result.ok && result.error.code === 'stopped') return 'stopped';
      vain = this.#moved > before ? 0 : vain + 1;
      if (result.ok) continue;
      if (vain >= MOST_VAIN) return result.error.code;
      this.#blame(brokeAt, result.error.code);
    }
    return 'no_answer';
  }

  /** One meter whose answer breaks the session each time must not keep the others from theirs. */
  #blame(brokeAt: Map<string, number>, code: string): void {
    const serial = this.#asked;
    if (serial === null) return;
    const times = (brokeAt.get(serial) ?? 0) + 1;
    brokeAt.set(serial, times);
    if (times >= MOST_VAIN - 1) this.#show(withFailed(this.#visit, serial, code));
  }

  async #session(): Promise<Result<null>> {
    const { work, found } = this.#deps;
    if (!found.isBehindEye) await work.port.use(found.settings);
    const own: Work = { ...work, signal: this.#stop.signal };
    const options = sessionOptions(found, { clientId: EMIS_CLIENTS.reader, password: '' });
    let result: Result<null>;
    try {
      result = await runDlms(own, options, this.#plan());
    } finally {
      // What came is kept even when the device goes away in the middle of the next meter.
      await this.#keeping;
    }
    if (this.#lost) throw this.#lost.cause;
    return result;
  }

  #plan(): Plan<null> {
    const { now, known } = this.#deps;
    const endAt = now() + SESSION_MS;
    const begin = (listed: readonly ListedMeter[]): void =>
      this.#show(withList(this.#visit, listed, known()));
    const take = this.#take.bind(this);
    const next = (): ListedMeter | null => (now() < endAt ? this.#next() : null);
    const ask = (serial: string | null): void => {
      this.#asked = serial;
    };
    const fail = (serial: string, reason: string): void => {
      this.#moved++;
      this.#show(withFailed(this.#visit, serial, reason));
    };
    return function* (context) {
      const listed = yield* listMeters(context);
      if (!listed.ok) return listed;
      begin(listed.value);
      for (let meter = next(); meter; meter = next()) {
        ask(meter.serial);
        const answer = yield* readMeter(context, meter);
        if (!answer.ok) return answer;
        if (answer.value.kind === 'read') take(meter.serial, answer.value.collected);
        else fail(meter.serial, answer.value.reason);
        ask(null);
      }
      return ok(null);
    };
  }

  #next(): ListedMeter | null {
    return (
      this.#visit.meters.find(
        ({ state, serial }) => state === 'ahead' && !this.#handed.has(serial),
      ) ?? null
    );
  }

  #take(serial: string, collected: Collected): void {
    const { now, known, keep } = this.#deps;
    this.#handed.add(serial);
    const body = bodyOf(this.#visit, { serial, collected, at: now() }, known());
    this.#keeping = this.#keeping.then(async () => {
      if (this.#lost) return;
      try {
        await keep(body);
        this.#moved++;
        this.#show(withDone(this.#visit, serial));
      } catch (cause) {
        this.#lost = { cause };
        this.#stop.abort();
      } finally {
        this.#handed.delete(serial);
      }
    });
  }

  #show(visit: Visit): void {
    this.#visit = visit;
    this.#deps.onVisit(visit);
  }
}

/**
 * Throws what `keep` threw (nothing of that meter is taken), and DeviceError of a failing device.
 */
export const readOut = (deps: ReadOutDeps, visit: Visit): Promise<ReadOutEnd> =>
  new ReadOut(deps, visit).run();
