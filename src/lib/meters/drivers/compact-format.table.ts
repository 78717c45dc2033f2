/**
 * Record headers that certain meters leave out of their compact frames. A walk-by reader hears one
 * full frame in eight or sixteen: with these rows the first compact frame can be read already.
 *
 * A row is used only when its CRC is the format signature of the frame and the CRC over the full
 * frame fits as well (EN 13757-3:2018 annex F), so a wrong row can never give a wrong value. Only
 * rows; `mbus/application.ts` looks them up.
 */
export type CompactFormatRow = {
  /** DIF, DIFEs, VIF and VIFEs of all records in a row, hex. */
  readonly format: string;
  readonly clause: string;
};

const WATER = 'Kamstrup Multical 21, flowIQ';
const HEAT = 'Kamstrup Multical 302, 402, 403, 602, 603';

export const COMPACT_FORMATS = [
  { format: '02FF2004134413', clause: WATER },
  { format: '02FF2004134413615B6167', clause: WATER },
  { format: '02FF2004134413615B5167', clause: WATER },
  { format: '02FF2004134413A1015B8101E7FF0F', clause: WATER },
  { format: '02FF20041392013BA1015B8101E7FF0F', clause: WATER },
  { format: '030643060314426C022D01FF21', clause: HEAT },
  { format: '030E430E0313426C022D01FF21', clause: HEAT },
  { format: '040604FF0704FF080414043B0259025D04FF22', clause: HEAT },
  { format: '040604FF0704FF080414043B0259025D04FF22026C44064414426C', clause: HEAT },
  { format: '040604FF0704FF080414043B042D0259025D04FF220422143B142D', clause: HEAT },
  { format: '040F04FF0704FF08041402FD17043B0259025D', clause: HEAT },
  {
    format:
      '040F04FF0704FF08041484401484804014043B0259025D142D84100F84200F04FF22026C440F4414C44014C4804014426C',
    clause: HEAT,
  },
  {
    format:
      '040E04FF0704FF08041384401484804014043B0259025D142D84100E84200E04FF22026C440E4413C44014C4804014426C',
    clause: HEAT,
  },
  {
    format: '040504FB827504853C04FB82F53C01FD17',
    clause: 'Kamstrup radio modules of Carlo Gavazzi EM24',
  },
  { format: '22691269026905FF0905FF0A02FD17', clause: 'Kamstrup pressure sensor' },
] as const satisfies readonly CompactFormatRow[];
