/**
 * The fixed data structure of CI 73h and 77h: two counters with their units (EN 1434-3:1997).
 * Old heat and water meters still send it. Called by `decode.ts`.
 *
 * | id 4 | access 1 | status 1 | medium and unit 2 | counter 4 | counter 4 |
 */
import { toHex } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { DataRecord, RecordValue } from '../telegram.ts';
import { FIXED_UNITS } from './fixed.table.ts';

const LENGTH = 16;
/** Status bit 0: counters are binary instead of BCD; bit 1: values are stored at a fixed date. */
const BINARY = 0x01;
const STORED = 0x02;
const SAME_UNIT = 0x3e;

export type FixedData = { readonly id: string; readonly records: readonly DataRecord[] };

function unitOf(code: number): { quantity: string; unit: string; scale: number } {
  const row = FIXED_UNITS.find(({ from, to }) => code >= from && code <= to);
  if (!row) return { quantity: 'unknown', unit: '', scale: 0 };
  return { quantity: row.quantity, unit: row.unit, scale: row.scale + code - row.from };
}

function counterValue(b: Uint8Array, binary: boolean, scale: number): RecordValue {
  const text = toHex(b.slice().reverse());
  if (!binary && !/^\d+$/.test(text)) return { kind: 'invalid', value: null };
  return { kind: 'number', value: { units: BigInt(binary ? `0x${text}` : text), scale } };
}

/**
 * Reads the bytes behind the CI byte. `reversed` is CI 77h: most significant byte first. Errors:
 * `truncated`.
 */
export function decodeFixed(body: Uint8Array, reversed: boolean): Result<FixedData> {
  if (body.length < LENGTH) return fault('truncated', 'The fixed structure has 16 bytes.');
  const field = (at: number, size: number): Uint8Array => {
    const part = body.slice(at, at + size);
    return reversed ? part.reverse() : part;
  };
  const status = body[5]!;
  const codes = [body[6]! & 0x3f, body[7]! & 0x3f];
  const records = codes.map((code, i): DataRecord => {
    const unit = unitOf(code === SAME_UNIT ? codes[1 - i]! : code);
    const at = 8 + 4 * i;
    return {
      dif: null,
      vif: null,
      raw: toHex(body.subarray(at, at + 4)),
      offset: at,
      function: 'instantaneous',
      storage: code === SAME_UNIT || status & STORED ? 1 : 0,
      tariff: 0,
      subunit: 0,
      quantity: unit.quantity,
      unit: unit.unit,
      value: counterValue(field(at, 4), (status & BINARY) !== 0, unit.scale),
      qualifiers: [],
    };
  });
  return ok({ id: toHex(field(0, 4).reverse()), records });
}
