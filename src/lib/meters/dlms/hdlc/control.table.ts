/**
 * Control fields of HDLC frames (IEC 62056-46:2007 clause 6.4.3, table 4). `mask` keeps the bits
 * that name the frame: bit 4 is poll/final, sequence numbers stand above and below it.
 */
export type FrameType = 'I' | 'RR' | 'RNR' | 'SNRM' | 'DISC' | 'UA' | 'DM' | 'UI' | 'FRMR';

/** IEC 62056-46:2007 clause 6.4.3, table 4. */
export const CONTROLS: readonly {
  readonly type: FrameType;
  readonly mask: number;
  readonly bits: number;
}[] = [
  { type: 'I', mask: 0x01, bits: 0x00 },
  { type: 'RR', mask: 0x0f, bits: 0x01 },
  { type: 'RNR', mask: 0x0f, bits: 0x05 },
  { type: 'SNRM', mask: 0xef, bits: 0x83 },
  { type: 'DISC', mask: 0xef, bits: 0x43 },
  { type: 'UA', mask: 0xef, bits: 0x63 },
  { type: 'DM', mask: 0xef, bits: 0x0f },
  { type: 'FRMR', mask: 0xef, bits: 0x87 },
  { type: 'UI', mask: 0xef, bits: 0x03 },
];

export const FINAL_BIT = 0x10;
