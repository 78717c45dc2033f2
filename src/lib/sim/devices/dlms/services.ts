/**
 * GET, SET and ACTION of a simulated logical device, with lists and blocks (IEC 62056-5-3:2017
 * clauses 6.6 to 6.8 and 7.4). Knows the objects and one client's open transfers, no association;
 * called by `server.ts`.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { encodeApdu, type Apdu } from '../../../meters/dlms/apdu.ts';
import { decodeData, encodeData } from '../../../meters/dlms/axdr.ts';
import { readSelection } from '../../../meters/dlms/cosem/selection.ts';
import { Cursor, FormWriter } from '../../../meters/dlms/cursor.ts';
import { formatObis } from '../../../meters/dlms/obis.ts';
import { GET_RESULTS } from '../../../meters/dlms/services.table.ts';
import {
  readAttribute,
  RESULT,
  writeAttribute,
  type CosemObject,
  type Outcome,
} from './objects.ts';

export type Rights = {
  readonly canReadAll: boolean;
  readonly canWrite: boolean;
  /** Methods: relay, clearing, and what else changes the device at once. */
  readonly canCall: boolean;
};

/** What this client has begun and not finished. */
export type Transfers = {
  /** An answer in blocks, and the number of the last one that was sent. */
  sending: { readonly parts: readonly Uint8Array[]; sent: number; isAction: boolean } | null;
  /** A request in blocks: what it will be once whole. */
  receiving: { readonly first: Apdu; parts: Uint8Array[]; next: number } | null;
};

export type ServiceContext = {
  /** By OBIS code: a collector of a house has thousands. */
  readonly objects: ReadonlyMap<string, readonly CosemObject[]>;
  readonly rights: Rights;
  readonly transfers: Transfers;
  /** Bytes that fit into one answer before it goes in blocks. */
  readonly blockSize: number;
  readonly at: number;
};

type Address = { readonly classId: number; readonly obis: Uint8Array };
type Access = { readonly selector: number; readonly parameters: Uint8Array } | null;

function find(context: ServiceContext, { classId, obis }: Address): CosemObject | number {
  const name = formatObis(obis);
  const named = context.objects.get(name) ?? [];
  const object = named.find((one) => one.classId === classId);
  if (!object) return named.length > 0 ? RESULT.inconsistent : RESULT.undefined;
  return object.isPublic || context.rights.canReadAll ? object : RESULT.scope;
}

function readOne(
  context: ServiceContext,
  where: Address & { readonly attribute: number; readonly access: Access },
): Outcome {
  const object = find(context, where);
  if (typeof object === 'number') return { error: object };
  const { access, attribute } = where;
  const selection = access && readSelection(access.selector, access.parameters);
  if (access && !selection) return { error: RESULT.typeUnmatched };
  return readAttribute(object, attribute, { at: context.at, selection });
}

type Raw = { readonly data: Uint8Array } | { readonly error: number };

const rawOf = (o: Outcome): Raw => ('data' in o ? { data: encodeData(o.data) } : o);

