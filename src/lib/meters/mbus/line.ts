/**
 * One question and its answer on a wired bus, without input or output: echo removal, time-outs,
 * repetition, and the difference between silence and noise (EN 13757-2:2018 clauses 5.4 and 5.7).
 *
 * A script is a generator: it yields what is to be done and gets what happened. `createBusRun`
 * turns one into the steps that all sessions have: do what a step says in this order (send, open
 * with other settings, wait) and feed `reopened`, `bytes` or `timeout`. Called by `session.ts`,
 * `search.ts` and tests.
 */
import { concatBytes, equalBytes } from '#lib/base/bytes.ts';
import { readFrame, type MbusFrame } from './frame.ts';

export type BusBaud = 300 | 600 | 1200 | 2400 | 4800 | 9600 | 19200 | 38400;

export type BusSettings = {
  readonly baud: BusBaud;
  readonly dataBits: 8;
  readonly parity: 'even';
  readonly stopBits: 1;
};

export type BusEvent =
  | { readonly kind: 'start' | 'reopened' | 'timeout' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

export type BusAction = {
  readonly send: Uint8Array | null;
  readonly open: BusSettings | null;
  /** Null: wait for `reopened` as long as it takes. */
  readonly waitMs: number | null;
};

export type BusScript<T> = Generator<BusAction, T, BusEvent>;
export type BusStep<T> = BusAction & { readonly result: T | null };

export type BusLine = {
  readonly baud: BusBaud;
  /** What converters and networks add to every answer. */
  readonly slackMs: number;
};

export type Answer =
  | { readonly kind: 'frame'; readonly frame: MbusFrame; readonly bytes: Uint8Array }
  /** Nothing came but the echo. */
  | { readonly kind: 'silence' }
  /** Something came that is no frame: noise, several slaves at once, a damaged frame. */
  | { readonly kind: 'noise' };

const BITS_PER_CHARACTER = 11;
/** Clause 5.4: a slave answers within 330 bit times and 50 ms. */
const ANSWER_BITS = 330;
const ANSWER_MS = 50;
/** The longest frame twice, as frame and echo; what is longer is no answer. */
const MAX_BYTES = 600;

const NOTHING = new Uint8Array(0);

const bitsMs = ({ baud }: BusLine, bits: number): number => Math.ceil((bits * 1000) / baud);
const answerMs = (line: BusLine): number => bitsMs(line, ANSWER_BITS) + ANSWER_MS + line.slackMs;
const sendMs = (line: BusLine, bytes: Uint8Array): number =>
  bitsMs(line, bytes.length * BITS_PER_CHARACTER);

/**
 * The longest time that one attempt takes until it is over: the question, the wait for an answer,
 * the answer itself, and the quiet behind a bad one.
 */
export const attemptMs = (line: BusLine): number =>
  3 * answerMs(line) + 3 * bitsMs(line, MAX_BYTES * BITS_PER_CHARACTER);

const settings = (baud: BusBaud): BusSettings => ({
  baud,
  dataBits: 8,
  parity: 'even',
  stopBits: 1,
});

/** Opens the port at `baud`. */
export function* openBus(baud: BusBaud): BusScript<void> {
  let event = yield { send: null, open: settings(baud), waitMs: null };
  while (event.kind !== 'reopened') event = yield { send: null, open: null, waitMs: null };
}

/** Lets `ms` pass and drops what comes meanwhile. */
export function* pause(ms: number): BusScript<void> {
  let taken = 0;
  for (;;) {
    const event = yield { send: null, open: null, waitMs: ms };
    if (event.kind === 'timeout') return;
    // A line that never falls quiet must not hold the session.
    if (event.kind === 'bytes' && (taken += event.bytes.length) > MAX_BYTES) return;
  }
}

/** What is left when the converter's echo of `sent` is taken off; null: the echo is not whole. */
function withoutEcho(buffer: Uint8Array, sent: Uint8Array): Uint8Array | null {
  const size = Math.min(buffer.length, sent.length);
  if (!equalBytes(buffer.subarray(0, size), sent.subarray(0, size))) return buffer;
  return buffer.length < sent.length ? null : buffer.subarray(sent.length);
}

/** The frame that fills `bytes` to the last one. Anything around it makes the answer doubtful. */
function wholeFrame(bytes: Uint8Array): MbusFrame | null {
  const read = readFrame(bytes);
  return read.ok && read.value.size === bytes.length ? read.value : null;
}

/**
 * Asks once. An answer counts when the line falls quiet behind it: late bytes of another slave, or
 * of the same one, would otherwise become part of the next answer.
 */
export function* ask(line: BusLine, question: Uint8Array): BusScript<Answer> {
  let buffer: Uint8Array = NOTHING;
  let event = yield {
    send: question,
    open: null,
    waitMs: sendMs(line, question) + answerMs(line),
  };
  while (event.kind !== 'timeout') {
    if (event.kind === 'bytes') buffer = concatBytes(buffer, event.bytes);
    if (buffer.length > MAX_BYTES) break;
    const rest = withoutEcho(buffer, question);
    const isWhole = rest !== null && wholeFrame(rest) !== null;
    // Three characters of silence end a frame; half a frame may still become one.
    const waitMs = isWhole ? bitsMs(line, 3 * BITS_PER_CHARACTER) + line.slackMs : answerMs(line);
    event = yield { send: null, open: null, waitMs };
  }
  const rest = withoutEcho(buffer, question);
  if (rest?.length === 0 || buffer.length === 0) return { kind: 'silence' };
  const frame = rest ? wholeFrame(rest) : null;
  if (frame && rest) return { kind: 'frame', frame, bytes: rest.slice() };
  yield* pause(answerMs(line));
  return { kind: 'noise' };
}

/**
 * Asks until `accept` takes an answer, `attempts` times at most. The last answer that was none
 * comes back; noise outweighs silence, because it tells that somebody is there.
 */
export function* askUntil(
  line: BusLine,
  question: Uint8Array,
  { attempts, accept }: { attempts: number; accept: (answer: Answer) => boolean },
): BusScript<Answer> {
  let worst: Answer = { kind: 'silence' };
  for (let attempt = 0; attempt < attempts; attempt++) {
    const answer = yield* ask(line, question);
    if (accept(answer)) return answer;
    if (answer.kind !== 'silence') worst = answer;
  }
  return worst;
}

export type BusRun<T> = { step(event: BusEvent): BusStep<T> };

const IDLE: BusAction = { send: null, open: null, waitMs: null };

/** Runs a script step by step. `result` is set from the step on that ended it. */
export function createBusRun<T>(script: BusScript<T>): BusRun<T> {
  let result: T | null = null;
  return {
    step(event) {
      if (result !== null) return { ...IDLE, result };
      const next = script.next(event);
      if (next.done !== true) return { ...next.value, result: null };
      result = next.value;
      return { ...IDLE, result };
    },
  };
}
