/**
 * One part of a PDU layout, read and written. Knows bytes and the part kinds of `pdu.table.ts`, no
 * function; called by `pdu.ts` alone.
 */
import type { ByteReader, ByteWriter } from '#lib/base/bytes.ts';
import type { DeviceObject, FileRecord, PduFields } from './pdu.ts';
import type { Part } from './pdu.table.ts';

type Read = PduFields | 'truncated' | 'bad';

const COIL_ON = 0xff00;
const FILE_REFERENCE = 6;
/** MODBUS Application Protocol V1.1b3 clause 6.18: a queue has at most 31 registers. */
const MAX_FIFO = 31;

const word = (bytes: Uint8Array, at = 0): number => (bytes[at]! << 8) | bytes[at + 1]!;
const words = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length >> 1 }, (_, i) => word(bytes, 2 * i));

function counted(reader: ByteReader): Uint8Array | null {
  const count = reader.byte();
  return count === null ? null : reader.take(count);
}

function readBits(body: Uint8Array, count: number | undefined): Read {
  if (count !== undefined && body.length !== Math.ceil(count / 8)) return 'bad';
  const length = count ?? body.length * 8;
  return { bits: Array.from({ length }, (_, i) => Boolean((body[i >> 3]! >> (i & 7)) & 1)) };
}

function readRegisters(body: Uint8Array, part: Part, announced: number | undefined): Read {
  if (body.length % 2 || (announced !== undefined && announced * 2 !== body.length)) return 'bad';
  const name = part.part === 'registers' ? part.name : 'registers';
  return { [name]: words(body) };
}

function readFifo(reader: ByteReader): Read {
  const head = reader.take(4);
  if (!head) return 'truncated';
  const [bytes, count] = [word(head), word(head, 2)];
  // The byte count covers the queue count; some devices count the registers alone.
  const isBad = count > MAX_FIFO || (bytes !== 2 * count + 2 && bytes !== 2 * count);
  if (isBad) return 'bad';
  const body = reader.take(2 * count);
  return body ? { count, registers: words(body) } : 'truncated';
}

function readEvents(body: Uint8Array): Read {
  if (body.length < 6) return 'bad';
  const [status, eventCount, messageCount] = words(body.subarray(0, 6));
  return { status, eventCount, messageCount, events: [...body.subarray(6)] } as PduFields;
}

function readServerId(body: Uint8Array): Read {
  if (body.length < 1) return 'bad';
  const runIndicator = body[body.length - 1]!;
  return { serverId: body.slice(0, -1), runIndicator };
}

function readFileGroups(body: Uint8Array, hasData: boolean): Read {
  const records: FileRecord[] = [];
  let at = 0;
  while (at < body.length) {
    if (at + 7 > body.length || body[at] !== FILE_REFERENCE) return 'bad';
    const recordLength = word(body, at + 5);
    const end = at + 7 + (hasData ? 2 * recordLength : 0);
    if (end > body.length) return 'bad';
    const [fileNumber, recordNumber] = [word(body, at + 1), word(body, at + 3)];
    records.push({ fileNumber, recordNumber, recordLength, data: body.slice(at + 7, end) });
    at = end;
  }
  return { records };
}

/** Each answer: length, which includes the reference type, reference type 6, data. */
function readFileAnswers(body: Uint8Array): Read {
  const records: FileRecord[] = [];
  let at = 0;
  while (at < body.length) {
    const length = body[at]!;
    const end = at + 1 + length;
    if (length < 1 || length % 2 === 0 || end > body.length) return 'bad';
    if (body[at + 1] !== FILE_REFERENCE) return 'bad';
    const data = body.slice(at + 2, end);
    records.push({ fileNumber: null, recordNumber: null, recordLength: data.length / 2, data });
    at = end;
  }
  return { records };
}

function readObjects(reader: ByteReader): Read {
  const count = reader.byte();
  if (count === null) return 'truncated';
  const objects: DeviceObject[] = [];
  for (let i = 0; i < count; i++) {
    const id = reader.byte();
    const value = id === null ? null : counted(reader);
    if (id === null || !value) return 'truncated';
    objects.push({ id, value: value.slice() });
  }
  return { objects };
}

/** The fields of one part; `soFar` holds those in front of it. */
export function readPart(reader: ByteReader, part: Part, soFar: PduFields): Read {
  switch (part.part) {
    case 'u8': {
      const value = reader.byte();
      return value === null ? 'truncated' : { [part.name]: value };
    }
    case 'constant': {
      const value = reader.byte();
      if (value === null) return 'truncated';
      return value === part.byte ? {} : 'bad';
    }
    case 'u16':
    case 'coil':
    case 'register': {
      const bytes = reader.take(2);
      if (!bytes) return 'truncated';
      const value = word(bytes);
      if (part.part === 'u16') return { [part.name]: value };
      if (part.part === 'register') return { registers: [value] };
      return value === COIL_ON || value === 0 ? { bits: [value === COIL_ON] } : 'bad';
    }
    case 'fifo':
      return readFifo(reader);
    case 'objects':
      return readObjects(reader);
    case 'data':
      return { data: reader.take(reader.left)!.slice() };
    default: {
      const body = counted(reader);
      return body ? readCounted(body, part, soFar) : 'truncated';
    }
  }
}

function readCounted(body: Uint8Array, part: Part, soFar: PduFields): Read {
  switch (part.part) {
    case 'bits':
      return readBits(body, soFar.count);
    case 'registers':
      return readRegisters(body, part, soFar.writeCount ?? soFar.count);
    case 'events':
      return readEvents(body);
    case 'server-id':
      return readServerId(body);
    case 'file-requests':
      return readFileGroups(body, false);
    case 'file-writes':
      return readFileGroups(body, true);
    case 'file-answers':
      return readFileAnswers(body);
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
