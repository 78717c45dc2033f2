/**
 * Programming mode: single registers read and written by command, with a password where the meter
 * wants one (IEC 62056-21:2002 clauses 6.3.14 items 19 to 22 and 6.4.3.2). Knows the order of
 * messages; it never guesses a password and writes nothing unless the caller allows it.
 *
 * | reader               | meter                                       |
 * |----------------------|---------------------------------------------|
 * | ACK 0 Z 1            | SOH P0 STX (operand) ETX BCC                |
 * | SOH P1 (password)    | ACK, or STX (error) ETX BCC                 |
 * | SOH R1 code()        | STX code(value*unit) ETX BCC                |
 * | SOH W1 code(value)   | ACK, or STX (error) ETX BCC                 |
 * | SOH B0               | silence                                     |
 */
import { equalBytes } from '#lib/base/bytes.ts';
import { ACK, blockCheck, EOT, ETX, NAK, SOH, STX } from './bytes.ts';
import type { DataSet } from './data-set.ts';
import { CHARACTER_MS, listen, reopenPort, settle, type LineScript } from './line.ts';
import { encodeCommand, encodeMessage, parseMessage, type Identification } from './message.ts';
import { identify, lineMs, sevenBits, START_BAUD } from './sign-on.ts';
import type { SignOnFailure, SignOnOptions } from './sign-on.ts';

/** R and W with the types 1 to 6, E with 2 (clause 6.3.14 item 20). */
export type ProgrammingJob = {
  readonly command: 'R' | 'W' | 'E';
  readonly type: '1' | '2' | '3' | '4' | '5' | '6';
  readonly address: string;
  /** Written value, or the range of a read; empty for a plain read. */
  readonly value: string;
};

export type ProgrammingOptions = SignOnOptions & {
  readonly jobs: readonly ProgrammingJob[];
  /** `1` compares with the meter's own, `2` is the result of the meter's secure algorithm. */
  readonly password?: { readonly type: '1' | '2'; answer(operand: string): string };
  /** Without it a job that writes or executes ends the session before it begins. */
  readonly allowWrite?: boolean;
};

/**
 * - `write_not_allowed`: a job writes and nobody allowed it; nothing was sent.
 * - `bad_job`: a value or an address has characters that no message may have; nothing was sent.
 * - `no_programming`: the meter stays silent after the acknowledgement, or is of mode A or B.
 * - `wrong_password`: the meter answered the password with an error, or left.
 * - `refused`: the meter answered with its own error text, which is in `detail`.
 * - `no_reply`, `disturbed`, `wrong_answer`: nothing, no whole message, or another register's.
 * - `not_confirmed`: a write had no answer. It may have been done: read the register.
 */
export type ProgrammingFailure =
  | SignOnFailure
  | 'write_not_allowed'
  | 'bad_job'
  | 'no_programming'
  | 'wrong_password'
  | 'refused'
  | 'no_reply'
  | 'disturbed'
  | 'wrong_answer'
  | 'not_confirmed';

export type ProgrammingAnswer = {
  readonly job: ProgrammingJob;
  readonly dataSets: readonly DataSet[];
};

export type ProgrammingResult = {
  readonly kind: 'done' | 'failed';
  readonly code: ProgrammingFailure | null;
  readonly detail: string;
  readonly identification: Identification | null;
  /** Of the jobs in order, as far as they were done. */
  readonly answers: readonly ProgrammingAnswer[];
};

type Reply =
  | { readonly kind: 'ack' | 'nak' | 'disturbed' }
  | { readonly kind: 'operand'; readonly text: string }
  | { readonly kind: 'data'; readonly dataSets: readonly DataSet[]; readonly isPartial: boolean };

const ATTEMPTS = 3;
const MAX_BLOCKS = 256;
const ACK_SENT_MS = 240;
/** Characters that frame messages and data sets (clause 6.3.14 item 9 and clause 6.5). */
const UNSAFE = /[()/!*]|[^\x20-\x7e]/;
const ERROR_SET = /^ER\w*$/i;

/** Index of ETX or EOT of the block at `from`, when its check character is there too. */
function endOf(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; at + 1 < bytes.length; at++) {
    if (bytes[at] === ETX || bytes[at] === EOT) return at;
  }
  return -1;
}

