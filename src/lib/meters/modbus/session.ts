/**
 * Reading a planned list of registers from one device, as a state machine without input or output.
 *
 * It knows the order of requests, repeats and what an answer must look like to belong to its
 * question; it knows no port and reads no clock. The caller sends, waits, and feeds `start`,
 * `bytes` or `timeout`. Called by the virtual line's tests and the command line.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { must } from '#lib/base/assert.ts';
import { cutFrames, type ModbusEvent } from './framer.ts';
import { encodeAdu, type ModbusAdu, type Transmission } from './frames.ts';
import { decodePdu, encodePdu } from './pdu.ts';
import { EXCEPTION_TABLE } from './pdu.table.ts';
import type { Block, ReadRequest } from './register-map.ts';

/**
 * - `no_answer`: silence after all repeats. Told: check address, speed and wires.
 * - `disturbed`: bytes came, but never a whole frame. Told: check shielding and termination.
 * - `wrong_answer`: a whole frame of the asked device that answers something else.
 * - `refused`: the device answered with an exception, named in `exception`.
 * - `too_long`: more bytes than any answer has; another protocol is speaking.
 */
export type ModbusFailure = 'no_answer' | 'disturbed' | 'wrong_answer' | 'refused' | 'too_long';

export type ModbusOptions = {
  readonly transmission: Transmission;
  readonly unit: number;
  readonly requests: readonly ReadRequest[];
};

export type ModbusState = {
  readonly options: ModbusOptions;
  readonly phase: 'asking' | 'settling' | 'ended';
  readonly attempt: number;
  readonly transaction: number;
  readonly buffer: Uint8Array;
  /** Something other than the expected answer was heard since the last question. */
  readonly heard: 'nothing' | 'noise' | 'stranger';
  readonly blocks: readonly Block[];
  readonly result:
    | { readonly kind: 'done'; readonly blocks: readonly Block[] }
    | { readonly kind: 'failed'; readonly code: ModbusFailure; readonly exception: string | null }
    | null;
};

export type ModbusInput =
  { readonly kind: 'start' | 'timeout' } | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

export type ModbusStep = {
  readonly state: ModbusState;
  readonly send: Uint8Array | null;
  readonly waitMs: number | null;
};

const ATTEMPTS = 3;
/** MODBUS over Serial Line V1.02 clause 2.4.1 says one second to several at 9600 Bd. */
const ANSWER_MS = 1000;
/** A late answer to a repeated question must not be taken for the answer to the next one. */
const SETTLE_MS = 400;
const MAX_BYTES = 2048;
const NOTHING = new Uint8Array(0);
/** Exceptions after which the same question may be answered (acknowledge, busy). */
const PATIENT: readonly number[] = [5, 6];

export const initialModbusState = (options: ModbusOptions): ModbusState => ({
  options,
  phase: 'asking',
  attempt: 0,
  transaction: 0,
  buffer: NOTHING,
  heard: 'nothing',
  blocks: [],
  result: null,
});

const wait = (state: ModbusState, waitMs: number | null): ModbusStep => ({
  state,
  send: null,
  waitMs,
});

const fail = (
  state: ModbusState,
  code: ModbusFailure,
  exception: string | null = null,
): ModbusStep =>
  wait({ ...state, phase: 'ended', result: { kind: 'failed', code, exception } }, null);

/** Sends the request that is due, or ends when none is. */
function ask(state: ModbusState, attempt: number): ModbusStep {
  const { options, blocks } = state;
  const request = options.requests[blocks.length];
  if (!request) return wait({ ...state, phase: 'ended', result: { kind: 'done', blocks } }, null);
  const transaction = (state.transaction + 1) & 0xffff;
  const { functionCode, address, count } = request;
  const pdu = encodePdu({ functionCode, direction: 'request', fields: { address, count } });
  const bytes = must(pdu.ok ? pdu.value : null, 'a planned request fits into a PDU');
  const adu = { unit: options.unit, transaction, pdu: bytes };
  const heard = attempt === 0 ? 'nothing' : state.heard;
  return {
    state: { ...state, phase: 'asking', attempt, transaction, heard, buffer: NOTHING },
    send: encodeAdu(adu, options.transmission),
    waitMs: ANSWER_MS,
  };
}

