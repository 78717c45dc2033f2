/**
 * The type-length fields of SML binary encoding (SML 1.04 clause 6.3.1): one value, read and
 * written. Knows no message. Called by `message.ts` and `list.ts`.
 *
 * | first byte | bit 7: a further length byte follows; bits 6..4: type; bits 3..0: length |
 */
import type { ByteReader, ByteWriter } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';

export type SmlValue =
  /** 01h: an optional element that is left out, which is also an empty string. */
  | { readonly kind: 'omitted' }
  /** 00h: end of a message. */
  | { readonly kind: 'end' }
  | { readonly kind: 'octets'; readonly bytes: Uint8Array }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** Leading bytes may be left away: `size` bytes were sent. */
  | { readonly kind: 'int' | 'uint'; readonly value: bigint; readonly size: number }
  | { readonly kind: 'list'; readonly items: readonly SmlValue[] };

const CLAUSE = { clause: 'SML 1.04 6.3.1' };
export const [OCTETS, BOOL, INT, UINT, LIST] = [0, 4, 5, 6, 7] as const;
const MAX_DEPTH = 12;
const MAX_LENGTH = 65_535;

export type Head = { readonly type: number; readonly length: number; readonly own: number };

/** Type, length as written and number of bytes that wrote it. */
export function readHead(reader: ByteReader): Result<Head> {
  const first = reader.byte();
  if (first === null) return fault('truncated', 'A value is missing.', CLAUSE);
  const type = (first >> 4) & 7;
  let [length, own, byte] = [first & 15, 1, first];
  while (byte & 0x80) {
    const next = reader.byte();
    if (next === null) return fault('truncated', 'A length is cut off.', CLAUSE);
    if (next & 0x70) return fault('bad_length', 'A length byte carries a type.', CLAUSE);
    length = (length << 4) | (next & 15);
    own++;
    byte = next;
    if (length > MAX_LENGTH) return fault('bad_length', 'A value is too long.', CLAUSE);
  }
  return ok({ type, length, own });
}

function readList(reader: ByteReader, count: number, depth: number): Result<SmlValue> {
  if (depth >= MAX_DEPTH) return fault('bad_value', 'Lists are nested too deeply.', CLAUSE);
  // Every element has a byte of its own, which bounds what a hostile length can ask for.
  if (count > reader.left) return fault('truncated', 'A list is cut off.', CLAUSE);
  const items: SmlValue[] = [];
  for (let i = 0; i < count; i++) {
    const item = readSmlValue(reader, depth + 1);
    if (!item.ok) return item;
    items.push(item.value);
  }
  return ok({ kind: 'list', items });
}

/** Up to six bytes fit a double, which is much faster to add up than a large integer. */
const DOUBLE_BYTES = 6;

/** The number in the next `size` bytes, most significant first. */
function readUnsigned(reader: ByteReader, size: number): bigint {
  let high = 0;
  let sum = 0;
  for (let left = size; left > 0; left--) {
    if (left > DOUBLE_BYTES) high = high * 256 + reader.byte()!;
    else sum = sum * 256 + reader.byte()!;
  }
  return high === 0 ? BigInt(sum) : (BigInt(high) << BigInt(8 * DOUBLE_BYTES)) + BigInt(sum);
}

function readScalar(reader: ByteReader, type: number, size: number): Result<SmlValue> {
  if (size > reader.left) return fault('truncated', 'A value is cut off.', CLAUSE);
  if (type === OCTETS) {
    return ok(size ? { kind: 'octets', bytes: reader.take(size)!.slice() } : omitted);
  }
  if (type === BOOL && size === 1) return ok({ kind: 'bool', value: reader.byte() !== 0 });
  if ((type !== INT && type !== UINT) || size < 1 || size > 8) {
    return fault('bad_value', 'A value has an unknown type or size.', CLAUSE);
  }
  const value = readUnsigned(reader, size);
  return ok(
    type === INT
      ? { kind: 'int', value: BigInt.asIntN(8 * size, value), size }
      : { kind: 'uint', value, size },
  );
}

const OMITTED: Result<SmlValue> = { ok: true, value: { kind: 'omitted' } };
const END: Result<SmlValue> = { ok: true, value: { kind: 'end' } };

/** Reads one value with everything in it. Errors: `truncated`, `bad_length`, `bad_value`. */
export function readSmlValue(reader: ByteReader, depth = 0): Result<SmlValue> {
  const first = reader.peek();
  if (first === 0 || first === 1) {
    reader.byte();
    return first === 0 ? END : OMITTED;
  }
  // Nearly all values have one byte of type and length.
  if (first !== null && first < 0x70) {
    reader.byte();
    const size = (first & 15) - 1;
    if (size >= 0) return readScalar(reader, first >> 4, size);
    return fault('bad_length', 'A length is shorter than itself.', CLAUSE);
  }
  const head = readHead(reader);
  if (!head.ok) return head;
  const { type, length, own } = head.value;
  if (type === LIST) return readList(reader, length, depth);
  if (length < own) return fault('bad_length', 'A length is shorter than itself.', CLAUSE);
  return readScalar(reader, type, length - own);
}

/** Writes type and length; all but lists count the bytes of the length itself. */
function writeHead(writer: ByteWriter, type: number, size: number): void {
  let own = 1;
  const total = (): number => (type === LIST ? size : size + own);
  while (total() >> (4 * own) > 0) own++;
  for (let i = own - 1; i >= 0; i--) {
    const more = i > 0 ? 0x80 : 0;
    const typed = i === own - 1 ? type << 4 : 0;
    writer.byte(more | typed | ((total() >> (4 * i)) & 15));
  }
}

/** Twin of `readSmlValue`. */
export function writeSmlValue(writer: ByteWriter, value: SmlValue): void {
  switch (value.kind) {
    case 'omitted':
      writer.byte(1);
      return;
    case 'end':
      writer.byte(0);
      return;
    case 'octets':
      writeHead(writer, OCTETS, value.bytes.length);
      writer.put(value.bytes);
      return;
    case 'bool':
      writeHead(writer, BOOL, 1);
      writer.byte(value.value ? 1 : 0);
      return;
    case 'int':
    case 'uint':
      writeHead(writer, value.kind === 'int' ? INT : UINT, value.size);
      writer.uintBe(value.value, value.size);
      return;
    case 'list':
      writeHead(writer, LIST, value.items.length);
      for (const item of value.items) writeSmlValue(writer, item);
  }
}

export const omitted: SmlValue = { kind: 'omitted' };
export const list = (...items: readonly SmlValue[]): SmlValue => ({ kind: 'list', items });
export const octets = (bytes: Uint8Array): SmlValue =>
  bytes.length ? { kind: 'octets', bytes } : omitted;
export const uint = (value: number | bigint, size: number): SmlValue => ({
  kind: 'uint',
  value: BigInt(value),
  size,
});
export const int = (value: number | bigint, size: number): SmlValue => ({
  kind: 'int',
  value: BigInt(value),
  size,
});

/** The number of an integer of either sign; null for anything else. */
export const numberOf = (value: SmlValue | undefined): bigint | null =>
  value?.kind === 'int' || value?.kind === 'uint' ? value.value : null;
export const bytesOf = (value: SmlValue | undefined): Uint8Array | null =>
  value?.kind === 'octets' ? value.bytes : null;
export const itemsOf = (value: SmlValue | undefined): readonly SmlValue[] | null =>
  value?.kind === 'list' ? value.items : null;