function blockReply(block: Uint8Array): Reply {
  const parsed = parseMessage(block);
  const end = block.length - 2;
  const fits = blockCheck(block, 1, end + 1) === block[end + 1];
  if (!parsed.ok || !fits || block.subarray(1, end).some(isNoise)) return { kind: 'disturbed' };
  const { message } = parsed.value;
  if (message.kind === 'data') return message;
  if (message.kind !== 'command' || message.command !== 'P') return { kind: 'disturbed' };
  return { kind: 'operand', text: message.data?.value ?? '' };
}

const isNoise = (byte: number): boolean =>
  (byte < 0x20 || byte > 0x7e) && ![2, 10, 13].includes(byte);

/**
 * The first whole reply in `bytes`. What the optical head repeats of `sent` is left out: as a
 * whole where it is intact, else because a command of ours is no reply.
 */
function findReply(bytes: Uint8Array, sent: Uint8Array): Reply | null {
  const isEcho = equalBytes(bytes.subarray(0, sent.length), sent);
  if (!isEcho && bytes.length < sent.length && startsAlike(bytes, sent)) return null;
  const start = isEcho ? sent.length : 0;
  // One character proves little: it counts only alone.
  if (bytes.length === start + 1 && bytes[start] === ACK) return { kind: 'ack' };
  if (bytes.length === start + 1 && bytes[start] === NAK) return { kind: 'nak' };
  let at = start;
  let seen: Reply | null = null;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte !== SOH && byte !== STX) {
      at++;
      continue;
    }
    const end = endOf(bytes, at);
    if (end < 0) return null;
    const isOwn = byte === SOH && bytes[at + 1] !== 0x50;
    seen = isOwn ? seen : blockReply(bytes.subarray(at, end + 2));
    if (seen && seen.kind !== 'disturbed') return seen;
    at = end + 2;
  }
  return seen;
}

const startsAlike = (bytes: Uint8Array, sent: Uint8Array): boolean =>
  bytes.every((byte, i) => byte === sent[i]);

type Answered = { readonly reply: Reply | null; readonly isHeard: boolean };

/** Asks until a whole reply comes; `attempts` is 1 for what must not be done twice. */
function* ask(send: Uint8Array, baud: number, attempts = ATTEMPTS): LineScript<Answered> {
  let isHeard = false;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const wait = lineMs(send, baud) + CHARACTER_MS;
    const { found, bytes } = yield* listen(send, wait, (got) => findReply(got, send));
    isHeard ||= bytes.length > 0 && !equalBytes(bytes, send);
    if (found && found.kind !== 'disturbed' && found.kind !== 'nak') {
      // Two questions may have two answers.
      if (attempt > 0) yield* settle();
      return { reply: found, isHeard };
    }
    if (found?.kind === 'nak' && attempt + 1 === ATTEMPTS) return { reply: found, isHeard };
    yield* settle();
  }
  return { reply: null, isHeard };
}

const failureOf = ({ reply, isHeard }: Answered): ProgrammingFailure =>
  reply?.kind === 'nak' ? 'refused' : isHeard ? 'disturbed' : 'no_reply';

type Done = { readonly dataSets: readonly DataSet[] };
type Failed = { readonly code: ProgrammingFailure; readonly detail: string };

const failed = (code: ProgrammingFailure, detail = ''): Failed => ({ code, detail });

/** What a meter says instead of data: `(ER05)`, or an error text without any address. */
function errorOf(sets: readonly DataSet[]): string | null {
  const [first] = sets;
  return first && sets.length === 1 && first.address === '' && ERROR_SET.test(first.value)
    ? first.value
    : null;
}

const answersOther = (sets: readonly DataSet[], job: ProgrammingJob): boolean =>
  sets[0] !== undefined && sets[0].address !== '' && sets[0].address !== job.address;

function* read(job: ProgrammingJob, baud: number): LineScript<Done | Failed> {
  let send = encodeCommand(job.command, job.type, `${job.address}(${job.value})`);
  const all: DataSet[] = [];
  for (let block = 0; block < MAX_BLOCKS; block++) {
    // A lost block cannot be asked for again by its number, therefore only the first one is.
    const answered = yield* ask(send, baud, block === 0 ? ATTEMPTS : 1);
    const { reply } = answered;
    if (reply?.kind !== 'data') return failed(failureOf(answered));
    const error = errorOf(reply.dataSets);
    if (error !== null) return failed('refused', error);
    if (block === 0 && answersOther(reply.dataSets, job)) return failed('wrong_answer');
    all.push(...reply.dataSets);
    if (!reply.isPartial) return { dataSets: all };
    send = Uint8Array.of(ACK);
  }
  return failed('disturbed', 'The blocks have no end.');
}

