/**
 * The types of the COSEM `Data` CHOICE (IEC 62056-6-2:2021 clause 4.1.5; DLMS UA 1000-2 table of
 * common data types). Knows tags and sizes only; walked by `axdr.ts`.
 */
export type IntegerType =
  | 'double-long'
  | 'double-long-unsigned'
  | 'integer'
  | 'long'
  | 'unsigned'
  | 'long-unsigned'
  | 'long64'
  | 'long64-unsigned'
  | 'enum'
  | 'bcd'
  | 'delta-integer'
  | 'delta-long'
  | 'delta-double-long'
  | 'delta-unsigned'
  | 'delta-long-unsigned'
  | 'delta-double-long-unsigned';

export type OctetsType = 'octet-string' | 'visible-string' | 'utf8-string';
export type FixedType = 'date-time' | 'date' | 'time';
export type FloatType = 'float32' | 'float64';

export type TypeRow =
  | {
      readonly tag: number;
      readonly type: IntegerType;
      readonly size: number;
      readonly signed: boolean;
    }
  | { readonly tag: number; readonly type: FixedType | FloatType; readonly size: number }
  | {
      readonly tag: number;
      readonly type:
        | OctetsType
        | 'null-data'
        | 'array'
        | 'structure'
        | 'boolean'
        | 'bit-string'
        | 'compact-array'
        | 'dont-care';
    };

/** IEC 62056-6-2:2021 clause 4.1.5, IEC 62056-5-3:2017 clause 8 (`Data`). */
export const TYPES: readonly TypeRow[] = [
  { tag: 0, type: 'null-data' },
  { tag: 1, type: 'array' },
  { tag: 2, type: 'structure' },
  { tag: 3, type: 'boolean' },
  { tag: 4, type: 'bit-string' },
  { tag: 5, type: 'double-long', size: 4, signed: true },
  { tag: 6, type: 'double-long-unsigned', size: 4, signed: false },
  { tag: 9, type: 'octet-string' },
  { tag: 10, type: 'visible-string' },
  { tag: 12, type: 'utf8-string' },
  { tag: 13, type: 'bcd', size: 1, signed: false },
  { tag: 15, type: 'integer', size: 1, signed: true },
  { tag: 16, type: 'long', size: 2, signed: true },
  { tag: 17, type: 'unsigned', size: 1, signed: false },
  { tag: 18, type: 'long-unsigned', size: 2, signed: false },
  { tag: 19, type: 'compact-array' },
  { tag: 20, type: 'long64', size: 8, signed: true },
  { tag: 21, type: 'long64-unsigned', size: 8, signed: false },
  { tag: 22, type: 'enum', size: 1, signed: false },
  { tag: 23, type: 'float32', size: 4 },
  { tag: 24, type: 'float64', size: 8 },
  { tag: 25, type: 'date-time', size: 12 },
  { tag: 26, type: 'date', size: 5 },
  { tag: 27, type: 'time', size: 4 },
  { tag: 28, type: 'delta-integer', size: 1, signed: true },
  { tag: 29, type: 'delta-long', size: 2, signed: true },
  { tag: 30, type: 'delta-double-long', size: 4, signed: true },
  { tag: 31, type: 'delta-unsigned', size: 1, signed: false },
  { tag: 32, type: 'delta-long-unsigned', size: 2, signed: false },
  { tag: 33, type: 'delta-double-long-unsigned', size: 4, signed: false },
  { tag: 255, type: 'dont-care' },
];
