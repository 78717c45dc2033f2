/**
 * One part of a PDU layout, read and written. Knows bytes and the part kinds of `pdu.table.ts`, no
 * function; called by `pdu.ts` and `explain.ts`.
 */
import type { ByteReader, ByteWriter } from '#lib/base/bytes.ts';
import type { DeviceObject, FileRecord, PduDraft, PduFields } from './pdu.ts';
import type { Part } from './pdu.table.ts';

/** Null: the fields were read into the draft. */
type Trouble = 'truncated' | 'bad' | null;

const COIL_ON = 0xff00;
const FILE_REFERENCE = 6;
/** MODBUS Application Protocol V1.1b3 clause 6.18: a queue has at most 31 registers. */
const MAX_FIFO = 31;

const word = (bytes: Uint8Array, at = 0): number => (bytes[at]! << 8) | bytes[at + 1]!;

function words(bytes: Uint8Array): number[] {
  const out: number[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) out.push(word(bytes, at));
  return out;
}

function counted(reader: ByteReader): Uint8Array | null {
  const count = reader.byte();
  return count === null ? null : reader.take(count);
}

function readBits(body: Uint8Array, into: PduDraft): Trouble {
  const { count } = into;
  if (count !== undefined && body.length !== Math.ceil(count / 8)) return 'bad';
  const bits: boolean[] = [];
  const length = count ?? body.length * 8;
  for (let i = 0; i < length; i++) bits.push(((body[i >> 3]! >> (i & 7)) & 1) === 1);
  into.bits = bits;
  return null;
}

type RegisterPart = Part & { readonly part: 'registers' };

function readRegisters(body: Uint8Array, { name }: RegisterPart, into: PduDraft): Trouble {
  const announced = into.writeCount ?? into.count;
  if (body.length % 2 || (announced !== undefined && announced * 2 !== body.length)) return 'bad';
  into[name] = words(body);
  return null;
}

function readFifo(reader: ByteReader, into: PduDraft): Trouble {
  const head = reader.take(4);
  if (!head) return 'truncated';
  const [bytes, count] = [word(head), word(head, 2)];
  // The byte count covers the queue count; some devices count the registers alone.
  const isBad = count > MAX_FIFO || (bytes !== 2 * count + 2 && bytes !== 2 * count);
  if (isBad) return 'bad';
  const body = reader.take(2 * count);
  if (!body) return 'truncated';
  into.count = count;
  into.registers = words(body);
  return null;
}

function readEvents(body: Uint8Array, into: PduDraft): Trouble {
  if (body.length < 6) return 'bad';
  into.status = word(body);
  into.eventCount = word(body, 2);
  into.messageCount = word(body, 4);
  into.events = [...body.subarray(6)];
  return null;
}

function readServerId(body: Uint8Array, into: PduDraft): Trouble {
  if (body.length < 1) return 'bad';
  into.serverId = body.slice(0, -1);
  into.runIndicator = body[body.length - 1]!;
  return null;
}

function readFileGroups(body: Uint8Array, hasData: boolean): FileRecord[] | null {
  const records: FileRecord[] = [];
  let at = 0;
  while (at < body.length) {
    if (at + 7 > body.length || body[at] !== FILE_REFERENCE) return null;
    const recordLength = word(body, at + 5);
    const end = at + 7 + (hasData ? 2 * recordLength : 0);
    if (end > body.length) return null;
    const [fileNumber, recordNumber] = [word(body, at + 1), word(body, at + 3)];
    records.push({ fileNumber, recordNumber, recordLength, data: body.slice(at + 7, end) });
    at = end;
  }
  return records;
}

/** Each answer: length, which includes the reference type, reference type 6, data. */
function readFileAnswers(body: Uint8Array): FileRecord[] | null {
  const records: FileRecord[] = [];
  let at = 0;
  while (at < body.length) {
    const length = body[at]!;
    const end = at + 1 + length;
    if (length < 1 || length % 2 === 0 || end > body.length) return null;
    if (body[at + 1] !== FILE_REFERENCE) return null;
    const data = body.slice(at + 2, end);
    records.push({ fileNumber: null, recordNumber: null, recordLength: data.length / 2, data });
    at = end;
  }
  return records;
}

function keepRecords(records: readonly FileRecord[] | null, into: PduDraft): Trouble {
  if (!records) return 'bad';
  into.records = records;
  return null;
}

function readObjects(reader: ByteReader, into: PduDraft): Trouble {
  const count = reader.byte();
  if (count === null) return 'truncated';
  const objects: DeviceObject[] = [];
  for (let i = 0; i < count; i++) {
    const id = reader.byte();
    const value = id === null ? null : counted(reader);
    if (id === null || !value) return 'truncated';
    objects.push({ id, value: value.slice() });
  }
  into.objects = objects;
  return null;
}

type WordPart = Extract<Part, { readonly part: 'u16' }> | { readonly part: 'coil' | 'register' };

function readWord(reader: ByteReader, part: WordPart, into: PduDraft): Trouble {
  if (reader.left < 2) return 'truncated';
  const value = (reader.byte()! << 8) | reader.byte()!;
  if (part.part === 'u16') into[part.name] = value;
  else if (part.part === 'register') into.registers = [value];
  else if (value !== COIL_ON && value !== 0) return 'bad';
  else into.bits = [value === COIL_ON];
  return null;
}

