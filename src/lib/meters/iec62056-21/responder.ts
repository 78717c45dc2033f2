/**
 * The meter's side: what a virtual meter answers, byte by byte (IEC 62056-21:2002 modes A to E,
 * readout and programming). Knows no world and no clock: delays are part of the answers. Called by
 * the simulator and by the sessions' tests.
 */
import { concatBytes, toLatin1 } from '#lib/base/bytes.ts';
import { ACK, blockCheck, ETX, SOH, stripParity } from './bytes.ts';
import { formatDataBlock, formatDataSet, type DataSet } from './data-set.ts';
import { encodeCommand, encodeData, encodeMessage, parseMessage } from './message.ts';
import type { Identification, IecMessage } from './message.ts';
import { formatProfile, type ProfileBlock } from './profile.ts';

export type MeterDataSet = Pick<DataSet, 'address' | 'value' | 'unit'>;

export type VirtualMeter = {
  readonly identification: Identification;
  /** Answers requests with this device address and those without. */
  readonly address: string;
  readonly dataSets: readonly MeterDataSet[];
  /** The optical head reflects what is sent. */
  readonly echo?: boolean;
  /** So many of the first data messages get a wrong block check. */
  readonly badBlocks?: number;
  /** Asleep or busy: so many of the first requests have no answer. */
  readonly deafFor?: number;
  /** Profile blocks, oldest first, for reads of `P.01(from;to)` and `P.98` (VDEW 2.1). */
  readonly profiles?: readonly ProfileBlock[];
  /** Absent: programming mode is not offered. Null: it needs no password. */
  readonly password?: string | null;
};

export type MeterReply = {
  readonly bytes: Uint8Array;
  /** Speed on the line; a port at another speed sees noise. */
  readonly baud: number;
  readonly delayMs: number;
};

export type MeterState = {
  readonly input: string;
  readonly phase: 'idle' | 'identified' | 'sent' | 'programming' | 'hdlc';
  readonly baud: number;
  readonly requests: number;
  readonly blocksSent: number;
  readonly isTrusted: boolean;
  /** What was written in this life of the meter, by address. */
  readonly written: Readonly<Record<string, string>>;
};

export const idleMeter: MeterState = {
  input: '',
  phase: 'idle',
  baud: 300,
  requests: 0,
  blocksSent: 0,
  isTrusted: false,
  written: {},
};

const MAX_INPUT = 256;
const OPERAND = '00000000';
const COMMAND = new RegExp(
  `${String.fromCharCode(SOH)}[PRWEB]\\d(?!.*${String.fromCharCode(SOH)}[PRWEB]\\d)`,
  's',
);

type Answer = { readonly state: MeterState; readonly replies: readonly MeterReply[] };

function dataReply(meter: VirtualMeter, state: MeterState, delayMs: number): MeterReply {
  const bytes = encodeData(formatDataBlock(meter.dataSets));
  if (state.blocksSent < (meter.badBlocks ?? 0)) bytes[bytes.length - 1]! ^= 0x55;
  return { bytes, baud: state.baud, delayMs };
}

const sent = (state: MeterState): MeterState => ({
  ...state,
  input: '',
  phase: 'sent',
  blocksSent: state.blocksSent + 1,
});

/** A request was complete: identification at 300 Bd, in modes A and B with the data behind it. */
function onRequest(meter: VirtualMeter, before: MeterState, address: string): Answer {
  const state = { ...before, input: '', isTrusted: false, requests: before.requests + 1 };
  const asked = address.replace(/^0+/, '');
  const isOther = asked !== '' && asked !== meter.address.replace(/^0+/, '');
  if (isOther || before.requests < (meter.deafFor ?? 0)) return { state, replies: [] };
  const { identification } = meter;
  const delayMs = identification.reactionTimeMs;
  const hello = { bytes: encodeMessage(identification), baud: 300, delayMs };
  if (identification.mode === 'C') {
    return { state: { ...state, phase: 'identified', baud: 300 }, replies: [hello] };
  }
  const next = { ...state, baud: identification.baud ?? 300 };
  return { state: sent(next), replies: [hello, dataReply(meter, next, 0)] };
}

/** ACK V Z Y: readout (00), programming (01) or HDLC (22). */
function onAck(meter: VirtualMeter, state: MeterState, ack: RegExpExecArray): Answer | null {
  const { baud, baudChar, reactionTimeMs: delayMs, speaksHdlc } = meter.identification;
  const [, protocol, speed, mode] = ack;
  // The reader may choose the start speed; any other one than the offered keeps 300 Bd.
  const next = { ...state, input: '', baud: speed === baudChar ? (baud ?? 300) : 300 };
  if (protocol === '0' && mode === '0') {
    return { state: sent(next), replies: [dataReply(meter, next, delayMs)] };
  }
  if (protocol === '0' && mode === '1' && meter.password !== undefined) {
    const programming = { ...next, phase: 'programming', isTrusted: !meter.password } as const;
    return { state: programming, replies: [operand(meter, programming)] };
  }
  if (protocol !== '2' || mode !== '2' || !speaksHdlc) return null;
  const bytes = encodeMessage({ kind: 'ack', protocol: '2', baudChar, modeChar: '2' });
  return { state: { ...next, phase: 'hdlc' }, replies: [{ bytes, baud: 300, delayMs }] };
}

