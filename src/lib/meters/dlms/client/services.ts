/**
 * Reading attributes: GET with one attribute, with a list, in blocks (IEC 62056-5-3:2017 clauses
 * 6.6 and 7.4.2). An error of the meter for one attribute is a result; a conversation that breaks
 * is a failure. Knows no object; called by the plans of this folder and by apps.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { err, ok, type Result } from '#lib/base/result.ts';
import type { Apdu } from '../apdu.ts';
import { decodeData, type DlmsData } from '../axdr.ts';
import { Cursor } from '../cursor.ts';
import { parseObis } from '../obis.ts';
import { GET_RESULTS } from '../services.table.ts';
import { nextInvoke, supports, type ClientContext } from './context.ts';
import { failure, type Dialog } from './dialog.ts';
import { ask, MAX_ANSWER } from './secure.ts';

/** Selective access (IEC 62056-6-2:2021 clause 4.3.6.2.2): selector and its parameters. */
export type Selection = { readonly selector: number; readonly parameters: Uint8Array };

export type Target = {
  readonly classId: number;
  /** `A-B:C.D.E*F`. */
  readonly obis: string;
  readonly attribute: number;
};

/** `error` is a number of `cosem/results.table.ts`. */
export type AttributeResult = { readonly data: DlmsData } | { readonly error: number };

export const isData = (r: AttributeResult): r is { readonly data: DlmsData } => 'data' in r;

const NO_OBJECT = new Uint8Array(6);

export const addressOf = ({ classId, obis }: Omit<Target, 'attribute'>) => ({
  classId,
  obis: parseObis(obis) ?? NO_OBJECT,
});

const describe = ({ attribute, ...object }: Target, access: Selection | null = null) => ({
  ...addressOf(object),
  attribute,
  access,
});

/** The answer must carry the number of its request. */
export function isAnswerTo(apdu: Apdu, invoke: number): boolean {
  return (
    'invoke' in apdu && typeof apdu.invoke === 'number' && (apdu.invoke & 15) === (invoke & 15)
  );
}

export const unexpected = (apdu: Apdu) =>
  failure('bad_answer', `${apdu.type} does not answer this request.`);

function treeOf(bytes: Uint8Array): Result<AttributeResult> {
  const read = decodeData(bytes);
  return read.ok ? ok({ data: read.value.data }) : failure('bad_answer', read.error.detail);
}

type BlockAnswer = Extract<Apdu, { readonly type: 'get-response-with-block' }>;

/** Bytes of all blocks, or the error that ended them. */
type Collected = { readonly bytes: Uint8Array } | { readonly error: number };

/** Asks for the blocks behind `first`; the meter may begin to count at 0 or 1. */
function* collect(context: ClientContext, first: BlockAnswer): Dialog<Collected> {
  const parts: Uint8Array[] = [];
  let length = 0;
  let block = first;
  for (let expected = first.blockNumber; ; expected++) {
    if (block.blockNumber !== expected) {
      return failure('lost_block', `Block ${expected} should follow, not ${block.blockNumber}.`);
    }
    if ('error' in block.result) return ok({ error: block.result.error });
    parts.push(block.result.data);
    length += block.result.data.length;
    if (length > MAX_ANSWER) return failure('too_long', 'The blocks never end.');
    if (block.lastBlock) return ok({ bytes: concatBytes(...parts) });
    const { invoke } = block;
    const next = yield* ask(context, {
      type: 'get-request-next',
      invoke,
      blockNumber: block.blockNumber,
    });
    if (!next.ok) return next;
    const apdu = next.value;
    if (apdu.type === 'get-response-normal' && 'error' in apdu.result) {
      return ok({ error: apdu.result.error });
    }
    if (apdu.type !== 'get-response-with-block' || !isAnswerTo(apdu, invoke)) {
      return unexpected(apdu);
    }
    block = apdu;
  }
}

/** One attribute, with selective access where `access` says. */
export function* get(
  context: ClientContext,
  target: Target,
  access: Selection | null = null,
): Dialog<AttributeResult> {
  const invoke = nextInvoke(context);
  const request: Apdu = { type: 'get-request-normal', invoke, ...describe(target, access) };
  const answer = yield* ask(context, request);
  if (!answer.ok) return answer;
  const apdu = answer.value;
  if (!isAnswerTo(apdu, invoke)) return unexpected(apdu);
  if (apdu.type === 'get-response-normal') {
    return 'error' in apdu.result ? ok({ error: apdu.result.error }) : treeOf(apdu.result.data);
  }
  if (apdu.type !== 'get-response-with-block') return unexpected(apdu);
  const whole = yield* collect(context, apdu);
  if (!whole.ok) return whole;
  return 'error' in whole.value ? ok(whole.value) : treeOf(whole.value.bytes);
}

type RawResult = { readonly data: Uint8Array } | { readonly error: number };

function listOf(raw: readonly RawResult[], count: number): Result<readonly AttributeResult[]> {
  if (raw.length !== count) {
    return failure('bad_answer', `${count} attributes were asked, ${raw.length} came.`);
  }
  const out: AttributeResult[] = [];
  for (const one of raw) {
    const result = 'error' in one ? ok(one) : treeOf(one.data);
    if (!result.ok) return result;
    out.push(result.value);
  }
  return ok(out);
}

/** The list in blocks is the same list of results, cut anywhere. */
function listInBlocks(bytes: Uint8Array): Result<readonly RawResult[]> {
  const c = new Cursor(bytes);
  const results = GET_RESULTS.read(c);
  if (!c.failed) c.end();
  return c.fault ? err({ ...c.fault, code: 'bad_answer' }) : ok(results);
}

function* listAtOnce(
  context: ClientContext,
  targets: readonly Target[],
): Dialog<readonly AttributeResult[]> {
  const invoke = nextInvoke(context);
  const attributes = targets.map((target) => describe(target));
  const answer = yield* ask(context, { type: 'get-request-with-list', invoke, attributes });
  if (!answer.ok) return answer;
  const apdu = answer.value;
  if (!isAnswerTo(apdu, invoke)) return unexpected(apdu);
  if (apdu.type === 'get-response-with-list') return listOf(apdu.results, targets.length);
  if (apdu.type === 'get-response-normal' && 'error' in apdu.result) {
    const { error } = apdu.result;
    return ok(targets.map(() => ({ error })));
  }
  if (apdu.type !== 'get-response-with-block') return unexpected(apdu);
  const whole = yield* collect(context, apdu);
  if (!whole.ok) return whole;
  if ('error' in whole.value) {
    const { error } = whole.value;
    return ok(targets.map(() => ({ error })));
  }
  const raw = listInBlocks(whole.value.bytes);
  return raw.ok ? listOf(raw.value, targets.length) : raw;
}

/** Several attributes; one by one where the meter knows no lists. Results in order of `targets`. */
export function* getList(
  context: ClientContext,
  targets: readonly Target[],
): Dialog<readonly AttributeResult[]> {
  if (targets.length > 1 && supports(context, 'multiple-references')) {
    return yield* listAtOnce(context, targets);
  }
  const out: AttributeResult[] = [];
  for (const target of targets) {
    const one = yield* get(context, target);
    if (!one.ok) return one;
    out.push(one.value);
  }
  return ok(out);
}
