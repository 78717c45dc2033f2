/**
 * Control information: which transport header and which application follow a CI byte
 * (EN 13757-7:2018 table 2). Only rows; `tpl.ts` walks them.
 */
export type TplKind = 'none' | 'short' | 'long';

/** What the application layer holds. `opaque` is recognised but not ours to read. */
export type CiContent =
  | 'records'
  | 'compact'
  | 'format'
  | 'application_error'
  | 'alarm'
  | 'transport_only'
  | 'manufacturer'
  | 'opaque';

export type CiRow = {
  readonly from: number;
  readonly to: number;
  readonly kind: TplKind;
  readonly content: CiContent;
  readonly clause: string;
};

export const CI_TABLE = [
  { from: 0x51, to: 0x51, kind: 'none', content: 'records', clause: 'T2 51h' },
  { from: 0x5a, to: 0x5a, kind: 'short', content: 'records', clause: 'T2 5Ah' },
  { from: 0x5b, to: 0x5b, kind: 'long', content: 'records', clause: 'T2 5Bh' },
  { from: 0x60, to: 0x60, kind: 'long', content: 'opaque', clause: 'T2 60h' },
  { from: 0x61, to: 0x61, kind: 'short', content: 'opaque', clause: 'T2 61h' },
  { from: 0x69, to: 0x69, kind: 'none', content: 'format', clause: 'T2 69h' },
  { from: 0x6a, to: 0x6a, kind: 'short', content: 'format', clause: 'T2 6Ah' },
  { from: 0x6b, to: 0x6b, kind: 'long', content: 'format', clause: 'T2 6Bh' },
  { from: 0x6c, to: 0x6d, kind: 'long', content: 'opaque', clause: 'T2 6Ch' },
  { from: 0x6e, to: 0x6e, kind: 'short', content: 'application_error', clause: 'T2 6Eh' },
  { from: 0x6f, to: 0x6f, kind: 'long', content: 'application_error', clause: 'T2 6Fh' },
  { from: 0x70, to: 0x70, kind: 'none', content: 'application_error', clause: 'T2 70h' },
  { from: 0x71, to: 0x71, kind: 'none', content: 'alarm', clause: 'T2 71h' },
  { from: 0x72, to: 0x72, kind: 'long', content: 'records', clause: 'T2 72h' },
  { from: 0x73, to: 0x73, kind: 'long', content: 'compact', clause: 'T2 73h' },
  { from: 0x74, to: 0x74, kind: 'short', content: 'alarm', clause: 'T2 74h' },
  { from: 0x75, to: 0x75, kind: 'long', content: 'alarm', clause: 'T2 75h' },
  { from: 0x78, to: 0x78, kind: 'none', content: 'records', clause: 'T2 78h' },
  { from: 0x79, to: 0x79, kind: 'none', content: 'compact', clause: 'T2 79h' },
  { from: 0x7a, to: 0x7a, kind: 'short', content: 'records', clause: 'T2 7Ah' },
  { from: 0x7b, to: 0x7b, kind: 'short', content: 'compact', clause: 'T2 7Bh' },
  { from: 0x7c, to: 0x7c, kind: 'long', content: 'opaque', clause: 'T2 7Ch' },
  { from: 0x7d, to: 0x7d, kind: 'short', content: 'opaque', clause: 'T2 7Dh' },
  { from: 0x7e, to: 0x7e, kind: 'long', content: 'opaque', clause: 'T2 7Eh' },
  { from: 0x7f, to: 0x7f, kind: 'short', content: 'opaque', clause: 'T2 7Fh' },
  { from: 0x80, to: 0x80, kind: 'long', content: 'transport_only', clause: 'T2 80h' },
  { from: 0x8a, to: 0x8a, kind: 'short', content: 'transport_only', clause: 'T2 8Ah' },
  { from: 0x8b, to: 0x8b, kind: 'long', content: 'transport_only', clause: 'T2 8Bh' },
  { from: 0xa0, to: 0xb7, kind: 'none', content: 'manufacturer', clause: 'T2 A0h' },
] as const satisfies readonly CiRow[];
