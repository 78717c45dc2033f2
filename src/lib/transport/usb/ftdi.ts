/**
 * FTDI chips: divisor with its fraction, line settings, latency timer, and the two status bytes in
 * front of every packet. Facts only, from FTDI's application notes (ftdi.table.ts).
 */
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { LineFault, SerialSettings } from '../transport.ts';
import { baudError, MAX_BAUD_ERROR } from './chip.ts';
import type { ChipFacts, ControlOut, Received, UsbChip } from './chip.ts';
import { FRACTION_CODE, FTDI_KINDS, FTDI_PARITY, FTDI_REQUEST } from './ftdi.table.ts';
import type { FtdiKind } from './ftdi.table.ts';

/** AN232B-05: the divisor counts 3 MHz; AN_120: 12 MHz when bit 17 of the divisor is set. */
const CLOCK_HZ = 3_000_000;
const HIGH_SPEED_CLOCK_HZ = 12_000_000;
const HIGH_SPEED_BIT = 1 << 17;
/** Fourteen bits of whole part and seven eighths. */
const MAX_EIGHTHS = 0x3fff * 8 + 7;

/**
 * How long the chip waits for a full packet (AN232B-04: 1 to 255 ms, 16 after power-up). A meter's
 * answer of a few bytes must not wait that long; much less would wake the phone for nothing.
 */
const LATENCY_MS = 8;
const DTR_AND_RTS_ON = 0x0303;
const DTR_AND_RTS_OFF = 0x0300;
const STATUS_BYTES = 2;

/** Bits of the second status byte (AN232B-04: line status). */
const LINE_STATUS: readonly (readonly [number, LineFault])[] = [
  [0x02, 'overrun'],
  [0x04, 'parity'],
  [0x08, 'framing'],
  [0x10, 'break'],
];

export const ftdiKind = (release: number): FtdiKind =>
  FTDI_KINDS.find((row) => row.release === release) ?? FTDI_KINDS[3];

export type FtdiDivisor = { readonly encoded: number; readonly actualBaud: number };

/**
 * Eighteen bits: whole part, code of the fraction, clock. Errors: `line_unsupported` when no
 * divisor comes within 3 %.
 */
export function ftdiDivisor(baud: number, kind: FtdiKind): Result<FtdiDivisor> {
  const fast = kind.isHighSpeed && (HIGH_SPEED_CLOCK_HZ * 8) / baud <= MAX_EIGHTHS;
  const clock = fast ? HIGH_SPEED_CLOCK_HZ : CLOCK_HZ;
  const wanted = (clock * 8) / baud;
  const eighths = nearest(wanted, kind.eighths);
  const actualBaud = (clock * 8) / eighths;
  if (!(baud > 0) || eighths > MAX_EIGHTHS || baudError(actualBaud, baud) > MAX_BAUD_ERROR) {
    return fault('line_unsupported', `${baud} Bd cannot be divided from the chip's clock.`);
  }
  return ok({ encoded: encodeEighths(eighths) | (fast ? HIGH_SPEED_BIT : 0), actualBaud });
}

/** Below two only 1 and 1.5 exist, as the special values 0 and 1 (AN232B-05). */
function nearest(wanted: number, fractions: readonly number[]): number {
  const whole = Math.floor(wanted / 8) * 8;
  const candidates = [8, 12, ...fractions.map((part) => whole + part), whole + 8];
  return candidates
    .filter((eighths) => eighths === 8 || eighths === 12 || eighths >= 16)
    .reduce((best, next) => (Math.abs(next - wanted) < Math.abs(best - wanted) ? next : best));
}

function encodeEighths(eighths: number): number {
  if (eighths === 8) return 0;
  if (eighths === 12) return 1;
  return (eighths >> 3) | (FRACTION_CODE[eighths & 7]! << 14);
}

/** Takes the two status bytes from the front of every packet and says what they report. */
export function ftdiUnpack(transfer: Uint8Array, endpointBytes: number): Received {
  const out = new Uint8Array(transfer.length);
  const faults = new Set<LineFault>();
  let length = 0;
  for (let at = 0; at + STATUS_BYTES <= transfer.length; at += endpointBytes) {
    const line = transfer[at + 1]!;
    for (const [bit, name] of LINE_STATUS) if (line & bit) faults.add(name);
    const bytes = transfer.subarray(at + STATUS_BYTES, at + endpointBytes);
    out.set(bytes, length);
    length += bytes.length;
  }
  return { bytes: out.slice(0, length), faults: [...faults] };
}

export function ftdi(facts: ChipFacts): UsbChip {
  const kind = ftdiKind(facts.release);
  const port = kind.hasPorts || facts.interfaceCount > 1 ? facts.dataInterface + 1 : 0;
  const order = (request: number, value: number, index = port): ControlOut => ({
    requestType: 'vendor',
    recipient: 'device',
    request,
    value,
    index,
  });
  const line = (settings: SerialSettings, encoded: number): ControlOut[] => {
    const high = encoded >> 16;
    const { dataBits, stopBits, parity } = settings;
    const data = dataBits | (FTDI_PARITY[parity] << 8) | ((stopBits === 2 ? 2 : 0) << 11);
    return [
      order(FTDI_REQUEST.baudRate, encoded & 0xffff, port ? (high << 8) | port : high),
      order(FTDI_REQUEST.data, data),
    ];
  };
  const begin = [
    order(FTDI_REQUEST.reset, 0),
    order(FTDI_REQUEST.latencyTimer, LATENCY_MS),
    order(FTDI_REQUEST.flowControl, 0),
    order(FTDI_REQUEST.modemControl, DTR_AND_RTS_ON),
  ];
  return {
    question: null,
    setUp(settings, _answer, isOpen) {
      const divisor = ftdiDivisor(settings.baud, kind);
      if (!divisor.ok) return divisor;
      const requests = line(settings, divisor.value.encoded);
      return ok({
        requests: isOpen ? requests : [...begin, ...requests],
        pack: (bytes) => bytes,
        unpack: (transfer) => ftdiUnpack(transfer, facts.endpointBytes),
      });
    },
    stop: [order(FTDI_REQUEST.modemControl, DTR_AND_RTS_OFF)],
  };
}