function cut(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Head of a block answer. */
const BLOCK_HEAD = 16;

function startBlocks(context: ServiceContext, invoke: number, bytes: Uint8Array): Apdu {
  const parts = cut(bytes, context.blockSize - BLOCK_HEAD);
  context.transfers.sending = { parts, sent: 1, isAction: false };
  const result = { data: parts[0]! };
  return {
    type: 'get-response-with-block',
    invoke,
    lastBlock: parts.length === 1,
    blockNumber: 1,
    result,
  };
}

const fits = (context: ServiceContext, apdu: Apdu): boolean =>
  encodeApdu(apdu).length <= context.blockSize;

type Request<T extends Apdu['type']> = Extract<Apdu, { readonly type: T }>;

function onGet(context: ServiceContext, request: Request<'get-request-normal'>): Apdu {
  const { invoke } = request;
  const result = rawOf(readOne(context, request));
  const whole: Apdu = { type: 'get-response-normal', invoke, result };
  if ('error' in result || fits(context, whole)) return whole;
  return startBlocks(context, invoke, result.data);
}

function onGetList(context: ServiceContext, request: Request<'get-request-with-list'>): Apdu {
  const { invoke } = request;
  const results = request.attributes.map((one) => rawOf(readOne(context, one)));
  const whole: Apdu = { type: 'get-response-with-list', invoke, results };
  if (fits(context, whole)) return whole;
  const w = new FormWriter();
  GET_RESULTS.write(w, results);
  return startBlocks(context, invoke, w.done());
}

function onGetNext(context: ServiceContext, request: Request<'get-request-next'>): Apdu {
  const { invoke, blockNumber } = request;
  const { sending } = context.transfers;
  const isOpen = sending && !sending.isAction && sending.sent === blockNumber;
  const part = isOpen ? sending.parts[blockNumber] : undefined;
  if (!sending || !part) {
    const error = sending ? RESULT.badBlock : RESULT.noBlock;
    context.transfers.sending = null;
    const result = { error };
    return { type: 'get-response-with-block', invoke, lastBlock: true, blockNumber, result };
  }
  sending.sent++;
  const lastBlock = sending.sent === sending.parts.length;
  return {
    type: 'get-response-with-block',
    invoke,
    lastBlock,
    blockNumber: sending.sent,
    result: { data: part },
  };
}

type SetTarget = Address & { readonly attribute: number };

function writeOne(context: ServiceContext, target: SetTarget, bytes: Uint8Array): number {
  if (!context.rights.canWrite) return RESULT.denied;
  const object = find(context, target);
  if (typeof object === 'number') return object;
  const read = decodeData(bytes);
  if (!read.ok) return RESULT.typeUnmatched;
  return writeAttribute(object, target.attribute, { data: read.value.data, at: context.at });
}

/** Splits the bytes of a list of values that came in blocks. */
function valuesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const c = new Cursor(bytes);
  const count = c.count(1);
  const out: Uint8Array[] = [];
  for (let i = 0; i < count && !c.failed; i++) {
    const rest = c.bytes.subarray(c.at);
    const size = sizeOfFirst(rest);
    if (size === null) break;
    out.push(c.take(size));
  }
  return out;
}

/** Length of the first value, found by its own grammar. */
function sizeOfFirst(bytes: Uint8Array): number | null {
  const whole = decodeData(bytes);
  if (whole.ok) return bytes.length;
  return whole.error.code === 'trailing_bytes' ? (whole.error.offset ?? null) : null;
}

function finishSet(context: ServiceContext, first: Apdu, bytes: Uint8Array): Apdu | null {
  if (first.type === 'set-request-with-first-datablock') {
    const { invoke } = first;
    const blockNumber = (context.transfers.receiving?.next ?? 2) - 1;
    const result = writeOne(context, first, bytes);
    return { type: 'set-response-last-datablock', invoke, result, blockNumber };
  }
  if (first.type !== 'set-request-with-list-and-first-datablock') return null;
  const { invoke, attributes } = first;
  const values = valuesOf(bytes);
  const blockNumber = (context.transfers.receiving?.next ?? 2) - 1;
  const results = attributes.map((target, i) =>
    values[i] ? writeOne(context, target, values[i]) : RESULT.typeUnmatched,
  );
  return { type: 'set-response-last-datablock-with-list', invoke, results, blockNumber };
}

type Invocation = Address & { readonly method: number };

function call(context: ServiceContext, target: Invocation, bytes: Uint8Array | null) {
  const refused = (status: number) => ({ status, returned: null });
  const object = find(context, target);
  if (typeof object === 'number') return refused(object);
  const method = object.methods.get(target.method);
  if (!method) return refused(RESULT.undefined);
  // The proof of HLS is a method too, and for everybody.
  if (!context.rights.canCall && object.classId !== 15) return refused(RESULT.denied);
  const read = bytes && decodeData(bytes);
  if (read && !read.ok) return refused(RESULT.typeUnmatched);
  const { status, data } = method(read ? read.value.data : null, context.at);
  return { status, returned: data && { data: encodeData(data) } };
}

type Called = { readonly invoke: number; readonly target: Invocation };

