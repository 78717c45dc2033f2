/**
 * From a register map to as few requests as the device takes, and from the answers to quantities.
 * Knows notations, word orders and number types; it knows no model (`register-maps.table.ts`) and
 * no line. The word order belongs to the register, not to the device: meters mix them. Called by
 * `session.ts`, the virtual device and the command line.
 */
import type { Decimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';

export type NumberType = 'u16' | 'i16' | 'u32' | 'i32' | 'u64' | 'i64' | 'f32' | 'f64';

/**
 * Where the bytes of a number 0xAABBCCDD go: `ABCD` as the standard says, `CDAB` less significant
 * register first, `BADC` bytes swapped inside each register, `DCBA` both.
 */
export type WordOrder = 'ABCD' | 'CDAB' | 'BADC' | 'DCBA';

export type RegisterEntry = {
  readonly obis: string;
  readonly unit: string;
  /**
   * As the manufacturer writes it: `30073` or `300073` (input, from 1), `40001` or `400001`
   * (holding, from 1), `input:72` or `holding:0x0048` (from 0).
   */
  readonly reference: string;
  readonly type: NumberType;
  readonly order: WordOrder;
  /** Power of ten that the number has to be multiplied with. */
  readonly scale: number;
  /** Number that stands for "no value". */
  readonly invalid?: bigint;
};

export type RegisterMap = {
  readonly id: string;
  readonly model: string;
  readonly source: string;
  /** What the device answers in one request; the protocol allows 125. */
  readonly maxRegisters: number;
  /** Whether it also answers for addresses between the documented ones. */
  readonly readsGaps: boolean;
  readonly entries: readonly RegisterEntry[];
};

export type RegisterPlace = { readonly functionCode: 3 | 4; readonly address: number };
export type ReadRequest = RegisterPlace & { readonly count: number };
export type Quantity = {
  readonly obis: string;
  readonly unit: string;
  /** Null when the meter says that it has none. */
  readonly value: Decimal | null;
};

/** MODBUS Application Protocol V1.1b3 clauses 6.3 and 6.4. */
export const MAX_REGISTERS = 125;
/** Reading a few registers that nobody asked for costs less than a request of its own. */
const MAX_GAP = 16;
const MAX_ADDRESS = 0xffff;
const WORDS: Readonly<Record<NumberType, number>> = {
  u16: 1,
  i16: 1,
  u32: 2,
  i32: 2,
  f32: 2,
  u64: 4,
  i64: 4,
  f64: 4,
};

/** Reads either notation. Errors: `bad_reference`. */
export function parseReference(text: string): Result<RegisterPlace> {
  const named = /^(input|holding):(\d+|0x[0-9a-fA-F]+)$/.exec(text);
  if (named) {
    const address = Number(named[2]);
    if (address <= MAX_ADDRESS) {
      return ok({ functionCode: named[1] === 'input' ? 4 : 3, address });
    }
  }
  const counted = /^([34])(\d{4}|\d{5})$/.exec(text);
  const number = counted ? Number(counted[2]) : 0;
  if (!counted || number < 1 || number - 1 > MAX_ADDRESS) {
    return fault('bad_reference', `"${text}" names no register.`);
  }
  return ok({ functionCode: counted[1] === '3' ? 4 : 3, address: number - 1 });
}

/** The fewest requests that read all entries. Errors: `bad_reference`, `bad_map`. */
export function planRequests(map: RegisterMap): Result<readonly ReadRequest[]> {
  const cap = Math.min(map.maxRegisters, MAX_REGISTERS);
  const ranges: ReadRequest[] = [];
  for (const entry of map.entries) {
    const place = parseReference(entry.reference);
    if (!place.ok) return place;
    const count = WORDS[entry.type];
    if (count > cap) return fault('bad_map', `${entry.obis} is longer than one request.`);
    ranges.push({ ...place.value, count });
  }
  ranges.sort((a, b) => a.functionCode - b.functionCode || a.address - b.address);
  const plan: ReadRequest[] = [];
  for (const range of ranges) {
    const last = plan.at(-1);
    const joined = last && join(last, range, map.readsGaps ? MAX_GAP : 0);
    if (joined && joined.count <= cap) plan[plan.length - 1] = joined;
    else plan.push(range);
  }
  return ok(plan);
}

/** Both as one request, or null when a gap between them may not be read. */
function join(a: ReadRequest, b: ReadRequest, maxGap: number): ReadRequest | null {
  if (a.functionCode !== b.functionCode || b.address - (a.address + a.count) > maxGap) return null;
  const end = Math.max(a.address + a.count, b.address + b.count);
  return { functionCode: a.functionCode, address: a.address, count: end - a.address };
}

/** Bytes most significant first, whichever way the registers hold them. Its own inverse. */
function ordered(bytes: readonly number[], order: WordOrder): number[] {
  const pairs = Array.from({ length: bytes.length / 2 }, (_, i) => bytes.slice(2 * i, 2 * i + 2));
  if (order === 'CDAB' || order === 'DCBA') pairs.reverse();
  if (order === 'BADC' || order === 'DCBA') for (const pair of pairs) pair.reverse();
  return pairs.flat();
}

/** The digits that a float of this size really has: seven or fifteen. */
function floatDecimal(bytes: readonly number[]): Decimal | null {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const isSingle = bytes.length === 4;
  const value = isSingle ? view.getFloat32(0) : view.getFloat64(0);
  if (!Number.isFinite(value)) return null;
  const [digits = '0', power = '0'] = value.toExponential(isSingle ? 6 : 14).split('e');
  const fraction = (digits.split('.')[1] ?? '').replace(/0+$/, '');
  const units = BigInt(digits.split('.')[0]! + fraction);
  const scale = Number(power) - fraction.length;
  return scale > 0 ? { units: units * 10n ** BigInt(scale), scale: 0 } : { units, scale };
}

/** The number in `registers`, scaled; null for "no value", NaN and infinity. */
export function readNumber(registers: readonly number[], entry: RegisterEntry): Decimal | null {
  const bytes = ordered(
    registers.flatMap((register) => [register >> 8, register & 255]),
    entry.order,
  );
  if (entry.type === 'f32' || entry.type === 'f64') {
    const value = floatDecimal(bytes);
    return value && { units: value.units, scale: value.scale + entry.scale };
  }
  const raw = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  if (entry.invalid !== undefined && raw === entry.invalid) return null;
  const units = entry.type.startsWith('i') ? BigInt.asIntN(8 * bytes.length, raw) : raw;
  return { units, scale: entry.scale };
}

/** Twin of `readNumber`: the registers that hold `units` of the entry's own scale. */
export function writeNumber(units: number | bigint, entry: RegisterEntry): number[] {
  const size = 2 * WORDS[entry.type];
  const view = new DataView(new ArrayBuffer(8));
  if (entry.type === 'f32') view.setFloat32(0, Number(units));
  else if (entry.type === 'f64') view.setFloat64(0, Number(units));
  else view.setBigUint64(0, BigInt.asUintN(64, BigInt(units)) << BigInt(64 - 8 * size));
  const bytes = Array.from({ length: size }, (_, i) => view.getUint8(i));
  const out = ordered(bytes, entry.order);
  return Array.from({ length: size / 2 }, (_, i) => (out[2 * i]! << 8) | out[2 * i + 1]!);
}

export type Block = { readonly request: ReadRequest; readonly registers: readonly number[] };

/** What the answers say. Errors: `bad_reference`, `missing_register`. */
export function readQuantities(
  map: RegisterMap,
  blocks: readonly Block[],
): Result<readonly Quantity[]> {
  const out: Quantity[] = [];
  for (const entry of map.entries) {
    const place = parseReference(entry.reference);
    if (!place.ok) return place;
    const { functionCode, address } = place.value;
    const block = blocks.find(
      ({ request, registers }) =>
        request.functionCode === functionCode &&
        address >= request.address &&
        address + WORDS[entry.type] <= request.address + registers.length,
    );
    if (!block) return fault('missing_register', `No answer holds ${entry.reference}.`);
    const at = address - block.request.address;
    const value = readNumber(block.registers.slice(at, at + WORDS[entry.type]), entry);
    out.push({ obis: entry.obis, unit: entry.unit, value });
  }
  return ok(out);
}
