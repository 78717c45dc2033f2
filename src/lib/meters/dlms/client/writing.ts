/**
 * Changing a meter: SET and ACTION with one object, with a list, in blocks (IEC 62056-5-3:2017
 * clauses 6.7, 6.8 and 7.4.3, 7.4.4). Who may write is decided by the app, not here. Called by the
 * association (proof of HLS) and by apps whose role may write.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { ok, type Result } from '#lib/base/result.ts';
import { encodeApdu, type Apdu } from '../apdu.ts';
import { decodeData, encodeData, type DlmsData } from '../axdr.ts';
import { FormWriter } from '../cursor.ts';
import { nextInvoke, type ClientContext } from './context.ts';
import { failure, type Dialog } from './dialog.ts';
import { ask, MAX_ANSWER } from './secure.ts';
import { addressOf, isAnswerTo, unexpected, type Target } from './services.ts';

/** Room for ciphering and the head of a block. */
const BLOCK_OVERHEAD = 64;
const LEAST_BLOCK = 16;

type Block = {
  readonly lastBlock: boolean;
  readonly blockNumber: number;
  readonly data: Uint8Array;
};

function blocksOf(context: ClientContext, bytes: Uint8Array): readonly Block[] {
  const size = Math.max(context.maxSent - BLOCK_OVERHEAD, LEAST_BLOCK);
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, i) => ({
    lastBlock: i === count - 1,
    blockNumber: i + 1,
    data: bytes.subarray(i * size, (i + 1) * size),
  }));
}

const isShort = (context: ClientContext, request: Apdu): boolean =>
  encodeApdu(request).length + BLOCK_OVERHEAD <= context.maxSent;

const listBytes = (values: readonly Uint8Array[]): Uint8Array => {
  const w = new FormWriter().count(values.length);
  for (const value of values) w.put(value);
  return w.done();
};

/** Results of all objects; each block but the last is acknowledged with its number. */
function setResults(apdu: Apdu): readonly number[] | null {
  switch (apdu.type) {
    case 'set-response-normal':
    case 'set-response-last-datablock':
      return [apdu.result];
    case 'set-response-with-list':
    case 'set-response-last-datablock-with-list':
      return apdu.results;
    default:
      return null;
  }
}

function* setInBlocks(
  context: ClientContext,
  first: (block: Block) => Apdu,
  { bytes, invoke }: { readonly bytes: Uint8Array; readonly invoke: number },
): Dialog<readonly number[]> {
  for (const block of blocksOf(context, bytes)) {
    const isFirst = block.blockNumber === 1;
    const request = isFirst
      ? first(block)
      : ({ type: 'set-request-with-datablock', invoke, ...block } as const);
    const answer = yield* ask(context, request);
    if (!answer.ok) return answer;
    const apdu = answer.value;
    if (!isAnswerTo(apdu, invoke)) return unexpected(apdu);
    const results = setResults(apdu);
    // A meter may refuse before the last block.
    if (results) return ok(results);
    if (apdu.type !== 'set-response-datablock') return unexpected(apdu);
    if (apdu.blockNumber !== block.blockNumber) {
      return failure('lost_block', `Block ${block.blockNumber} was not taken.`);
    }
  }
  return failure('bad_answer', 'The last block was not confirmed.');
}

/** Writes one attribute; the result is a number of `cosem/results.table.ts`, 0 is success. */
export function* set(context: ClientContext, target: Target, data: DlmsData): Dialog<number> {
  const invoke = nextInvoke(context);
  const { attribute, ...object } = target;
  const where = { ...addressOf(object), attribute, access: null };
  const bytes = encodeData(data);
  const normal: Apdu = { type: 'set-request-normal', invoke, ...where, data: bytes };
  if (isShort(context, normal)) {
    const answer = yield* ask(context, normal);
    if (!answer.ok) return answer;
    const [result] = setResults(answer.value) ?? [];
    const isMine = isAnswerTo(answer.value, invoke) && result !== undefined;
    return isMine ? ok(result) : unexpected(answer.value);
  }
  const first = (block: Block): Apdu => ({
    type: 'set-request-with-first-datablock',
    invoke,
    ...where,
    ...block,
  });
  const results = yield* setInBlocks(context, first, { bytes, invoke });
  return results.ok ? ok(results.value[0] ?? 0) : results;
}

export type Assignment = { readonly target: Target; readonly data: DlmsData };

/** Writes several attributes; results in their order. */
export function* setList(
  context: ClientContext,
  assignments: readonly Assignment[],
): Dialog<readonly number[]> {
  const invoke = nextInvoke(context);
  const attributes = assignments.map(({ target: { attribute, ...object } }) => ({
    ...addressOf(object),
    attribute,
    access: null,
  }));
  const values = assignments.map(({ data }) => encodeData(data));
  const whole: Apdu = { type: 'set-request-with-list', invoke, attributes, values };
  const results = isShort(context, whole)
    ? yield* setAtOnce(context, whole, invoke)
    : yield* setInBlocks(
        context,
        (block) => ({
          type: 'set-request-with-list-and-first-datablock',
          invoke,
          attributes,
          ...block,
        }),
        { bytes: listBytes(values), invoke },
      );
  if (!results.ok || results.value.length === assignments.length) return results;
  return failure('bad_answer', `${assignments.length} results should come.`);
}

