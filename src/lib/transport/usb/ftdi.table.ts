/**
 * FTDI chips as numbers. Source: FTDI AN232B-05 "Configuring FT232R, FT2232 and FT232B Baud Rates",
 * AN_120 (divisors of the high-speed chips), AN232B-04 (latency timer, two status bytes),
 * UM_Vinculum firmware manual (control requests), AN_233 (releases).
 */

/** Source: UM_Vinculum, FTDI vendor requests. */
export const FTDI_REQUEST = {
  reset: 0x00,
  modemControl: 0x01,
  flowControl: 0x02,
  baudRate: 0x03,
  data: 0x04,
  latencyTimer: 0x09,
} as const;

export type FtdiKind = {
  readonly name: string;
  /** `bcdDevice`. */
  readonly release: number;
  /** The divisor may count from 12 MHz instead of 3 MHz. */
  readonly isHighSpeed: boolean;
  /** Eighths that the fractional part may have. */
  readonly eighths: readonly number[];
  /** Requests name the port (1, 2, …) in their index, and the divisor's high bits move up. */
  readonly hasPorts: boolean;
};

/** Source: AN232B-05: the first generation has only three fractions. */
const FIRST_EIGHTHS = [0, 1, 2, 4] as const;
/** Source: AN232B-05: all eighths since the FT232B. */
const ALL_EIGHTHS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** Source: AN_233 (bcdDevice), AN232B-05 and AN_120 (divisors). */
export const FTDI_KINDS = [
  {
    name: 'FT8U232AM',
    release: 0x0200,
    isHighSpeed: false,
    eighths: FIRST_EIGHTHS,
    hasPorts: false,
  },
  { name: 'FT232B', release: 0x0400, isHighSpeed: false, eighths: ALL_EIGHTHS, hasPorts: false },
  { name: 'FT2232C/D', release: 0x0500, isHighSpeed: false, eighths: ALL_EIGHTHS, hasPorts: true },
  { name: 'FT232R', release: 0x0600, isHighSpeed: false, eighths: ALL_EIGHTHS, hasPorts: false },
  { name: 'FT2232H', release: 0x0700, isHighSpeed: true, eighths: ALL_EIGHTHS, hasPorts: true },
  { name: 'FT4232H', release: 0x0800, isHighSpeed: true, eighths: ALL_EIGHTHS, hasPorts: true },
  { name: 'FT232H', release: 0x0900, isHighSpeed: true, eighths: ALL_EIGHTHS, hasPorts: true },
  { name: 'FT-X', release: 0x1000, isHighSpeed: false, eighths: ALL_EIGHTHS, hasPorts: false },
] as const satisfies readonly FtdiKind[];

/** Source: AN232B-05, bits 16 to 14 of the divisor, by eighths of the fractional part. */
export const FRACTION_CODE = [0, 3, 2, 4, 1, 5, 6, 7] as const;

/** Source: UM_Vinculum, SET_DATA: bits 8 to 10. */
export const FTDI_PARITY = { none: 0, odd: 1, even: 2 } as const;