/** Reads one part; `into` holds the fields in front of it and takes its own. */
export function readPart(reader: ByteReader, part: Part, into: PduDraft): Trouble {
  switch (part.part) {
    case 'u8':
    case 'constant': {
      const value = reader.byte();
      if (value === null) return 'truncated';
      if (part.part === 'constant') return value === part.byte ? null : 'bad';
      into[part.name] = value;
      return null;
    }
    case 'u16':
    case 'coil':
    case 'register':
      return readWord(reader, part, into);
    case 'fifo':
      return readFifo(reader, into);
    case 'objects':
      return readObjects(reader, into);
    case 'data':
      into.data = reader.take(reader.left)!.slice();
      return null;
    default: {
      const body = counted(reader);
      return body ? readCounted(body, part, into) : 'truncated';
    }
  }
}

function readCounted(body: Uint8Array, part: Part, into: PduDraft): Trouble {
  switch (part.part) {
    case 'bits':
      return readBits(body, into);
    case 'registers':
      return readRegisters(body, part, into);
    case 'events':
      return readEvents(body, into);
    case 'server-id':
      return readServerId(body, into);
    case 'file-requests':
      return keepRecords(readFileGroups(body, false), into);
    case 'file-writes':
      return keepRecords(readFileGroups(body, true), into);
    case 'file-answers':
      return keepRecords(readFileAnswers(body), into);
    default:
      return 'bad';
  }
}

const fits = (value: number | undefined, max: number): value is number =>
  value !== undefined && Number.isInteger(value) && value >= 0 && value <= max;

function writeCounted(writer: ByteWriter, body: readonly number[]): boolean {
  if (body.length > 255) return false;
  writer.byte(body.length, ...body);
  return true;
}

const bytesOf = (values: readonly number[]): number[] => values.flatMap((v) => [v >> 8, v & 255]);

function packBits(bits: readonly boolean[]): number[] {
  const out = new Array<number>(Math.ceil(bits.length / 8)).fill(0);
  bits.forEach((bit, i) => (out[i >> 3]! |= Number(bit) << (i & 7)));
  return out;
}

const fileGroup = (r: FileRecord, hasData: boolean): number[] => [
  FILE_REFERENCE,
  ...bytesOf([r.fileNumber ?? 0, r.recordNumber ?? 0, r.recordLength]),
  ...(hasData ? r.data : []),
];

function writeObjects(writer: ByteWriter, objects: readonly DeviceObject[] | undefined): boolean {
  if (!objects || objects.length > 255) return false;
  writer.byte(objects.length);
  return objects.every(({ id, value }) => {
    if (value.length > 255) return false;
    writer.byte(id, value.length).put(value);
    return true;
  });
}

/** Twin of `readPart`; false when a field is missing or does not fit. */
export function writePart(writer: ByteWriter, part: Part, fields: PduFields): boolean {
  switch (part.part) {
    case 'u8':
    case 'u16': {
      const value = fields[part.name];
      if (!fits(value, part.part === 'u8' ? 0xff : 0xffff)) return false;
      writer.uintBe(value, part.part === 'u8' ? 1 : 2);
      return true;
    }
    case 'constant':
      writer.byte(part.byte);
      return true;
    case 'coil':
      if (fields.bits?.length !== 1) return false;
      writer.uintBe(fields.bits[0] ? COIL_ON : 0, 2);
      return true;
    case 'register':
      if (fields.registers?.length !== 1 || !fits(fields.registers[0], 0xffff)) return false;
      writer.uintBe(fields.registers[0], 2);
      return true;
    case 'data':
      if (fields.data) writer.put(fields.data);
      return fields.data !== undefined;
    case 'objects':
      return writeObjects(writer, fields.objects);
    case 'fifo': {
      const { registers } = fields;
      if (!registers || registers.length > MAX_FIFO) return false;
      writer.uintBe(2 * registers.length + 2, 2).uintBe(registers.length, 2);
      writer.byte(...bytesOf(registers));
      return true;
    }
    default: {
      const body = bodyOf(part, fields);
      return body !== null && writeCounted(writer, body);
    }
  }
}

/** Content behind the byte count, null when it is missing or does not fit. */
function bodyOf(part: Part, fields: PduFields): number[] | null {
  switch (part.part) {
    case 'bits':
      return fields.bits ? packBits(fields.bits) : null;
    case 'registers': {
      const list = fields[part.name];
      return list?.every((v) => fits(v, 0xffff)) ? bytesOf(list) : null;
    }
    case 'events': {
      const { status, eventCount, messageCount, events } = fields;
      if (!fits(status, 0xffff) || !fits(eventCount, 0xffff)) return null;
      if (!fits(messageCount, 0xffff) || !events) return null;
      return [...bytesOf([status, eventCount, messageCount]), ...events];
    }
    case 'server-id':
      if (!fields.serverId || !fits(fields.runIndicator, 255)) return null;
      return [...fields.serverId, fields.runIndicator];
    case 'file-requests':
    case 'file-writes':
      return fields.records?.flatMap((r) => fileGroup(r, part.part === 'file-writes')) ?? null;
    case 'file-answers':
      return (
        fields.records?.flatMap(({ data }) => [data.length + 1, FILE_REFERENCE, ...data]) ?? null
      );
    default:
      return null;
  }
}
