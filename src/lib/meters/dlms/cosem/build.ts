/**
 * Short words for COSEM values, for everything that writes them. Knows types, no objects; called by
 * `selection.ts`, `profile.ts`, the client's plans and simulated meters.
 */
import type { DlmsData } from '../axdr.ts';
import { fromLatin1 } from '#lib/base/bytes.ts';
import type { IntegerType } from '../type.table.ts';
import { parseObis } from '../obis.ts';

const integer =
  (type: IntegerType) =>
  (value: number | bigint): DlmsData => ({ type, value: BigInt(value) });

export const u8 = integer('unsigned');
export const u16 = integer('long-unsigned');
export const u32 = integer('double-long-unsigned');
export const u64 = integer('long64-unsigned');
export const i8 = integer('integer');
export const i16 = integer('long');
export const i32 = integer('double-long');
export const enumeration = integer('enum');
export const boolean = (value: boolean): DlmsData => ({ type: 'boolean', value });
export const octets = (value: Uint8Array): DlmsData => ({ type: 'octet-string', value });
export const text = (value: string): DlmsData => octets(fromLatin1(value));
export const array = (value: readonly DlmsData[]): DlmsData => ({ type: 'array', value });
export const structure = (value: readonly DlmsData[]): DlmsData => ({ type: 'structure', value });
export const nothing: DlmsData = { type: 'null-data' };
/** A code that cannot be read becomes six zeros, which no object has. */
export const obisData = (text: string): DlmsData => octets(parseObis(text) ?? new Uint8Array(6));
export const scalerUnit = (scaler: number, unit: number): DlmsData =>
  structure([i8(scaler), enumeration(unit)]);
