/**
 * One protected exchange: counter, ciphering, general block transfer in both directions, and the
 * refusals that come in clear (IEC 62056-5-3:2017 clauses 5.7.2, 6.13 and 8). Knows no service.
 * Called by the association and the services of this folder.
 */
import { ok, type Result } from '#lib/base/result.ts';
import { decodeApdu, encodeApdu, type Apdu } from '../apdu.ts';
import { addBlock, cutBlocks, NO_BLOCKS, type BlockApdu } from '../block-transfer.ts';
import { readBlockControl } from '../fields.ts';
import { protect, unprotect, type Protection } from '../protection.ts';
import { supports, type ClientContext } from './context.ts';
import { exchange, failure, persist, type Dialog } from './dialog.ts';

/** So many counters are reserved at once, because each reservation waits for the store. */
const RESERVED_AT_ONCE = 256;
const MAX_COUNTER = 0xffff_ffff;
/** No meter keeps more than this for one attribute; a phone could not hold much more. */
export const MAX_ANSWER = 4 * 1024 * 1024;

/** A counter that was never used; it is stored as used before it is handed out. */
export function* nextCounter(context: ClientContext): Dialog<number> {
  if (context.counter >= MAX_COUNTER) return failure('no_counter', 'All counters are used.');
  if (context.counter >= context.reservedUntil) {
    const until = Math.min(context.counter + RESERVED_AT_ONCE, MAX_COUNTER);
    const stored = yield* persist(until);
    if (!stored.ok) return failure('no_counter', stored.error.detail);
    context.reservedUntil = until;
  }
  return ok(context.counter++);
}

const blockIn = (bytes: Uint8Array): BlockApdu | null => {
  if (bytes[0] !== 0xe0) return null;
  const read = decodeApdu(bytes);
  return read.ok && read.value.apdu.type === 'general-block-transfer' ? read.value.apdu : null;
};

const WINDOW_OF_ONE = 1;

const acknowledgement = (blockNumber: number, blockNumberAck: number): Uint8Array =>
  encodeApdu({
    type: 'general-block-transfer',
    control: WINDOW_OF_ONE,
    blockNumber,
    blockNumberAck,
    data: new Uint8Array(0),
  });

/** Takes the blocks of an answer, each acknowledged with the next own number. */
function* receiveBlocks(first: BlockApdu, ownNumber: number): Dialog<Uint8Array> {
  let blocks = NO_BLOCKS;
  let block = first;
  for (let own = ownNumber; ; own++) {
    const added = addBlock(blocks, block);
    if (!added.ok) return failure('lost_block', added.error.detail);
    if (added.value.whole) return ok(added.value.whole);
    blocks = added.value.blocks;
    if (blocks.bytes.length > MAX_ANSWER) return failure('too_long', 'The blocks never end.');
    const isStreaming = readBlockControl(block.control).streaming;
    const answer: Result<Uint8Array> = isStreaming
      ? yield { kind: 'receive' }
      : yield* exchange(acknowledgement(own, block.blockNumber));
    if (!answer.ok) return answer;
    const next = blockIn(answer.value);
    if (!next) return failure('lost_block', 'The next block is none.');
    block = next;
  }
}

/** Sends an APDU in blocks; each but the last is acknowledged by an empty block. */
function* sendBlocks(apdu: Uint8Array, size: number): Dialog<Uint8Array> {
  const blocks = cutBlocks(apdu, size);
  for (const [i, bytes] of blocks.entries()) {
    const answer = yield* exchange(bytes);
    if (!answer.ok || i === blocks.length - 1) return answer;
    const ack = blockIn(answer.value);
    if (ack?.blockNumberAck !== i + 1) return failure('lost_block', `Block ${i + 1} is lost.`);
  }
  return failure('bad_answer', 'Nothing was sent.');
}

/** Bytes of a general block beside its data. */
const BLOCK_OVERHEAD = 12;

function* transfer(context: ClientContext, apdu: Uint8Array): Dialog<Uint8Array> {
  const isLong = apdu.length > context.maxSent && supports(context, 'general-block-transfer');
  const answer = isLong
    ? yield* sendBlocks(apdu, context.maxSent - BLOCK_OVERHEAD)
    : yield* exchange(apdu);
  if (!answer.ok) return answer;
  const block = blockIn(answer.value);
  const sent = isLong ? Math.ceil(apdu.length / (context.maxSent - BLOCK_OVERHEAD)) : 0;
  return block ? yield* receiveBlocks(block, sent + 1) : answer;
}

/** Refusals come in clear, also inside a ciphered association (clause 8, ExceptionResponse). */
function refusalIn(bytes: Uint8Array): Result<Uint8Array> | null {
  if (bytes[0] !== 0xd8 && bytes[0] !== 0x0e) return null;
  const read = decodeApdu(bytes);
  if (!read.ok) return null;
  const { apdu } = read.value;
  if (apdu.type === 'exception-response') {
    return failure('exception', `State ${apdu.stateError}, service ${apdu.serviceError}.`);
  }
  return apdu.type === 'confirmed-service-error'
    ? failure('service_error', `Service ${apdu.service}: ${apdu.errorKind}, ${apdu.error}.`)
    : null;
}

const SESSION_CODES = new Map([
  ['not_ciphered', 'not_ciphered'],
  ['bad_tag', 'bad_tag'],
  ['wrong_title', 'bad_tag'],
  ['not_signed', 'not_ciphered'],
  ['bad_signature', 'bad_tag'],
] as const);

/** Opens what the meter sent; its counter must have grown. */
export function openAnswer(
  context: ClientContext,
  bytes: Uint8Array,
  protection: Protection,
): Result<Uint8Array> {
  const opened = unprotect(bytes, protection);
  if (!opened.ok) {
    const code = SESSION_CODES.get(opened.error.code as 'bad_tag') ?? 'bad_answer';
    return failure(code, opened.error.detail);
  }
  const { counter, plain } = opened.value;
  if (counter <= context.peerCounter) return failure('replayed', 'This answer was used before.');
  context.peerCounter = counter;
  return ok(plain);
}

/** Sends one APDU, protected as agreed, and gives the answer in clear. */
export function* secureExchange(context: ClientContext, apdu: Uint8Array): Dialog<Uint8Array> {
  const { protection } = context;
  let sent = apdu;
  if (protection) {
    const counter = yield* nextCounter(context);
    if (!counter.ok) return counter;
    sent = protect(apdu, protection, counter.value);
  }
  const answer = yield* transfer(context, sent);
  if (!answer.ok) return answer;
  const refusal = refusalIn(answer.value);
  if (refusal) return refusal;
  const plain = protection ? openAnswer(context, answer.value, protection) : answer;
  return plain.ok ? (refusalIn(plain.value) ?? plain) : plain;
}

/** The same for one request whose answer is decoded. */
export function* ask(context: ClientContext, apdu: Apdu): Dialog<Apdu> {
  const answer = yield* secureExchange(context, encodeApdu(apdu));
  if (!answer.ok) return answer;
  const read = decodeApdu(answer.value);
  return read.ok ? ok(read.value.apdu) : failure('bad_answer', read.error.detail);
}