function* write(job: ProgrammingJob, baud: number): LineScript<Done | Failed> {
  const send = encodeCommand(job.command, job.type, `${job.address}(${job.value})`);
  const { reply } = yield* ask(send, baud, 1);
  if (reply?.kind === 'ack') return { dataSets: [] };
  if (reply?.kind !== 'data') return failed('not_confirmed');
  const error = errorOf(reply.dataSets);
  return error === null ? failed('not_confirmed') : failed('refused', error);
}

function* enter(
  options: ProgrammingOptions,
  { mode, baud, baudChar }: Identification,
): LineScript<Failed | { readonly baud: number }> {
  if (mode !== 'C' || baud === null) return failed('no_programming');
  const ack = encodeMessage({ kind: 'ack', protocol: '0', baudChar, modeChar: '1' });
  // At the start speed nothing is reopened, and the operand may follow at once.
  const isSame = baud === START_BAUD;
  const wait = isSame ? CHARACTER_MS + ACK_SENT_MS : ACK_SENT_MS;
  const first = yield* listen(ack, wait, (got) =>
    isSame ? findReply(got, ack) : echoed(got, ack),
  );
  if (!isSame) yield* reopenPort(sevenBits(baud, options.eightBits));
  const operand = isSame
    ? (first.found as Reply | null)
    : (yield* listen(null, CHARACTER_MS, (got) => findReply(got, ack))).found;
  const { password } = options;
  if (!password) {
    const isThere = operand?.kind === 'operand' || (yield* askAgain(baud));
    return isThere ? { baud } : failed('no_programming');
  }
  const text = operand?.kind === 'operand' ? operand.text : yield* askOperand(baud);
  if (text === null) return failed('no_programming');
  const told = encodeCommand('P', password.type, `(${password.answer(text)})`);
  const { reply } = yield* ask(told, baud);
  if (reply?.kind === 'ack') return { baud };
  const error = reply?.kind === 'data' ? errorOf(reply.dataSets) : null;
  return failed('wrong_password', error ?? '');
}

const echoed = (got: Uint8Array, ack: Uint8Array): boolean | null =>
  equalBytes(got, ack) || got.length > 4 * ack.length ? true : null;

/** NAK repeats the operand that was lost (clause 6.4.3.2). */
function* askOperand(baud: number): LineScript<string | null> {
  const { reply } = yield* ask(encodeMessage({ kind: 'nak' }), baud);
  return reply?.kind === 'operand' ? reply.text : null;
}

function* askAgain(baud: number): LineScript<boolean> {
  return (yield* askOperand(baud)) !== null;
}

function problemOf({ jobs, allowWrite }: ProgrammingOptions): ProgrammingFailure | null {
  if (!allowWrite && jobs.some(({ command }) => command !== 'R')) return 'write_not_allowed';
  // A read may carry a range, which has a semicolon; a written value its unit.
  const isBad = ({ address, value }: ProgrammingJob): boolean =>
    address === '' || UNSAFE.test(address.replace('*', '')) || UNSAFE.test(value.replace('*', ''));
  return jobs.some(isBad) ? 'bad_job' : null;
}

/** Signs on, enters programming mode, does all jobs in order and signs off. */
export function* runProgramming(options: ProgrammingOptions): LineScript<ProgrammingResult> {
  const answers: ProgrammingAnswer[] = [];
  let identification: Identification | null = null;
  const end = ({ code, detail }: Failed): ProgrammingResult => ({
    kind: 'failed',
    code,
    detail,
    identification,
    answers,
  });
  const problem = problemOf(options);
  if (problem) return end(failed(problem));
  const met = yield* identify(options);
  if (typeof met === 'string') return end(failed(met));
  identification = met;
  const entered = yield* enter(options, met);
  let failure = 'code' in entered ? entered : null;
  const baud = 'baud' in entered ? entered.baud : START_BAUD;
  for (const job of failure ? [] : options.jobs) {
    const done = yield* job.command === 'R' ? read(job, baud) : write(job, baud);
    if ('code' in done) {
      failure = done;
      break;
    }
    answers.push({ job, dataSets: done.dataSets });
  }
  // The break frees the meter at once; it has no answer.
  if ('baud' in entered) yield* listen(encodeCommand('B', '0', null), ACK_SENT_MS, () => null);
  if (failure) return end(failure);
  return { kind: 'done', code: null, detail: '', identification, answers };
}
