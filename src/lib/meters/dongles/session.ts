/**
 * Opening a dongle and noticing that it died, as a state machine without input or output.
 *
 * It knows the dialogue table and counts attempts; it knows no port and reads no clock: the caller
 * sends `send`, waits `waitMs` and feeds what happened. Called by the reader's app (lib/field) and
 * tests. Telegrams pass through the caller; here they are only signs of life.
 */
import type { DongleEvent } from './framer.ts';
import { dongleRow, frameMessage } from './dongle.ts';
import type { DialogueRow, DongleName, RadioMode } from './dongles.table.ts';

/**
 * - `unsupported_mode`: the dongle has no such radio mode. Told: choose another mode or dongle.
 * - `no_reply`: no answer during opening. Told: wrong dongle type chosen, or unplug and plug in.
 * - `refused`: it answered, but not what was asked for. Told: the dongle's firmware differs.
 * - `silent`: it worked and does not answer any more. Told: unplug and plug in.
 */
export type DongleFailure = 'unsupported_mode' | 'no_reply' | 'refused' | 'silent';

export type DongleState = {
  readonly name: DongleName;
  readonly mode: RadioMode;
  readonly phase: 'opening' | 'ready' | 'testing' | 'failed';
  /** Index of the dialogue row that waits for its reply. */
  readonly row: number;
  readonly attempt: number;
  readonly repaired: boolean;
  readonly failure: DongleFailure | null;
};

export type SessionEvent = { readonly kind: 'start' | 'timeout' | 'self_test' } | DongleEvent;

export type SessionStep = {
  readonly state: DongleState;
  readonly send: readonly Uint8Array[];
  /** Feed `timeout` when nothing came for so long; null: wait without limit. */
  readonly waitMs: number | null;
};

const REPLY_MS = 700;
const ATTEMPTS = 3;
/** So long may the air be silent before the dongle is asked whether it is still there. */
const SILENCE_MS = 60_000;

/** State before the first `start` event. */
export const initialState = (name: DongleName, mode: RadioMode): DongleState => ({
  name,
  mode,
  phase: 'opening',
  row: 0,
  attempt: 0,
  repaired: false,
  failure: null,
});

const dialogue = ({ name, mode }: DongleState): readonly DialogueRow[] | undefined =>
  dongleRow(name).modes[mode];

const fail = (state: DongleState, failure: DongleFailure): SessionStep => ({
  state: { ...state, phase: 'failed', failure },
  send: [],
  waitMs: null,
});

const ready = (state: DongleState): SessionStep => ({
  state: { ...state, phase: 'ready', attempt: 0 },
  send: [],
  waitMs: dongleRow(state.name).selfTest ? SILENCE_MS : null,
});

const still = (state: DongleState, waitMs: number | null): SessionStep => ({
  state,
  send: [],
  waitMs,
});

/** Sends the dialogue row `row`, or is ready when there is none left. */
function ask(state: DongleState, row: number, attempt: number): SessionStep {
  const rows = dialogue(state);
  if (!rows) return fail(state, 'unsupported_mode');
  const next = rows[row];
  if (!next) return ready(state);
  if (next.isMute) {
    const after = ask(state, row + 1, 0);
    return { ...after, send: [frameMessage(state.name, next.send), ...after.send] };
  }
  return {
    state: { ...state, phase: 'opening', row, attempt, repaired: attempt > 0 && state.repaired },
    send: [frameMessage(state.name, next.send)],
    waitMs: REPLY_MS,
  };
}

function test(state: DongleState, attempt: number): SessionStep {
  const { selfTest } = dongleRow(state.name);
  if (!selfTest) return still(state, null);
  return {
    state: { ...state, phase: 'testing', attempt },
    send: [frameMessage(state.name, selfTest.send)],
    waitMs: REPLY_MS,
  };
}

function onTimeout(state: DongleState): SessionStep {
  const again = state.attempt + 1 < ATTEMPTS;
  if (state.phase === 'opening') {
    return again ? ask(state, state.row, state.attempt + 1) : fail(state, 'no_reply');
  }
  if (state.phase === 'testing') {
    return again ? test(state, state.attempt + 1) : fail(state, 'silent');
  }
  return test(state, 0);
}

function onReply(state: DongleState, key: string): SessionStep {
  if (state.phase !== 'opening') return ready(state);
  const row = dialogue(state)?.[state.row];
  // Late replies to an earlier question and texts of boot loaders are not the answer.
  if (!row || !key.startsWith(row.reply)) return still(state, REPLY_MS);
  if (key.startsWith(row.accept)) return ask({ ...state, repaired: false }, state.row + 1, 0);
  if (!row.repair || state.repaired) return fail(state, 'refused');
  const send = [row.repair, row.send].map((message) => frameMessage(state.name, message));
  return { state: { ...state, repaired: true, attempt: 1 }, send, waitMs: REPLY_MS };
}

/** The next state, what to send, and how long to wait. */
export function step(state: DongleState, event: SessionEvent): SessionStep {
  if (event.kind === 'start') return ask(initialState(state.name, state.mode), 0, 0);
  if (state.phase === 'failed') return still(state, null);
  switch (event.kind) {
    case 'timeout':
      return onTimeout(state);
    case 'self_test':
      return state.phase === 'ready' ? test(state, 0) : still(state, REPLY_MS);
    case 'reply':
      return onReply(state, event.key);
    case 'telegram':
      return state.phase === 'opening' ? still(state, REPLY_MS) : ready(state);
    case 'discarded':
      return still(state, state.phase === 'ready' ? SILENCE_MS : REPLY_MS);
  }
}