function* setAtOnce(
  context: ClientContext,
  request: Apdu,
  invoke: number,
): Dialog<readonly number[]> {
  const answer = yield* ask(context, request);
  if (!answer.ok) return answer;
  const results = setResults(answer.value);
  return results && isAnswerTo(answer.value, invoke) ? ok(results) : unexpected(answer.value);
}

export type Method = { readonly classId: number; readonly obis: string; readonly method: number };

/** `status` 0 is success; `data` is what the method returned. */
export type ActionResult = { readonly status: number; readonly data: DlmsData | null };

type Returned = {
  readonly status: number;
  readonly returned: { readonly data: Uint8Array } | { readonly error: number } | null;
};

function resultOf({ status, returned }: Returned): Result<ActionResult> {
  if (!returned) return ok({ status, data: null });
  if ('error' in returned) return ok({ status: status || returned.error, data: null });
  const read = decodeData(returned.data);
  return read.ok ? ok({ status, data: read.value.data }) : failure('bad_answer', read.error.detail);
}

type PBlock = Extract<Apdu, { readonly type: 'action-response-with-pblock' }>;

/** Returned data in blocks: what a method of one object returns is a bare value then. */
function* collectReturned(context: ClientContext, first: PBlock): Dialog<ActionResult> {
  const parts: Uint8Array[] = [];
  let block = first;
  for (let length = 0, expected = first.blockNumber; ; expected++) {
    if (block.blockNumber !== expected) return failure('lost_block', `Block ${expected} is lost.`);
    parts.push(block.data);
    length += block.data.length;
    if (length > MAX_ANSWER) return failure('too_long', 'The blocks never end.');
    if (block.lastBlock) break;
    const { invoke, blockNumber } = block;
    const answer = yield* ask(context, { type: 'action-request-next-pblock', invoke, blockNumber });
    if (!answer.ok) return answer;
    if (answer.value.type !== 'action-response-with-pblock') return unexpected(answer.value);
    block = answer.value;
  }
  const read = decodeData(concatBytes(...parts));
  return read.ok
    ? ok({ status: 0, data: read.value.data })
    : failure('bad_answer', read.error.detail);
}

function* actionAnswer(context: ClientContext, apdu: Apdu, invoke: number): Dialog<ActionResult> {
  if (!isAnswerTo(apdu, invoke)) return unexpected(apdu);
  if (apdu.type === 'action-response-normal') return resultOf(apdu);
  if (apdu.type === 'action-response-with-pblock') return yield* collectReturned(context, apdu);
  return unexpected(apdu);
}

/** Calls one method, its parameter in blocks when it is long. */
export function* action(
  context: ClientContext,
  target: Method,
  parameter: DlmsData | null,
): Dialog<ActionResult> {
  const invoke = nextInvoke(context);
  const { method, ...object } = target;
  const where = { ...addressOf(object), method };
  const data = parameter && encodeData(parameter);
  const normal: Apdu = { type: 'action-request-normal', invoke, ...where, data };
  if (!data || isShort(context, normal)) {
    const answer = yield* ask(context, normal);
    return answer.ok ? yield* actionAnswer(context, answer.value, invoke) : answer;
  }
  for (const block of blocksOf(context, data)) {
    const isFirst = block.blockNumber === 1;
    const request: Apdu = isFirst
      ? { type: 'action-request-with-first-pblock', invoke, ...where, ...block }
      : { type: 'action-request-with-pblock', invoke, ...block };
    const answer = yield* ask(context, request);
    if (!answer.ok) return answer;
    const apdu = answer.value;
    const isTaken = apdu.type === 'action-response-next-pblock' && !block.lastBlock;
    if (!isTaken) return yield* actionAnswer(context, apdu, invoke);
    if (apdu.blockNumber !== block.blockNumber) {
      return failure('lost_block', `Block ${block.blockNumber} was not taken.`);
    }
  }
  return failure('bad_answer', 'The last block was not confirmed.');
}

/** Calls several methods, each with a parameter; results in their order. */
export function* actionList(
  context: ClientContext,
  calls: readonly { readonly target: Method; readonly parameter: DlmsData }[],
): Dialog<readonly ActionResult[]> {
  const invoke = nextInvoke(context);
  const methods = calls.map(({ target: { method, ...object } }) => ({
    ...addressOf(object),
    method,
  }));
  const values = calls.map(({ parameter }) => encodeData(parameter));
  const answer = yield* ask(context, { type: 'action-request-with-list', invoke, methods, values });
  if (!answer.ok) return answer;
  const apdu = answer.value;
  if (apdu.type !== 'action-response-with-list' || !isAnswerTo(apdu, invoke)) {
    return unexpected(apdu);
  }
  const out: ActionResult[] = [];
  for (const one of apdu.results) {
    const result = resultOf(one);
    if (!result.ok) return result;
    out.push(result.value);
  }
  return out.length === calls.length
    ? ok(out)
    : failure('bad_answer', `${calls.length} results should come.`);
}
