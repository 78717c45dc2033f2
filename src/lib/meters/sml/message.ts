/**
 * The messages of an SML file: transaction, body by its tag, check sum (SML 1.04 clause 5). Knows
 * the names of `message.table.ts`; it knows no transport and no meaning of values (`list.ts`).
 * Called by `file.ts`.
 */
import { ByteReader, ByteWriter } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { crcKermit, crcX25 } from '../crypto/crc.ts';
import { MESSAGE_TABLE, type MessageName, type MessageRow } from './message.table.ts';
import type { SmlCrc } from './transport.ts';
import {
  itemsOf,
  list,
  numberOf,
  octets,
  readSmlValue,
  uint,
  writeSmlValue,
  type SmlValue,
} from './value.ts';

export type SmlMessage = {
  readonly transactionId: Uint8Array;
  readonly groupNo: number;
  readonly tag: number;
  /** Null for a tag that is in no table; the body is kept all the same. */
  readonly name: MessageName | null;
  readonly elements: Readonly<Record<string, SmlValue>>;
  /** `wrong` is told, not refused: the transport's check sum covers the message as well. */
  readonly crc: SmlCrc | 'wrong';
};

const CLAUSE = { clause: 'SML 1.04 5' };
const PARTS = 6;
const ROWS: ReadonlyMap<number, MessageRow & { name: MessageName }> = new Map(
  MESSAGE_TABLE.map((row) => [row.tag, row] as const),
);

const swapped = (sum: number): number => ((sum & 255) << 8) | (sum >> 8);

/** Of the bytes `from` to the reader's `to`. */
function verdict(bytes: Uint8Array, [from, to]: readonly [number, number], sum: number) {
  // The low byte of the check sum is sent first, inside a number whose high byte comes first.
  if (swapped(crcX25(bytes, from, to)) === sum) return 'x25';
  return swapped(crcKermit(bytes, from, to)) === sum ? 'kermit' : 'wrong';
}

/** The six parts of a message; the check sum covers those in front of it. */
function readParts(reader: ByteReader): Result<{ parts: SmlValue[]; covered: number }> {
  const start = reader.at;
  if (reader.byte() !== 0x70 + PARTS) {
    return fault('bad_message', 'A message is a list of six.', { ...CLAUSE, offset: start });
  }
  const parts: SmlValue[] = [];
  let covered = 0;
  for (let i = 0; i < PARTS; i++) {
    if (i === PARTS - 2) covered = reader.at;
    const part = readSmlValue(reader);
    if (!part.ok)
      return fault(part.error.code, part.error.detail, { ...CLAUSE, offset: reader.at });
    parts.push(part.value);
  }
  return ok({ parts, covered });
}

function elementsOf(row: MessageRow | undefined, body: SmlValue): Result<SmlMessage['elements']> {
  if (!row) return ok({ body });
  const items = itemsOf(body);
  if (items?.length !== row.elements.length) {
    return fault('bad_message', `${row.name} has a wrong number of elements.`, {
      clause: row.clause,
    });
  }
  const elements: Record<string, SmlValue> = {};
  row.elements.forEach((name, i) => (elements[name] = items[i]!));
  return ok(elements);
}

function readMessage(reader: ByteReader): Result<SmlMessage> {
  const start = reader.at;
  const read = readParts(reader);
  if (!read.ok) return read;
  const { parts, covered } = read.value;
  const [id, group, , choice, sum, end] = parts;
  const [tag, body] = itemsOf(choice) ?? [];
  const [groupNo, number, crc] = [numberOf(group), numberOf(tag), numberOf(sum)];
  const isWhole = end?.kind === 'end' && groupNo !== null && number !== null && crc !== null;
  if (!isWhole || !body || (id?.kind !== 'octets' && id?.kind !== 'omitted')) {
    return fault('bad_message', 'Parts of a message have wrong types.', {
      ...CLAUSE,
      offset: start,
    });
  }
  const row = ROWS.get(Number(number));
  const elements = elementsOf(row, body);
  if (!elements.ok) return elements;
  return ok({
    transactionId: id.kind === 'octets' ? id.bytes : new Uint8Array(0),
    groupNo: Number(groupNo),
    tag: Number(number),
    name: row?.name ?? null,
    elements: elements.value,
    crc: verdict(reader.bytes, [start, covered], Number(crc)),
  });
}

export type MessageList = {
  readonly messages: readonly SmlMessage[];
  /** What ended the reading too early; the messages before it were read. */
  readonly fault: { readonly code: string; readonly detail: string } | null;
};

/** All messages of a file. Errors: `truncated`, `bad_message`, `bad_value`, `bad_length`. */
export function decodeMessages(payload: Uint8Array): MessageList {
  const reader = new ByteReader(payload);
  const messages: SmlMessage[] = [];
  while (reader.left > 0) {
    // Fill bytes between messages are allowed (SML 1.04 clause 6.3).
    if (reader.peek() === 0) {
      reader.byte();
      continue;
    }
    const message = readMessage(reader);
    if (!message.ok) return { messages, fault: message.error };
    messages.push(message.value);
  }
  return { messages, fault: null };
}

export type OutgoingMessage = Pick<SmlMessage, 'transactionId' | 'groupNo'> & {
  readonly name: MessageName;
  /** By name; what is missing is written as left out. */
  readonly elements: Readonly<Record<string, SmlValue>>;
  readonly crc?: SmlCrc;
};

/** Twin of `decodeMessages`. */
export function encodeMessages(messages: readonly OutgoingMessage[]): Uint8Array {
  const out = new ByteWriter();
  for (const { transactionId, groupNo, name, elements, crc } of messages) {
    const row = MESSAGE_TABLE.find((entry) => entry.name === name)!;
    const values = row.elements.map((key): SmlValue => elements[key] ?? { kind: 'omitted' });
    const head = new ByteWriter().byte(0x70 + PARTS);
    const body = list(uint(row.tag, 4), list(...values));
    for (const part of [octets(transactionId), uint(groupNo, 1), uint(0, 1), body]) {
      writeSmlValue(head, part);
    }
    const bytes = head.done();
    const sum = (crc === 'kermit' ? crcKermit : crcX25)(bytes);
    out.put(bytes);
    writeSmlValue(out, uint(swapped(sum), 2));
    writeSmlValue(out, { kind: 'end' });
  }
  return out.done();
}
