/**
 * Runs a client session against a simulated line on a clock of its own: no waiting, same result
 * every time. Knows no protocol; called by the tests of simulated devices.
 */
import { ok, type Result } from '#lib/base/result.ts';
import type { Session, SessionStep } from '#lib/meters/dlms/client/session.ts';
import type { Timed } from '#lib/sim/devices/dlms/device.ts';
import type { Line } from '#lib/sim/devices/dlms/line.ts';

export type RunOutcome<T> = {
  /** Null: the session never ended, which is a mistake of ours. */
  readonly result: Result<T> | null;
  readonly endAt: number;
  /** Counters that were stored, in order. */
  readonly stored: readonly number[];
  /** Everything that was sent, in order. */
  readonly sent: readonly Uint8Array[];
};

const MAX_STEPS = 200_000;

export function runSession<T>(session: Session<T>, line: Line, startAt = 0): RunOutcome<T> {
  const stored: number[] = [];
  const sent: Uint8Array[] = [];
  let due: Timed[] = [];
  let now = startAt;
  let step: SessionStep<T> = session.start(now);
  for (let i = 0; i < MAX_STEPS && !step.result; i++) {
    for (const bytes of step.send) {
      sent.push(bytes);
      due.push(...line.write(bytes, now));
    }
    due = due.toSorted((a, b) => a.at - b.at);
    const next = due[0];
    if (step.persist !== null) {
      stored.push(step.persist);
      step = session.persisted(ok(null), now);
    } else if (next && next.at <= (step.wakeAt ?? Infinity)) {
      due = due.slice(1);
      now = Math.max(now, next.at);
      step = session.receive(next.bytes, now);
    } else if (step.wakeAt === null) break;
    else {
      now = Math.max(now, step.wakeAt);
      step = session.tick(now);
    }
  }
  return { result: step.result, endAt: now, stored, sent };
}
