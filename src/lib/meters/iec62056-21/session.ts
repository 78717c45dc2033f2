/**
 * Reading a meter through its optical eye, modes A, B and C (IEC 62056-21:2002 clauses 6.4 and
 * annex A), as a state machine without input or output.
 *
 * It knows the order of messages, the time-outs and the speed change; it knows no port and reads no
 * clock. The caller does what a step says in this order: send, open with other settings, wait; and
 * feeds `reopened`, `bytes` or `timeout`. Called by the reader's app (lib/field) and tests.
 */
import { concatBytes, equalBytes, toLatin1 } from '#lib/base/bytes.ts';
import { ETX, stripParity, STX } from './bytes.ts';
import type { DataSet } from './data-set.ts';
import {
  blockEnd,
  encodeMessage,
  parseIdentification,
  parseMessage,
  type Identification,
} from './message.ts';

/**
 * - `no_answer`: nothing came back. Told: move the probe, wake the meter, try again.
 * - `bad_identification`: something came, but no identification. Told: the same.
 * - `no_data`: the meter identified itself and then fell silent. Told: hold the probe still.
 * - `incomplete`: the readout stopped in the middle. Told: the same.
 * - `bad_bcc`: the check character was wrong twice. Told: shade the probe from light.
 * - `refused`: the meter answered with NAK.
 * - `too_long`: more characters than any readout has; another protocol is speaking.
 */
export type ReadFailure =
  | 'no_answer'
  | 'bad_identification'
  | 'no_data'
  | 'incomplete'
  | 'bad_bcc'
  | 'refused'
  | 'too_long';

export type PortSettings = {
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
};

export type Readout = {
  readonly identification: Identification;
  readonly dataSets: readonly DataSet[];
  /** Null when the meter sends none (some old ones in mode A). */
  readonly bccValid: boolean | null;
  /** All characters of identification and data, for the record. */
  readonly raw: Uint8Array;
};

export type ReadState = {
  readonly phase: 'opening' | 'signing_on' | 'acknowledging' | 'switching' | 'reading' | 'ended';
  readonly options: ReadOptions;
  readonly attempt: number;
  readonly isRepeated: boolean;
  /** Part of a readout came, whatever became of it. */
  readonly hasData: boolean;
  readonly buffer: Uint8Array;
  /** What was sent last and may come back as an echo of the optical head. */
  readonly echo: Uint8Array;
  readonly identification: Identification | null;
  readonly raw: Uint8Array;
  readonly result:
    | { readonly kind: 'done'; readonly readout: Readout }
    | { readonly kind: 'failed'; readonly code: ReadFailure }
    | null;
};

export type ReadOptions = {
  /** Device address in the request; empty asks whichever meter sees the probe. */
  readonly address?: string;
  /** Send wake-up characters first (battery meters, IEC 62056-21:2002 annex B). */
  readonly wakeUp?: boolean;
  /** Ports without seven data bits deliver the parity in bit 7, which is removed anyway. */
  readonly eightBits?: boolean;
};

