/**
 * A client's whole session without input, output or clock: the caller hands in bytes and the time,
 * and does what a step says (send, store a counter, wake up later). It runs a plan inside an
 * association, asks again after a silence, and ends with the plan's result or a named failure
 * (`SessionFailure`) within the granted time, whatever the line does.
 *
 * Knows no port and no screen. Called by the reader's app, the command line and tests.
 */
import { ok, type Result } from '#lib/base/result.ts';
import { associate, freshCounter, release } from './association.ts';
import { channelOf, type CarrierOptions, type ChannelEvent } from './channel.ts';
import { newContext, type ClientContext, type ClientOptions } from './context.ts';
import {
  connect,
  disconnect,
  failure,
  type Dialog,
  type Effect,
  type SessionFailure,
} from './dialog.ts';

export type SessionTimes = {
  /** A meter answers within this, counted from the request (IEC 62056-46:2007 clause 6.4.4.8). */
  readonly answerMs: number;
  /** Bytes of a frame follow each other within this. */
  readonly octetMs: number;
  /** So often a request is sent or asked for again. */
  readonly attempts: number;
  /** One exchange, with all repetitions and waiting for a busy meter. */
  readonly exchangeMs: number;
  readonly sessionMs: number;
};

export const DEFAULT_TIMES: SessionTimes = {
  answerMs: 2000,
  octetMs: 300,
  attempts: 5,
  exchangeMs: 60_000,
  sessionMs: 600_000,
};

export type SessionOptions = {
  readonly carrier: CarrierOptions;
  readonly client: ClientOptions;
  readonly times?: Partial<SessionTimes>;
};

/** What to do inside the association. */
export type Plan<T> = (context: ClientContext) => Dialog<T>;

export type SessionStep<T> = {
  readonly send: readonly Uint8Array[];
  /** Store this as the next invocation counter, then call `persisted`; nothing is sent before. */
  readonly persist: number | null;
  /** When to call `tick`, if nothing else happens; null when the session has ended or stores. */
  readonly wakeAt: number | null;
  readonly result: Result<T> | null;
};

export type Session<T> = {
  start(at: number): SessionStep<T>;
  receive(bytes: Uint8Array, at: number): SessionStep<T>;
  tick(at: number): SessionStep<T>;
  persisted(outcome: Result<null>, at: number): SessionStep<T>;
  /** Messages that the meter sent unasked, in order, as they came. */
  readonly notifications: readonly Uint8Array[];
};

/** `keep` gets what the plan said, before the association is released. */
function* wholeSession<T>(
  context: ClientContext,
  plan: Plan<T>,
  keep: (result: Result<T>) => void,
): Dialog<T> {
  const fresh = yield* freshCounter(context);
  if (!fresh.ok) return fresh;
  const linked = yield* connect(context.options.clientId);
  if (!linked.ok) return linked;
  const associated = yield* associate(context);
  const result = associated.ok ? yield* plan(context) : associated;
  keep(result);
  if (result.ok) yield* release(context);
  else yield* disconnect();
  return result;
}

type Waiting = {
  readonly effect: Effect;
  readonly since: number;
  sentAt: number;
  lastByteAt: number;
  attempts: number;
  hasBytes: boolean;
  isBusy: boolean;
};

/** DataNotification and event notifications, plain and ciphered (clause 8). */
const UNASKED: readonly number[] = [0x0f, 0xc2, 0xca, 0xd2];
const NOTHING = new Uint8Array(0);
/** An attempt may be stretched by trickling bytes up to this many answer times. */
const MAX_STRETCH = 4;
/** A meter that does not confirm DISC has lost nothing. */
const DISCONNECT_ATTEMPTS = 2;

const EVENT_FAILURES = {
  refused: ['refused', 'The meter does not take the connection.'],
  rejected: ['rejected', 'The meter found a frame against the rules.'],
  closed: ['disconnected', 'The meter closed the connection.'],
  broken: ['broken_stream', 'The connection delivers no frames any more.'],
} as const satisfies Partial<
  Record<ChannelEvent['kind'], readonly [code: SessionFailure, detail: string]>
>;

function silenceOf(waiting: Waiting): Result<never> {
  if (waiting.isBusy) return failure('busy', 'The meter asked to wait until time was up.');
  return waiting.hasBytes
    ? failure('noise', 'Something came, but no whole answer.')
    : failure('no_answer', 'Nothing came in time.');
}

class Runner<T> implements Session<T> {
  readonly notifications: Uint8Array[] = [];
  readonly #times: SessionTimes;
  readonly #dialog: Dialog<T>;
  readonly #channel: ReturnType<typeof channelOf>;
  #waiting: Waiting | null = null;
  #endAt = Infinity;
  /** The line failed: nothing may be exchanged on it any more. */
  #dead: Result<never> | null = null;
  #result: Result<T> | null = null;
  /** What the plan said: a meter that is slow to say good-bye takes nothing away. */
  #kept: Result<T> | null = null;
  #send: Uint8Array[] = [];
  #persist: number | null = null;