const operand = (meter: VirtualMeter, { baud }: MeterState): MeterReply => ({
  bytes: encodeCommand('P', '0', `(${OPERAND})`),
  baud,
  delayMs: meter.identification.reactionTimeMs,
});

type Command = IecMessage & { readonly kind: 'command' };

/** The answer to a read; the address is repeated, so that it cannot be taken for another one. */
function readRegister(meter: VirtualMeter, { written }: MeterState, address: string): Uint8Array {
  const found = meter.dataSets.find((set) => set.address === address);
  if (!found) return encodeData('(ER01)');
  return encodeData(formatDataSet({ ...found, value: written[address] ?? found.value }));
}

/** `from;to` as ten digits; empty is everything. Bounds belong to the range (VDEW 2.1). */
function readProfile(meter: VirtualMeter, address: string, range: string): Uint8Array {
  const [from = '', to = ''] = range.split(';');
  const blocks = (meter.profiles ?? []).filter((block) => block.address === address);
  const told = blocks.filter(({ time }) => {
    const digits = time.local.replace(/\D/g, '').slice(2, 12);
    return (!from || digits >= from) && (!to || digits <= to);
  });
  return blocks.length === 0 ? encodeData('(ER01)') : encodeData(told.map(formatProfile).join(''));
}

function doCommand(meter: VirtualMeter, state: MeterState, { command, type, data }: Command) {
  const address = data?.address ?? '';
  if (command === 'R' && type === '5') {
    return { state, bytes: readProfile(meter, address, data?.value ?? '') };
  }
  if (command === 'R') return { state, bytes: readRegister(meter, state, address) };
  if (command === 'P' && type === '1') {
    const isTrusted = data?.value === meter.password;
    return { state: { ...state, isTrusted }, bytes: isTrusted ? ackByte : encodeData('(ER02)') };
  }
  const known = meter.dataSets.some((set) => set.address === address);
  if (command !== 'W' || !known) return { state, bytes: encodeData('(ER01)') };
  if (!state.isTrusted) return { state, bytes: encodeData('(ER03)') };
  const written = { ...state.written, [address]: data?.value ?? '' };
  return { state: { ...state, written }, bytes: ackByte };
}

const ackByte = Uint8Array.of(ACK);

/** A whole command is in the input, or NAK for the operand. */
function whileProgramming(meter: VirtualMeter, state: MeterState): Answer | null {
  const delayMs = meter.identification.reactionTimeMs;
  const answer = (next: MeterState, bytes: Uint8Array): Answer => ({
    state: { ...next, input: '' },
    replies: [{ bytes, baud: state.baud, delayMs }],
  });
  if (state.input === '\x15')
    return { state: { ...state, input: '' }, replies: [operand(meter, state)] };
  // The check character of a command may look like SOH itself.
  const start = state.input.search(COMMAND);
  const frame = Uint8Array.from(state.input.slice(Math.max(0, start)), (char) =>
    char.charCodeAt(0),
  );
  if (start < 0 || frame[frame.length - 2] !== ETX) return null;
  const fits = blockCheck(frame, 1, frame.length - 1) === frame[frame.length - 1];
  const parsed = fits ? parseMessage(frame) : null;
  if (!parsed?.ok || parsed.value.message.kind !== 'command') {
    return answer(state, encodeMessage({ kind: 'nak' }));
  }
  const { message } = parsed.value;
  if (message.command === 'B') return { state: { ...state, ...leaveProgramming }, replies: [] };
  const done = doCommand(meter, state, message);
  return answer(done.state, done.bytes);
}

const leaveProgramming = { input: '', phase: 'idle', baud: 300, isTrusted: false } as const;

function onLine(meter: VirtualMeter, state: MeterState): Answer | null {
  const request = /\/\?([^!\r\n]*)!\r\n$/.exec(state.input);
  if (request) return onRequest(meter, { ...state, baud: 300 }, request[1]!);
  if (state.phase === 'programming') return whileProgramming(meter, state);
  const ackAt = state.input.lastIndexOf(String.fromCharCode(ACK));
  const ack = ackAt < 0 ? null : /^(.)(.)(.)\r\n$/.exec(state.input.slice(ackAt + 1));
  if (ack && state.phase === 'identified') return onAck(meter, state, ack);
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
    if (now.phase === 'hdlc') break;
    now = { ...now, input: (now.input + char).slice(-MAX_INPUT) };
    const answer = onLine(meter, now);
    if (answer) {
      now = answer.state;
      replies.push(...answer.replies);
    }
  }
  return { state: now, replies };
}

/** Mode D: what the meter sends unasked, at 2400 Bd (clause 6.4.4). */
export const pushedMessage = ({ identification, dataSets }: VirtualMeter): Uint8Array =>
  concatBytes(encodeMessage(identification), encodeData(formatDataBlock(dataSets)));