function onAction(context: ServiceContext, c: Called, bytes: Uint8Array | null): Apdu {
  const { invoke } = c;
  const { status, returned } = call(context, c.target, bytes);
  const whole: Apdu = { type: 'action-response-normal', invoke, status, returned };
  if (!returned || fits(context, whole)) return whole;
  const parts = cut(returned.data, context.blockSize - BLOCK_HEAD);
  context.transfers.sending = { parts, sent: 1, isAction: true };
  const data = parts[0]!;
  const lastBlock = parts.length === 1;
  return { type: 'action-response-with-pblock', invoke, lastBlock, blockNumber: 1, data };
}

function onActionNext(
  context: ServiceContext,
  { invoke, blockNumber }: Request<'action-request-next-pblock'>,
): Apdu {
  const { sending } = context.transfers;
  const isOpen = sending?.isAction && sending.sent === blockNumber;
  const data = isOpen ? sending.parts[blockNumber] : undefined;
  if (!sending || !data) {
    context.transfers.sending = null;
    return { type: 'action-response-normal', invoke, status: RESULT.noBlock, returned: null };
  }
  sending.sent++;
  const lastBlock = sending.sent === sending.parts.length;
  return {
    type: 'action-response-with-pblock',
    invoke,
    lastBlock,
    blockNumber: sending.sent,
    data,
  };
}

type Block = {
  readonly lastBlock: boolean;
  readonly blockNumber: number;
  readonly data: Uint8Array;
};

const isSet = (first: Apdu): boolean => first.type.startsWith('set-');

/** One block of a request: confirmed, or the whole carried out. */
function onBlock(context: ServiceContext, first: Apdu, block: Block): Apdu | null {
  const { transfers } = context;
  const invoke = 'invoke' in first ? (first.invoke as number) : 0;
  const { blockNumber } = block;
  if (block.blockNumber === 1) transfers.receiving = { first, parts: [], next: 1 };
  const open = transfers.receiving;
  if (!open || open.next !== block.blockNumber) {
    transfers.receiving = null;
    return isSet(first)
      ? { type: 'set-response-last-datablock', invoke, result: RESULT.badBlock, blockNumber }
      : { type: 'action-response-normal', invoke, status: RESULT.noBlock, returned: null };
  }
  open.parts.push(block.data);
  open.next++;
  if (!block.lastBlock) {
    const type = isSet(open.first) ? 'set-response-datablock' : 'action-response-next-pblock';
    return { type, invoke, blockNumber };
  }
  const bytes = concatBytes(...open.parts);
  const answer =
    open.first.type === 'action-request-with-first-pblock'
      ? onAction(context, { invoke, target: open.first }, bytes)
      : finishSet(context, open.first, bytes);
  transfers.receiving = null;
  return answer;
}

/** The answer to one request in clear; null where the service is not offered. */
export function serve(context: ServiceContext, request: Apdu): Apdu | null {
  switch (request.type) {
    case 'get-request-normal':
      return onGet(context, request);
    case 'get-request-with-list':
      return onGetList(context, request);
    case 'get-request-next':
      return onGetNext(context, request);
    case 'set-request-normal': {
      const result = writeOne(context, request, request.data);
      return { type: 'set-response-normal', invoke: request.invoke, result };
    }
    case 'set-request-with-list': {
      const { invoke, attributes, values } = request;
      const results = attributes.map((target, i) =>
        values[i] ? writeOne(context, target, values[i]) : RESULT.typeUnmatched,
      );
      return { type: 'set-response-with-list', invoke, results };
    }
    case 'set-request-with-first-datablock':
    case 'set-request-with-list-and-first-datablock':
    case 'set-request-with-datablock':
    case 'action-request-with-first-pblock':
    case 'action-request-with-pblock':
      return onBlock(context, request, request);
    case 'action-request-normal':
      return onAction(context, { invoke: request.invoke, target: request }, request.data);
    case 'action-request-next-pblock':
      return onActionNext(context, request);
    case 'action-request-with-list': {
      const { invoke, methods, values } = request;
      const results = methods.map((target, i) => call(context, target, values[i] ?? null));
      return { type: 'action-response-with-list', invoke, results };
    }
    default:
      return null;
  }
}
