/**
 * Baud rate characters of the identification message (IEC 62056-21:2002 clause 6.3.14 item 13).
 * Only rows. Mode B announces with letters and switches by itself, mode C with digits and waits
 * for an acknowledgement.
 */
export type BaudRow = {
  readonly char: string;
  readonly mode: 'B' | 'C';
  readonly baud: number;
  readonly clause: string;
};

const ITEM13 = 'IEC 62056-21:2002 6.3.14 item 13';

export const BAUD_TABLE = [
  { char: 'A', mode: 'B', baud: 600, clause: ITEM13 },
  { char: 'B', mode: 'B', baud: 1200, clause: ITEM13 },
  { char: 'C', mode: 'B', baud: 2400, clause: ITEM13 },
  { char: 'D', mode: 'B', baud: 4800, clause: ITEM13 },
  { char: 'E', mode: 'B', baud: 9600, clause: ITEM13 },
  { char: 'F', mode: 'B', baud: 19200, clause: ITEM13 },
  { char: '0', mode: 'C', baud: 300, clause: ITEM13 },
  { char: '1', mode: 'C', baud: 600, clause: ITEM13 },
  { char: '2', mode: 'C', baud: 1200, clause: ITEM13 },
  { char: '3', mode: 'C', baud: 2400, clause: ITEM13 },
  { char: '4', mode: 'C', baud: 4800, clause: ITEM13 },
  { char: '5', mode: 'C', baud: 9600, clause: ITEM13 },
  { char: '6', mode: 'C', baud: 19200, clause: ITEM13 },
] as const satisfies readonly BaudRow[];
