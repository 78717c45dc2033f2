/**
 * The meter's side of a readout: what a virtual meter answers, byte by byte (IEC 62056-21:2002
 * modes A, B and C). Knows no world and no clock: delays are part of the answers. Called by the
 * simulator and by the session's tests.
 */
import { toLatin1 } from '#lib/base/bytes.ts';
import { ACK, stripParity } from './bytes.ts';
import { formatDataBlock, type DataSet } from './data-set.ts';
import { encodeData, encodeMessage, type Identification } from './message.ts';

export type VirtualMeter = {
  readonly identification: Identification;
  /** Answers requests with this device address and those without. */
  readonly address: string;
  readonly dataSets: readonly Pick<DataSet, 'address' | 'value' | 'unit'>[];
  /** The optical head reflects what is sent. */
  readonly echo?: boolean;
  /** So many of the first data messages get a wrong block check. */
  readonly badBlocks?: number;
};

export type MeterReply = {
  readonly bytes: Uint8Array;
  /** Speed on the line; a port at another speed sees noise. */
  readonly baud: number;
  readonly delayMs: number;
};

export type MeterState = {
  readonly input: string;
  readonly phase: 'idle' | 'identified' | 'sent';
  readonly baud: number;
  readonly blocksSent: number;
};

export const idleMeter: MeterState = { input: '', phase: 'idle', baud: 300, blocksSent: 0 };

const MAX_INPUT = 128;

function dataReply(meter: VirtualMeter, state: MeterState, delayMs: number): MeterReply {
  const bytes = encodeData(formatDataBlock(meter.dataSets));
  if (state.blocksSent < (meter.badBlocks ?? 0)) bytes[bytes.length - 1]! ^= 0x55;
  return { bytes, baud: state.baud, delayMs };
}

type Answer = { readonly state: MeterState; readonly replies: readonly MeterReply[] };

const sent = (state: MeterState): MeterState => ({
  ...state,
  input: '',
  phase: 'sent',
  blocksSent: state.blocksSent + 1,
});

/** A request was complete: identification at 300 Bd, in modes A and B with the data behind it. */
function onRequest(meter: VirtualMeter, state: MeterState, address: string): Answer {
  const asked = address.replace(/^0+/, '');
  if (asked !== '' && asked !== meter.address.replace(/^0+/, '')) {
    return { state: { ...state, input: '' }, replies: [] };
  }
  const { identification } = meter;
  const delayMs = identification.reactionTimeMs;
  const hello = { bytes: encodeMessage(identification), baud: 300, delayMs };
  if (identification.mode === 'C') {
    return { state: { ...state, input: '', phase: 'identified', baud: 300 }, replies: [hello] };
  }
  const next = { ...state, baud: identification.baud ?? 300 };
  return { state: sent(next), replies: [hello, dataReply(meter, next, 0)] };
}

function onLine(meter: VirtualMeter, state: MeterState): Answer | null {
  const request = /\/\?([^!\r\n]*)!\r\n$/.exec(state.input);
  if (request) return onRequest(meter, { ...state, baud: 300 }, request[1]!);
  const ackAt = state.input.lastIndexOf(String.fromCharCode(ACK));
  const ack = ackAt < 0 ? null : /^0(.)0\r\n$/.exec(state.input.slice(ackAt + 1));
  if (ack && state.phase === 'identified') {
    const { baud, baudChar, reactionTimeMs } = meter.identification;
    // The reader may choose the start speed; any other one than the offered keeps 300 Bd.
    const next = { ...state, baud: ack[1] === baudChar ? (baud ?? 300) : 300 };
    return { state: sent(next), replies: [dataReply(meter, next, reactionTimeMs)] };
  }
  if (state.input.endsWith('\x15') && state.phase === 'sent') {
    const delayMs = meter.identification.reactionTimeMs;
    return { state: sent(state), replies: [dataReply(meter, state, delayMs)] };
  }
  return null;
}

/** Feeds what the reader sent at the meter's present speed; gives what the meter sends back. */
export function respond(meter: VirtualMeter, state: MeterState, bytes: Uint8Array): Answer {
  const replies: MeterReply[] = [];
  if (meter.echo) replies.push({ bytes, baud: state.baud, delayMs: 0 });
  let now = state;
  for (const char of toLatin1(stripParity(bytes))) {
    now = { ...now, input: (now.input + char).slice(-MAX_INPUT) };
    const answer = onLine(meter, now);
    if (answer) {
      now = answer.state;
      replies.push(...answer.replies);
    }
  }
  return { state: now, replies };
}
