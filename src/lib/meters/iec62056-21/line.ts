/**
 * Scripts that talk over one line: a generator says what to send, open and wait for, and is fed
 * with what came. Knows the order and the limits of waiting, no message; `programming.ts` and
 * `hdlc-mode.ts` are such scripts. The caller does what a step says in this order: send, open,
 * wait; and feeds `reopened`, `bytes` or `timeout`, exactly as for `session.ts`.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { stripParity } from './bytes.ts';
import type { PortSettings, ReadEvent } from './session.ts';

export type LineAction = {
  readonly send: Uint8Array | null;
  readonly open: PortSettings | null;
  readonly waitMs: number | null;
};

export type LineScript<T> = Generator<LineAction, T, ReadEvent>;
export type LineStep<T> = LineAction & { readonly result: T | null };
export type LineRun<T> = { step(event: ReadEvent): LineStep<T> };

/** Clause 6.4: at most 1500 ms between two characters and before the first one. */
export const CHARACTER_MS = 1600;
/** Longer than any block that a question has as its answer. */
const MAX_BYTES = 32_768;
const IDLE: LineAction = { send: null, open: null, waitMs: null };

/** Runs a script step by step. After its end every step repeats the result. */
export function createLineRun<T>(script: LineScript<T>): LineRun<T> {
  let result: T | null = null;
  let isStarted = false;
  return {
    step(event) {
      if (result !== null) return { ...IDLE, result };
      const next = isStarted ? script.next(event) : script.next();
      isStarted = true;
      if (!next.done) return { ...next.value, result: null };
      result = next.value;
      return { ...IDLE, result };
    },
  };
}

/** Opens the port with other settings; what was in its buffer is lost with the old speed. */
export function* reopenPort(open: PortSettings): LineScript<void> {
  let event = yield { send: null, open, waitMs: null };
  while (event.kind !== 'reopened') event = yield { send: null, open: null, waitMs: null };
}

export type Heard<T> = { readonly found: T | null; readonly bytes: Uint8Array };

/**
 * Sends, and collects characters without parity until `read` finds what it looks for, the line is
 * silent for `waitMs` (later `CHARACTER_MS`), or more came than any answer has.
 */
export function* listen<T>(
  send: Uint8Array | null,
  waitMs: number,
  read: (bytes: Uint8Array) => T | null,
): LineScript<Heard<T>> {
  let bytes: Uint8Array = new Uint8Array(0);
  let event = yield { send, open: null, waitMs };
  while (event.kind === 'bytes' && bytes.length < MAX_BYTES) {
    bytes = concatBytes(bytes, stripParity(event.bytes));
    const found = read(bytes);
    if (found !== null) return { found, bytes };
    event = yield { send: null, open: null, waitMs: CHARACTER_MS };
  }
  return { found: null, bytes };
}

/** Waits until nothing comes any more, so that a late answer is not taken for the next one. */
export function* settle(): LineScript<void> {
  yield* listen(null, CHARACTER_MS, () => null);
}