export type ReadEvent =
  | { readonly kind: 'start' | 'reopened' | 'timeout' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

export type ReadStep = {
  readonly state: ReadState;
  readonly send: Uint8Array | null;
  readonly open: PortSettings | null;
  readonly waitMs: number | null;
};

const START_BAUD = 300;
const SIGN_ON_ATTEMPTS = 3;
const MAX_BYTES = 65_536;
/** Clause 6.3.14 item 12: a meter reacts within 1500 ms; 300 Bd adds the time of 24 characters. */
const IDENTIFICATION_MS = 2300;
/** Clause 6.4: at most 1500 ms between two characters and before the first one. */
const CHARACTER_MS = 1600;
/** Seven characters of ten bits at 300 Bd must have left before the speed changes. */
const ACK_SENT_MS = 240;
/** Wake-up characters, their echo and an identification are shorter by far; more is noise. */
const MAX_SIGN_ON = 512;
/** So many characters after the acknowledgement are noise, not its echo. */
const MAX_ECHO = 64;
const WAKE_UP = new Uint8Array(65);
const NOTHING = new Uint8Array(0);

export const initialReadState = (options: ReadOptions = {}): ReadState => ({
  phase: 'opening',
  options,
  attempt: 0,
  isRepeated: false,
  hasData: false,
  buffer: NOTHING,
  echo: NOTHING,
  identification: null,
  raw: NOTHING,
  result: null,
});

const wait = (state: ReadState, waitMs: number | null): ReadStep => ({
  state,
  send: null,
  open: null,
  waitMs,
});

const fail = (state: ReadState, code: ReadFailure): ReadStep =>
  wait({ ...state, phase: 'ended', result: { kind: 'failed', code } }, null);

const settings = (state: ReadState, baud: number): PortSettings =>
  state.options.eightBits
    ? { baud, dataBits: 8, parity: 'none', stopBits: 1 }
    : { baud, dataBits: 7, parity: 'even', stopBits: 1 };

function signOn(state: ReadState, attempt: number): ReadStep {
  const request = encodeMessage({ kind: 'request', address: state.options.address ?? '' });
  // A meter that slept through the first request gets wake-up characters with the next.
  const wakeUp = state.options.wakeUp || attempt > 0;
  const send = wakeUp ? concatBytes(WAKE_UP, request) : request;
  const sendMs = Math.ceil((send.length * 10_000) / START_BAUD);
  return {
    state: { ...state, phase: 'signing_on', attempt, buffer: NOTHING, echo: send },
    send,
    open: null,
    waitMs: sendMs + IDENTIFICATION_MS,
  };
}

/** Removes what the optical head reflects. */
function withoutEcho({ buffer, echo }: ReadState): Uint8Array {
  if (!echo.length || buffer.length < echo.length) return buffer;
  const head = buffer.subarray(0, echo.length);
  return equalBytes(head, echo) ? buffer.subarray(echo.length) : buffer;
}

/** Clause 6.4: what follows the identification depends on the mode its baud character tells. */
function onIdentification(state: ReadState, identification: Identification): ReadStep {
  const known = { ...state, identification, buffer: NOTHING, raw: state.buffer, echo: NOTHING };
  const { mode, baud, baudChar } = identification;
  if (mode === 'A' || baud === null) return wait({ ...known, phase: 'reading' }, CHARACTER_MS);
  if (mode === 'B') return reopen({ ...known, phase: 'switching' }, baud);
  const ack = encodeMessage({ kind: 'ack', protocol: '0', baudChar, modeChar: '0' });
  return {
    state: { ...known, phase: 'acknowledging', echo: ack },
    send: ack,
    open: null,
    waitMs: ACK_SENT_MS,
  };
}

const reopen = (state: ReadState, baud: number): ReadStep => ({
  state: { ...state, buffer: NOTHING },
  send: null,
  open: settings(state, baud),
  waitMs: null,
});

function whileSigningOn(state: ReadState): ReadStep {
  const text = toLatin1(withoutEcho(state));
  // A request in the buffer is an echo that came with changed wake-up characters.
  const lines = text.split('\r\n').slice(0, -1);
  for (const line of lines) {
    const slash = line.lastIndexOf('/');
    const found = slash < 0 ? null : parseIdentification(line.slice(slash));
    if (found) return onIdentification(state, found);
  }
  return state.buffer.length > MAX_SIGN_ON ? onTimeout(state) : wait(state, CHARACTER_MS);
}

function done(state: ReadState, block: Uint8Array): ReadStep {
  const parsed = parseMessage(block);
  const isData = parsed.ok && parsed.value.message.kind === 'data';
  if (!isData || parsed.value.bccValid === false || isDirty(block)) return retry(state);
  const { message, bccValid } = parsed.value;
  const dataSets = message.kind === 'data' ? message.dataSets : [];
  const raw = concatBytes(state.raw, block);
  const readout = { identification: state.identification!, dataSets, bccValid, raw };
  return wait({ ...state, phase: 'ended', result: { kind: 'done', readout } }, null);
}

/** Control characters inside a block are noise that the block check cannot always tell. */
const isDirty = (block: Uint8Array): boolean =>
  toLatin1(block.subarray(1, -2))
    .replaceAll('\r\n', '')
    .split('')
    .some((char) => char < ' ' || char > '~');

const hasData = (state: ReadState): boolean => state.hasData || withoutEcho(state).length > 0;

/** Clause 6.4.3: a faulty block is asked for once more with NAK. */
function retry(state: ReadState): ReadStep {
  if (state.isRepeated) return fail(state, 'bad_bcc');
  const nak = encodeMessage({ kind: 'nak' });
  return {
    state: { ...state, isRepeated: true, hasData: hasData(state), buffer: NOTHING, echo: nak },
    send: nak,
    open: null,
    waitMs: CHARACTER_MS,
  };
}

function whileReading(state: ReadState): ReadStep {
  const { buffer } = state;
  const stx = buffer.indexOf(STX);
  const end = stx < 0 ? -1 : blockEnd(buffer, stx);
  if (end > 0) return done(state, buffer.subarray(stx, end));
  if (stx < 0 && toLatin1(withoutEcho(state)) === '\x15') return fail(state, 'refused');
  return wait(state, CHARACTER_MS);
}

function onTimeout(state: ReadState): ReadStep {
  const isSilent = withoutEcho(state).length === 0;
  switch (state.phase) {
    case 'signing_on':
      if (state.attempt + 1 < SIGN_ON_ATTEMPTS) return signOn(state, state.attempt + 1);
      return fail(state, isSilent ? 'no_answer' : 'bad_identification');
    case 'acknowledging':
      return changeSpeed(state);
    case 'reading':
      if (isUnframed(state)) return done(state, withoutEcho(state));
      // The start, or all of it, may be lost while a slow phone changed the speed: ask once more.
      if (!state.isRepeated) return retry(state);
      return fail(state, hasData(state) ? 'incomplete' : 'no_data');
    default:
      return wait(state, null);
  }
}

/**
 * Some old meters in mode A end with `!` and send neither STX nor block check. In the other modes
 * it is a block whose frame was lost, and nothing would prove its figures.
 */
const isUnframed = ({ buffer, identification }: ReadState): boolean =>
  identification?.mode === 'A' &&
  !buffer.includes(STX) &&
  !buffer.includes(ETX) &&
  toLatin1(buffer).includes('!\r\n');

function onBytes(state: ReadState, bytes: Uint8Array): ReadStep {
  const buffer = concatBytes(state.buffer, stripParity(bytes));
  if (buffer.length > MAX_BYTES) return fail(state, 'too_long');
  const next = { ...state, buffer };
  if (state.phase === 'signing_on') return whileSigningOn(next);
  if (state.phase === 'reading') return whileReading(next);
  if (state.phase !== 'acknowledging') return wait(next, null);
  if (hasWholeEcho(next) || buffer.length > MAX_ECHO) return changeSpeed(next);
  return wait(next, ACK_SENT_MS);
}

/** The acknowledgement has left: the meter answers at the speed it offered. */
function changeSpeed(state: ReadState): ReadStep {
  const baud = state.identification!.baud!;
  // At 300 Bd the port stays as it is, and what came meanwhile is kept.
  if (baud === START_BAUD) return whileReading({ ...state, phase: 'reading' });
  return reopen({ ...state, phase: 'switching' }, baud);
}

/**
 * The head's echo of the last character is the end of the acknowledgement on the line. To wait any
 * longer would cost the first characters of a meter that answers after 200 ms, or after 20 ms.
 */
const hasWholeEcho = ({ buffer, echo }: ReadState): boolean =>
  buffer.length >= echo.length && equalBytes(buffer.subarray(0, echo.length), echo);

/** The next state and what to do. `state.result` is set when `phase` is `ended`. */
export function step(state: ReadState, event: ReadEvent): ReadStep {
  if (event.kind === 'start') {
    return reopen(initialReadState(state.options), START_BAUD);
  }
  if (state.phase === 'ended') return wait(state, null);
  if (event.kind === 'bytes') return onBytes(state, event.bytes);
  if (event.kind === 'timeout') return onTimeout(state);
  if (state.phase === 'opening') return signOn(state, 0);
  return wait({ ...state, phase: 'reading', echo: NOTHING }, CHARACTER_MS);
}
