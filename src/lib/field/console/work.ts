/**
 * One command at the end of a port: what a reader of this folder is given. Joins sessions of
 * lib/meters to the port and turns their ends into results; knows no protocol's messages.
 */
import { fault, ok, type Result } from '#lib/base/result.ts';
import { DEFAULT_TIMES, type Plan, type SessionTimes } from '#lib/meters/dlms/client/session.ts';
import type { DlmsCounters } from '#lib/offline/dlms-counters.ts';
import { dlmsOnLine, openOptical } from '#lib/meters/optical-dlms.ts';
import type { OpticalEvent, OpticalOptions } from '#lib/meters/optical-dlms.ts';
import type { SerialSettings } from '#lib/transport/transport.ts';
import { runSteps, STOPPED, type Port, type SessionStep, type StepEvent } from '../port.ts';

export type Work = {
  readonly port: Port;
  readonly signal: AbortSignal;
  /** Factor on every waiting time (E-44). */
  readonly patience: number;
  readonly counters: DlmsCounters | null;
};

const stopped = fault('stopped', 'The person stopped, or the connection was closed.');

/** A session of steps to its end. */
export async function runSession<T>(
  work: Work,
  step: (event: StepEvent) => SessionStep<T>,
): Promise<Result<T>> {
  const result = await runSteps(work.port, step, work);
  return result === STOPPED ? stopped : ok(result);
}

const stretched = (times: Partial<SessionTimes>, patience: number): SessionTimes => {
  const { answerMs, octetMs, attempts, exchangeMs, sessionMs } = { ...DEFAULT_TIMES, ...times };
  return {
    attempts,
    answerMs: answerMs * patience,
    octetMs: octetMs * patience,
    exchangeMs: exchangeMs * patience,
    sessionMs: sessionMs * patience,
  };
};

export type DlmsOptions = OpticalOptions['session'] & {
  /** Signs on by IEC 62056-21 mode E before HDLC begins. */
  readonly isBehindEye: boolean;
  /** Word under which the counter of these keys is kept; null without keys. */
  readonly counterName: string | null;
};

async function keep(work: Work, name: string | null, counter: number): Promise<Result<null>> {
  if (!work.counters || name === null) return fault('no_store', 'The counter cannot be kept.');
  await work.counters.reserve(name, counter);
  return ok(null);
}

/**
 * A DLMS session on the open port, or behind an optical eye that signs on first. A counter is kept
 * before anything is sent under it.
 */
export async function runDlms<T>(
  work: Work,
  { isBehindEye, counterName, ...options }: DlmsOptions,
  plan: Plan<T>,
): Promise<Result<T>> {
  const { port, signal, patience } = work;
  const session = { ...options, times: stretched(options.times ?? {}, patience) };
  const run = isBehindEye ? openOptical({ session }, plan) : dlmsOnLine(session, plan);
  let event: OpticalEvent = { kind: 'start' };
  while (!signal.aborted) {
    const step = run.step(event, Date.now());
    if (step.send) await port.send(step.send);
    if (step.open) {
      await port.open(step.open);
      event = { kind: 'reopened' };
    } else if (step.result) return step.result;
    else if (step.persist !== null) {
      event = { kind: 'persisted', outcome: await keep(work, counterName, step.persist) };
    } else {
      const bytes = await port.next(step.waitMs, signal);
      if (bytes === STOPPED) break;
      event = bytes ? { kind: 'bytes', bytes } : { kind: 'timeout' };
    }
  }
  return stopped;
}

/**
 * Opens the port and only listens, until `read` finds what it looks for. Errors: `no_answer`,
 * `noise` when bytes came that meant nothing, `stopped`.
 */
export async function listenFor<T>(
  { port, signal, patience }: Work,
  how: { readonly settings: SerialSettings; readonly ms: number },
  read: (bytes: Uint8Array) => T | null,
): Promise<Result<T>> {
  await port.open(how.settings);
  const until = Date.now() + how.ms * patience;
  let isHeard = false;
  for (let left = until - Date.now(); left > 0; left = until - Date.now()) {
    const bytes = await port.next(left, signal);
    if (bytes === STOPPED) return stopped;
    if (!bytes) break;
    isHeard = true;
    const found = read(bytes);
    if (found !== null) return ok(found);
  }
  return isHeard
    ? fault('noise', 'Something came that no protocol of this speed says.')
    : fault('no_answer', 'Nothing came in time.');
}