function again(state: ModbusState): ModbusStep {
  if (state.attempt + 1 < ATTEMPTS) return ask(state, state.attempt + 1);
  if (state.heard === 'stranger') return fail(state, 'wrong_answer');
  return fail(state, state.heard === 'noise' ? 'disturbed' : 'no_answer');
}

type Verdict =
  | { readonly kind: 'answer'; readonly registers: readonly number[] }
  | { readonly kind: 'exception'; readonly code: number }
  | { readonly kind: 'stranger' };

function judge(state: ModbusState, adu: ModbusAdu): Verdict {
  const request = state.options.requests[state.blocks.length];
  const isOurs =
    adu.unit === state.options.unit &&
    (adu.transaction === null || adu.transaction === state.transaction);
  const pdu = decodePdu(adu.pdu, 'response');
  if (!isOurs || !request || !pdu.ok || pdu.value.functionCode !== request.functionCode) {
    return { kind: 'stranger' };
  }
  const { exceptionCode, registers } = pdu.value.fields;
  if (exceptionCode !== undefined) return { kind: 'exception', code: exceptionCode };
  return registers?.length === request.count ? { kind: 'answer', registers } : { kind: 'stranger' };
}

function onAnswer(state: ModbusState, registers: readonly number[]): ModbusStep {
  const request = state.options.requests[state.blocks.length]!;
  const next = { ...state, blocks: [...state.blocks, { request, registers }] };
  if (state.attempt === 0) return ask(next, 0);
  return wait({ ...next, phase: 'settling', buffer: NOTHING }, SETTLE_MS);
}

function onFrames(state: ModbusState, events: readonly ModbusEvent[]): ModbusStep | ModbusState {
  let now = state;
  for (const event of events) {
    if (event.kind === 'discarded') {
      now = { ...now, heard: now.heard === 'stranger' ? 'stranger' : 'noise' };
      continue;
    }
    const verdict = judge(now, event.adu);
    if (verdict.kind === 'answer') return onAnswer(now, verdict.registers);
    if (verdict.kind === 'stranger') now = { ...now, heard: 'stranger' };
    else if (!PATIENT.includes(verdict.code)) {
      const word = EXCEPTION_TABLE.find(({ code }) => code === verdict.code)?.word;
      return fail(now, 'refused', word ?? `exception_${verdict.code}`);
    }
  }
  return now;
}

const isStep = (value: ModbusStep | ModbusState): value is ModbusStep => 'waitMs' in value;

function onBytes(state: ModbusState, bytes: Uint8Array, isFinal: boolean): ModbusStep {
  const buffer = concatBytes(state.buffer, bytes);
  if (buffer.length > MAX_BYTES) return fail(state, 'too_long');
  const { transmission } = state.options;
  const { events, rest } = cutFrames(buffer, { transmission, direction: 'response' }, isFinal);
  const after = onFrames({ ...state, buffer: rest }, events);
  if (isStep(after)) return after;
  return isFinal ? again(after) : wait(after, ANSWER_MS);
}

/** The next state and what to do. `state.result` is set when `phase` is `ended`. */
export function stepModbus(state: ModbusState, input: ModbusInput): ModbusStep {
  if (state.phase === 'ended') return wait(state, null);
  if (input.kind === 'start') return ask(initialModbusState(state.options), 0);
  if (state.phase === 'settling') {
    return input.kind === 'timeout' ? ask(state, 0) : wait(state, SETTLE_MS);
  }
  if (input.kind === 'bytes') return onBytes(state, input.bytes, false);
  return onBytes(state, NOTHING, true);
}