  constructor(options: SessionOptions, plan: Plan<T>) {
    this.#times = { ...DEFAULT_TIMES, ...options.times };
    this.#channel = channelOf(options.carrier);
    this.#dialog = wholeSession(newContext(options.client), plan, (result) => {
      this.#kept = result;
    });
  }

  start(at: number): SessionStep<T> {
    if (this.#endAt !== Infinity) return this.#step();
    this.#endAt = at + this.#times.sessionMs;
    this.#resume(ok(NOTHING), at);
    return this.#step();
  }

  receive(bytes: Uint8Array, at: number): SessionStep<T> {
    if (this.#result || this.#endAt === Infinity) return this.#step();
    if (this.#waiting) {
      this.#waiting.lastByteAt = at;
      this.#waiting.hasBytes ||= bytes.length > 0;
    }
    const received = this.#channel.feed(bytes);
    this.#send.push(...received.send);
    if (received.send.length > 0) this.#isAlive(at);
    for (const event of received.events) this.#onEvent(event, at);
    return this.tick(at);
  }

  persisted(outcome: Result<null>, at: number): SessionStep<T> {
    if (this.#waiting?.effect.kind === 'persist') {
      this.#resume(outcome.ok ? ok(NOTHING) : outcome, at);
    }
    return this.#step();
  }

  tick(at: number): SessionStep<T> {
    const waiting = this.#waiting;
    if (!waiting || this.#result) return this.#step();
    if (at >= this.#endAt) {
      this.#result = this.#kept ?? failure('too_slow', 'The session took longer than was granted.');
    } else if (waiting.effect.kind !== 'persist' && at >= this.#dueAt(waiting)) {
      this.#onSilence(waiting, at);
    }
    return this.#step();
  }

  #dueAt(waiting: Waiting): number {
    const { answerMs, octetMs, exchangeMs } = this.#times;
    const { sentAt, lastByteAt } = waiting;
    const quietAt = Math.max(sentAt + answerMs, lastByteAt + octetMs);
    const due = Math.min(quietAt, sentAt + MAX_STRETCH * answerMs);
    return Math.min(due, waiting.since + exchangeMs, this.#endAt);
  }

  #onSilence(waiting: Waiting, at: number): void {
    const isClosing = waiting.effect.kind === 'disconnect';
    const most = isClosing ? DISCONNECT_ATTEMPTS : this.#times.attempts;
    waiting.attempts++;
    const isOver = at >= waiting.since + this.#times.exchangeMs;
    if (isOver || waiting.attempts >= most) {
      if (isClosing) this.#resume(ok(NOTHING), at);
      else this.#die(silenceOf(waiting), at);
      return;
    }
    const again = this.#channel.repeat();
    if (again) this.#send.push(again);
    waiting.sentAt = at;
  }

  #isAlive(at: number): void {
    if (!this.#waiting) return;
    this.#waiting.attempts = 0;
    this.#waiting.sentAt = at;
  }

  #onEvent(event: ChannelEvent, at: number): void {
    const kind = this.#waiting?.effect.kind;
    if (event.kind === 'message') {
      if (UNASKED.includes(event.bytes[0] ?? -1)) this.notifications.push(event.bytes);
      else if (kind === 'exchange' || kind === 'receive') this.#resume(ok(event.bytes), at);
    } else if (event.kind === 'connected') {
      if (kind === 'connect') this.#resume(ok(NOTHING), at);
    } else if (event.kind === 'progress') {
      this.#isAlive(at);
    } else if (event.kind === 'busy') {
      if (this.#waiting) Object.assign(this.#waiting, { isBusy: true, attempts: 0 });
    } else if (kind === 'disconnect') {
      this.#resume(ok(NOTHING), at);
    } else this.#die(this.#failureOf(event.kind, kind), at);
  }

  #failureOf(kind: keyof typeof EVENT_FAILURES, during: string | undefined): Result<never> {
    const isLost = kind === 'refused' && during !== 'connect';
    const [code, detail] = EVENT_FAILURES[isLost ? 'closed' : kind];
    return failure(code, detail);
  }

  #die(cause: Result<never>, at: number): void {
    this.#dead = cause;
    this.#resume(cause, at);
  }

  /** Continues the dialogue until it waits for the line or the store. */
  #resume(answer: Result<Uint8Array>, at: number): void {
    let given = answer;
    for (;;) {
      const next = this.#dialog.next(given);
      this.#waiting = null;
      if (next.done) {
        this.#result = next.value;
        return;
      }
      const done = this.#begin(next.value, at);
      if (!done) return;
      given = done;
    }
  }

  /** Does what an effect says; null when its answer has to be waited for. */
  #begin(effect: Effect, at: number): Result<Uint8Array> | null {
    if (this.#dead && effect.kind !== 'disconnect' && effect.kind !== 'persist') return this.#dead;
    const bytes = this.#bytesOf(effect);
    if (effect.kind === 'persist') this.#persist = effect.counter;
    else if (bytes) this.#send.push(bytes);
    else if (effect.kind !== 'receive') return ok(NOTHING);
    this.#waiting = {
      effect,
      since: at,
      sentAt: at,
      lastByteAt: -Infinity,
      attempts: 0,
      hasBytes: false,
      isBusy: false,
    };
    return null;
  }

  #bytesOf(effect: Effect): Uint8Array | null {
    switch (effect.kind) {
      case 'exchange':
        return this.#channel.send(effect.apdu);
      case 'connect':
        return this.#channel.connect(effect.clientId);
      case 'disconnect':
        return this.#channel.close();
      default:
        return null;
    }
  }

  #step(): SessionStep<T> {
    const waiting = this.#waiting;
    const step = {
      send: this.#send,
      persist: this.#persist,
      wakeAt: !waiting || this.#result ? null : this.#wakeAt(waiting),
      result: this.#result,
    };
    this.#send = [];
    this.#persist = null;
    return step;
  }

  #wakeAt(waiting: Waiting): number {
    return waiting.effect.kind === 'persist' ? this.#endAt : this.#dueAt(waiting);
  }
}

export const createSession = <T>(options: SessionOptions, plan: Plan<T>): Session<T> =>
  new Runner(options, plan);
