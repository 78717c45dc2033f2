/**
 * Bridge between two protocols that do not know each other: a DLMS session behind the optical eye.
 * It signs on by IEC 62056-21 in mode E, lets the line go over to HDLC at the agreed speed, and
 * runs the session there (IEC 62056-21:2002 annex E.2; IEC 62056-46:2002 clause 6.4.2.2).
 *
 * Without input, output or clock: the caller does what a step says in this order (send, open with
 * other settings, store a counter or wait) and tells what happened. Called by the reader's app, the
 * command line and tests.
 */
import { concatBytes, equalBytes } from '#lib/base/bytes.ts';
import { assert, must } from '#lib/base/assert.ts';
import { fault, type Result } from '#lib/base/result.ts';
import { readCounter, visitorOptions } from './dlms/client/association.ts';
import type { CarrierOptions } from './dlms/client/channel.ts';
import type { ClientKeys } from './dlms/client/context.ts';
import type { SessionFailure } from './dlms/client/dialog.ts';
import {
  createSession,
  DEFAULT_TIMES,
  type Plan,
  type Session,
  type SessionOptions,
  type SessionStep,
} from './dlms/client/session.ts';
import { openHdlc } from './iec62056-21/hdlc-mode.ts';
import { createLineRun, type LineRun, type LineStep } from './iec62056-21/line.ts';
import type { HdlcHandover } from './iec62056-21/hdlc-mode.ts';
import type { PortSettings, ReadEvent } from './iec62056-21/session.ts';
import { lineMs, type SignOnFailure, type SignOnOptions } from './iec62056-21/sign-on.ts';

export type OpticalEvent =
  ReadEvent | { readonly kind: 'persisted'; readonly outcome: Result<null> };

export type OpticalStep<T> = {
  readonly send: Uint8Array | null;
  readonly open: PortSettings | null;
  /** Store this as the next invocation counter, then feed `persisted`. */
  readonly persist: number | null;
  /** Null: wait for `reopened` or `persisted`. */
  readonly waitMs: number | null;
  /** Failures: those of signing on and those of the session. */
  readonly result: Result<T> | null;
};

export type OpticalFailure = SignOnFailure | SessionFailure;

export type OpticalDlms<T> = { step(event: OpticalEvent, at: number): OpticalStep<T> };

export type OpticalOptions = {
  readonly signOn?: SignOnOptions;
  /** The carrier is HDLC: nothing else follows the sign-on. */
  readonly session: SessionOptions & {
    readonly carrier: Extract<CarrierOptions, { readonly kind: 'hdlc' }>;
  };
};

/**
 * A byte that is lost in the acknowledgement leaves the meter at 300 Bd, and one that is wrong in
 * the identification hides the mode: both are known only because what follows does not come.
 */
const ROUNDS = 3;
/** Information of 128 bytes, and header, sums and flags with long addresses. */
const FRAME_BYTES = 146;
const IDLE = { send: null, open: null, persist: null, waitMs: null } as const;

const SIGN_ON_WORDS: Readonly<Record<SignOnFailure, string>> = {
  no_answer: 'Nobody answers the sign-on: move the probe, wake the meter.',
  bad_identification: 'Something answers, but no identification: hold the probe still.',
  unsupported_mode: 'The meter does not offer HDLC at its eye (mode E).',
};

/** What a step of a DLMS session asks of a line; the shape that sign-on scripts have too. */
function lineStepOf<T>(step: SessionStep<T>, at: number): OpticalStep<T> {
  const { send, persist, wakeAt, result } = step;
  const isWaiting = persist === null && !result;
  return {
    send: send.length ? concatBytes(...send) : null,
    open: null,
    persist,
    waitMs: isWaiting ? Math.max(0, must(wakeAt, 'a session wakes up') - at) : null,
    result,
  };
}

function feed<T>(session: Session<T>, event: OpticalEvent, at: number): SessionStep<T> {
  if (event.kind === 'bytes') return session.receive(event.bytes, at);
  return event.kind === 'persisted' ? session.persisted(event.outcome, at) : session.tick(at);
}

/** A DLMS session alone in the shape of a line's steps: a port that is open already. */
export function dlmsOnLine<T>(options: SessionOptions, plan: Plan<T>): OpticalDlms<T> {
  const session = createSession(options, plan);
  return {
    step: (event, at) =>
      lineStepOf(event.kind === 'start' ? session.start(at) : feed(session, event, at), at),
  };
}

