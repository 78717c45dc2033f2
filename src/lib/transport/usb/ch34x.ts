/**
 * WCH CH340 and CH341. Facts only: WCH data sheets CH340DS1 and CH341DS1 (12 MHz clock, 46 to
 * 2 000 000 Bd), the published measurement of the divider in "ch341-baudrate-calculation", and the
 * register names of the BSD systems' documentation of uchcom(4).
 *
 * Chips before version 0x30 know only eight data bits without parity. Seven bits with parity have
 * the same length on the line, so this driver computes that parity bit itself.
 */
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { LineFault, SerialSettings } from '../transport.ts';
import { baudError, MAX_BAUD_ERROR, plainLine } from './chip.ts';
import type { ControlOut, LineSetup, Received, UsbChip } from './chip.ts';

export const CH34X_REQUEST = {
  readVersion: 0x5f,
  writeRegisters: 0x9a,
  begin: 0xa1,
  modemControl: 0xa4,
} as const;

/** Registers are written two at a time: second in the high byte, first in the low byte. */
const PRESCALER_AND_DIVISOR = 0x1312;
const LINE_CONTROL = 0x2518;
/** Versions before 0x20 keep the control lines in a register, written twice. */
const OLD_CONTROL_LINES = 0x0606;
const DTR_AND_RTS = 0x60;

/** Without it the chip keeps what it received until 32 bytes are together. */
const SEND_AT_ONCE = 0x80;
const FIRST_VERSION_WITH_MODEM_REQUEST = 0x20;
const FIRST_VERSION_WITH_LINE_CONTROL = 0x30;

const CLOCK_HZ = 12_000_000;
/** A set bit switches one of three dividers off: 8 (bit 0), 64 (bit 1), 2 (bit 2). */
const COMMON_PRESCALERS = [3, 2, 1, 0] as const;
/** Dividers that some copies of the chip do not have: taken only where the others fail. */
const RARE_PRESCALERS = [7, 6, 5, 4] as const;
/** Close enough to stay with the dividers that every copy has. */
const GOOD_ERROR = 0.01;
const MAX_DIVISOR = 256;
/** Undivided, eight and less count double. */
const MIN_UNDIVIDED = 9;

const LINE = { receive: 0x80, transmit: 0x40, parity: 0x08, even: 0x10, twoStopBits: 0x04 };

export type Ch34xDivisor = {
  readonly prescaler: number;
  readonly divisor: number;
  readonly actualBaud: number;
};

/** Errors: `line_unsupported` when no divisor comes within 3 %. */
export function ch34xDivisor(baud: number): Result<Ch34xDivisor> {
  const common = best(baud, COMMON_PRESCALERS);
  const isGood = common && baudError(common.actualBaud, baud) <= GOOD_ERROR;
  const found = isGood ? common : best(baud, [...COMMON_PRESCALERS, ...RARE_PRESCALERS]);
  if (!found || !(baudError(found.actualBaud, baud) <= MAX_BAUD_ERROR)) {
    return fault('line_unsupported', `${baud} Bd cannot be divided from the chip's clock.`);
  }
  return ok(found);
}

const prescalerFactor = (code: number): number =>
  (code & 1 ? 1 : 8) * (code & 2 ? 1 : 64) * (code & 4 ? 1 : 2);

function best(baud: number, codes: readonly number[]): Ch34xDivisor | null {
  let found: Ch34xDivisor | null = null;
  for (const prescaler of codes) {
    const factor = prescalerFactor(prescaler);
    const divisor = Math.round(CLOCK_HZ / factor / baud);
    const smallest = factor === 1 ? MIN_UNDIVIDED : 2;
    if (!(divisor >= smallest && divisor <= MAX_DIVISOR)) continue;
    const actualBaud = CLOCK_HZ / factor / divisor;
    if (found && baudError(found.actualBaud, baud) <= baudError(actualBaud, baud)) continue;
    found = { prescaler, divisor, actualBaud };
  }
  return found;
}

export const ch34xLineControl = ({ dataBits, parity, stopBits }: SerialSettings): number =>
  LINE.receive |
  LINE.transmit |
  (dataBits - 5) |
  (stopBits === 2 ? LINE.twoStopBits : 0) |
  (parity === 'none' ? 0 : LINE.parity) |
  (parity === 'even' ? LINE.even : 0);

const order = (request: number, value: number, index: number): ControlOut => ({
  requestType: 'vendor',
  recipient: 'device',
  request,
  value,
  index,
});

const modemControl = (version: number, lines: number): ControlOut =>
  version < FIRST_VERSION_WITH_MODEM_REQUEST
    ? order(CH34X_REQUEST.writeRegisters, OLD_CONTROL_LINES, (~lines & 0xff) * 0x0101)
    : order(CH34X_REQUEST.modemControl, ~lines & 0xffff, 0);

const wide = (settings: SerialSettings): boolean =>
  settings.dataBits === 8 && settings.parity === 'none' && settings.stopBits === 1;

/** How an old chip can carry these characters. */
function oldLine(settings: SerialSettings, requests: ControlOut[]): Result<LineSetup> {
  if (wide(settings)) return ok(plainLine(requests));
  const { dataBits, parity, stopBits } = settings;
  if (dataBits !== 7 || parity === 'none' || stopBits !== 1) {
    return fault('line_unsupported', 'This old CH34x has only eight bits without parity.');
  }
  return ok({
    requests,
    pack: (bytes) => bytes.map((byte) => withParity(byte, parity)),
    unpack: (transfer) => withoutParity(transfer, parity),
  });
}

export function withParity(byte: number, parity: 'even' | 'odd'): number {
  let ones = byte & 0x7f;
  for (const shift of [4, 2, 1]) ones ^= ones >> shift;
  const isOdd = (ones & 1) === 1;
  return (byte & 0x7f) | (isOdd === (parity === 'even') ? 0x80 : 0);
}

function withoutParity(transfer: Uint8Array, parity: 'even' | 'odd'): Received {
  const isWrong = transfer.some((byte) => withParity(byte, parity) !== byte);
  const faults: readonly LineFault[] = isWrong ? ['parity'] : [];
  return { bytes: transfer.map((byte) => byte & 0x7f), faults };
}

export function ch34x(): UsbChip {
  return {
    question: {
      requestType: 'vendor',
      recipient: 'device',
      request: CH34X_REQUEST.readVersion,
      value: 0,
      index: 0,
      length: 2,
    },
    setUp(settings, answer, isOpen) {
      const version = answer?.[0] ?? FIRST_VERSION_WITH_LINE_CONTROL;
      const rate = ch34xDivisor(settings.baud);
      if (!rate.ok) return rate;
      const { prescaler, divisor } = rate.value;
      const baud = order(
        CH34X_REQUEST.writeRegisters,
        PRESCALER_AND_DIVISOR,
        ((MAX_DIVISOR - divisor) << 8) | SEND_AT_ONCE | prescaler,
      );
      const begin = isOpen ? [] : [order(CH34X_REQUEST.begin, 0, 0)];
      const end = isOpen ? [] : [modemControl(version, DTR_AND_RTS)];
      if (version < FIRST_VERSION_WITH_LINE_CONTROL) {
        return oldLine(settings, [...begin, baud, ...end]);
      }
      const line = ch34xLineControl(settings);
      const control = order(CH34X_REQUEST.writeRegisters, LINE_CONTROL, line);
      return ok(plainLine([...begin, baud, control, ...end]));
    },
    stop: [order(CH34X_REQUEST.modemControl, 0xffff, 0)],
  };
}
