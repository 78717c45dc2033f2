/**
 * The head of one data record: DIF, DIFEs, VIF and VIFEs (EN 13757-3:2018 clauses 6.3 and 6.4).
 * Knows nothing of the data behind it; called by `records.ts`.
 *
 * | DIF bit | 7         | 6           | 5 4      | 3 2 1 0    |
 * |         | extension | storage LSB | function | data field |
 * | DIFE    | extension | subunit     | tariff   | storage    |
 */
import { toLatin1 } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { RecordFunction } from '../telegram.ts';
import { resolveVif, type ValueInfo } from './vif.ts';

export type RecordHeader = {
  /** Coding of the data, 0 to 15 (table 4). */
  readonly coding: number;
  readonly function: RecordFunction;
  readonly storage: number;
  readonly tariff: number;
  readonly subunit: number;
  readonly info: ValueInfo;
  /** Offsets of the first VIF byte and of the first byte behind the header. */
  readonly vifAt: number;
  readonly end: number;
};

/** EN 13757-3:2018 clauses 6.3.3 and 6.4.1: at most ten extensions each. */
const MAX_EXTENSIONS = 10;
const FUNCTIONS = ['instantaneous', 'maximum', 'minimum', 'error'] as const;

const truncated = (offset: number): Result<never> =>
  fault('truncated', 'The data ends inside a record header.', {
    offset,
    clause: 'EN 13757-3:2018 6.3',
  });

/** Index of the last byte of a chain whose bit 7 announces another byte; -1 when cut off. */
function chainEnd(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && bytes[at]! & 0x80) at++;
  return at < bytes.length ? at : -1;
}

/** Characters of a plain-text VIF, last one first on the wire (clause 6.4.2, VIF 7Ch). */
function plainText(bytes: Uint8Array, at: number): { text: string; end: number } | null {
  const length = bytes[at];
  if (length === undefined || at + 1 + length > bytes.length) return null;
  const chars = bytes.slice(at + 1, at + 1 + length).reverse();
  return { text: toLatin1(chars), end: at + 1 + length };
}

type Vib = { readonly info: ValueInfo; readonly end: number };

function readVib(bytes: Uint8Array, at: number): Result<Vib> {
  const vif = bytes[at];
  if (vif === undefined) return truncated(at);
  if (vif < 0x80 && vif !== 0x7c) {
    return ok({ info: resolveVif(bytes.subarray(at, at + 1), null), end: at + 1 });
  }
  const isText = (vif & 0x7f) === 0x7c;
  const plain = isText ? plainText(bytes, at + 1) : null;
  if (isText && !plain) return truncated(at);
  const from = plain ? plain.end : at + 1;
  const last = vif & 0x80 ? chainEnd(bytes, from) : from - 1;
  if (last < 0) return truncated(at);
  if (last + 1 - from > MAX_EXTENSIONS) {
    return fault('too_many_vifes', 'More than ten VIFEs.', { offset: at, clause: '6.4.1' });
  }
  const vib = Uint8Array.of(vif, ...bytes.subarray(from, last + 1));
  return ok({ info: resolveVif(vib, plain?.text ?? null), end: last + 1 });
}

/** Reads the header at `at`. Errors: `truncated`, `too_many_difes`, `too_many_vifes`. */
export function readHeader(bytes: Uint8Array, at: number): Result<RecordHeader> {
  const dif = bytes[at]!;
  let storage = (dif >> 6) & 1;
  let tariff = 0;
  let subunit = 0;
  let next = at + 1;
  for (let more = dif & 0x80, i = 0; more; i++) {
    if (i === MAX_EXTENSIONS) {
      return fault('too_many_difes', 'More than ten DIFEs.', { offset: at, clause: '6.3.3' });
    }
    const dife = bytes[next++];
    if (dife === undefined) return truncated(at);
    // Up to 41 bits of storage number: beyond 32 bits, therefore no shifts.
    storage += (dife & 15) * 2 ** (1 + 4 * i);
    tariff += ((dife >> 4) & 3) * 4 ** i;
    subunit += ((dife >> 6) & 1) * 2 ** i;
    more = dife & 0x80;
  }
  const vib = readVib(bytes, next);
  if (!vib.ok) return vib;
  return ok({
    coding: dif & 15,
    function: FUNCTIONS[(dif >> 4) & 3]!,
    storage,
    tariff,
    subunit,
    info: vib.value.info,
    vifAt: next,
    end: vib.value.end,
  });
}

export type HeaderFields = {
  readonly coding: number;
  readonly function: RecordFunction;
  readonly storage: number;
  readonly tariff: number;
  readonly subunit: number;
};

/** Twin of the DIF part of `readHeader`: the DIF with as many DIFEs as the numbers need. */
export function encodeDib(fields: HeaderFields): Uint8Array {
  const out = [fields.coding | (FUNCTIONS.indexOf(fields.function) << 4)];
  let { storage, tariff, subunit } = fields;
  out[0]! |= (storage & 1) << 6;
  storage = Math.floor(storage / 2);
  while ((storage || tariff || subunit) && out.length <= MAX_EXTENSIONS) {
    out[out.length - 1]! |= 0x80;
    out.push((storage % 16) | ((tariff & 3) << 4) | ((subunit & 1) << 6));
    storage = Math.floor(storage / 16);
    tariff >>= 2;
    subunit >>= 1;
  }
  return Uint8Array.from(out);
}