/** One sign-on and one association, tried again while the link never stood. */
class Optical<T> implements OpticalDlms<T> {
  readonly #options: OpticalOptions;
  readonly #plan: Plan<T>;
  #round = 0;
  #signOn: LineRun<HdlcHandover>;
  #session: Session<T> | null = null;
  /** SNRM of this round, and whether anything else was ever sent. */
  #opening: Uint8Array | null = null;
  #isLinked = false;
  /** Why the link did not stand in an earlier round. */
  #before: Result<T> | null = null;
  #result: Result<T> | null = null;

  constructor(options: OpticalOptions, plan: Plan<T>) {
    this.#options = options;
    this.#plan = plan;
    this.#signOn = createLineRun(openHdlc(options.signOn));
  }

  step(event: OpticalEvent, at: number): OpticalStep<T> {
    if (this.#result) return { ...IDLE, result: this.#result };
    if (this.#session) return this.#onHdlc(feed(this.#session, event, at), at);
    assert(event.kind !== 'persisted', 'signing on stores nothing');
    return this.#onSignOn(this.#signOn.step(event), at);
  }

  #onSignOn({ result, ...action }: LineStep<HdlcHandover>, at: number): OpticalStep<T> {
    if (!result) return { ...IDLE, ...action, result: null };
    if (result.kind === 'hdlc') {
      this.#session = createSession(this.#atSpeed(result.settings.baud), this.#plan);
      return this.#onHdlc(this.#session.start(at), at);
    }
    const failed = this.#before ?? fault(result.code, SIGN_ON_WORDS[result.code]);
    return result.code === 'unsupported_mode' ? this.#again(failed, null) : this.#end(failed);
  }

  /** What a slow line needs for the longest frames is no silence of the meter. */
  #atSpeed(baud: number): SessionOptions {
    const { session } = this.#options;
    const { answerMs = DEFAULT_TIMES.answerMs, ...times } = session.times ?? {};
    const frames = lineMs(new Uint8Array(2 * FRAME_BYTES), baud);
    return { ...session, times: { ...times, answerMs: answerMs + frames } };
  }

  #onHdlc(step: SessionStep<T>, at: number): OpticalStep<T> {
    for (const frame of step.send) {
      this.#opening ??= frame;
      this.#isLinked ||= !equalBytes(frame, this.#opening);
    }
    const onLine = lineStepOf(step, at);
    if (!step.result) return onLine;
    if (step.result.ok || this.#isLinked) return this.#end(step.result, onLine.send);
    return this.#again(step.result, onLine.send);
  }

  #end(result: Result<T>, send: Uint8Array | null = null): OpticalStep<T> {
    this.#result = result;
    return { ...IDLE, send, result };
  }

  #again(failed: Result<T>, send: Uint8Array | null): OpticalStep<T> {
    this.#before = failed;
    if (++this.#round === ROUNDS) return this.#end(failed, send);
    this.#session = null;
    this.#opening = null;
    this.#signOn = createLineRun(openHdlc(this.#options.signOn));
    const { result: _, ...action } = this.#signOn.step({ kind: 'start' });
    return { ...IDLE, ...action, send: send ?? action.send, result: null };
  }
}

/** A meter that shows its counter is read twice: it leaves HDLC when the public client leaves. */
class CounterFirst<T> implements OpticalDlms<T> {
  #visit: OpticalDlms<number> | null;
  #main: OpticalDlms<T> | null = null;
  #failure: Result<T> | null = null;

  constructor(
    readonly options: OpticalOptions,
    readonly plan: Plan<T>,
    readonly keys: ClientKeys & { readonly counterObis: string },
  ) {
    const session = { ...options.session, client: visitorOptions };
    this.#visit = new Optical({ ...options, session }, (context) =>
      readCounter(context, keys.counterObis),
    );
  }

  step(event: OpticalEvent, at: number): OpticalStep<T> {
    if (this.#failure) return { ...IDLE, result: this.#failure };
    if (this.#main) return this.#main.step(event, at);
    const { result, ...action } = must(this.#visit, 'the counter is read first').step(event, at);
    if (!result) return { ...action, result: null };
    if (!result.ok) return { ...action, result: (this.#failure = result) };
    this.#visit = null;
    const { session } = this.options;
    const nextCounter = Math.max(this.keys.nextCounter, result.value + 1);
    const client = { ...session.client, keys: { ...this.keys, nextCounter, counterObis: null } };
    this.#main = new Optical({ ...this.options, session: { ...session, client } }, this.plan);
    const first = this.#main.step({ kind: 'start' }, at);
    return { ...first, send: action.send ?? first.send };
  }
}

/** From the sign-on to the plan's result, on a port that is not open yet. */
export function openOptical<T>(options: OpticalOptions, plan: Plan<T>): OpticalDlms<T> {
  const { keys } = options.session.client;
  return keys?.counterObis
    ? new CounterFirst(options, plan, { ...keys, counterObis: keys.counterObis })
    : new Optical(options, plan);
}
