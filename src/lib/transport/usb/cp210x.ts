/**
 * Silicon Labs CP210x. Facts only. Source: Silicon Labs AN571 "CP210x Virtual COM Port Interface",
 * whose names of the requests stand at each.
 */
import { ByteWriter } from '#lib/base/bytes.ts';
import { fault, ok } from '#lib/base/result.ts';
import type { SerialSettings } from '../transport.ts';
import { plainLine, type ChipFacts, type ControlOut, type UsbChip } from './chip.ts';

/** AN571: IFC_ENABLE, SET_LINE_CTL, SET_MHS, PURGE, SET_BAUDRATE. */
export const CP210X_REQUEST = {
  interfaceEnable: 0x00,
  lineControl: 0x03,
  modemHandshake: 0x07,
  purge: 0x12,
  baudRate: 0x1e,
} as const;

/** AN571 SET_LINE_CTL: bits 7 to 4. */
const PARITY = { none: 0, odd: 1, even: 2 } as const;
/** AN571 SET_MHS: bits 0 and 1 are DTR and RTS, bits 8 and 9 say which of them count. */
const DTR_AND_RTS_ON = 0x0303;
const DTR_AND_RTS_OFF = 0x0300;
/** AN571 PURGE: both queues, both ways. */
const PURGE_ALL = 0x000f;
/** The slowest and the fastest rate of the family (data sheets CP2102, CP2104). */
const MIN_BAUD = 300;
const MAX_BAUD = 2_000_000;

/** AN571 SET_LINE_CTL: word length in bits 15 to 8, parity in 7 to 4, stop bits in 3 to 0. */
export const cp210xLineControl = ({ dataBits, parity, stopBits }: SerialSettings): number =>
  (dataBits << 8) | (PARITY[parity] << 4) | (stopBits === 2 ? 2 : 0);

export function cp210x(facts: ChipFacts): UsbChip {
  const order = (request: number, value: number, data?: Uint8Array): ControlOut => ({
    requestType: 'vendor',
    recipient: 'interface',
    request,
    value,
    index: facts.dataInterface,
    ...(data && { data }),
  });
  return {
    question: null,
    setUp(settings, _answer, isOpen) {
      if (!(settings.baud >= MIN_BAUD && settings.baud <= MAX_BAUD)) {
        return fault('line_unsupported', `The chip has no ${settings.baud} Bd.`);
      }
      const line = [
        order(CP210X_REQUEST.baudRate, 0, new ByteWriter().uintLe(settings.baud, 4).done()),
        order(CP210X_REQUEST.lineControl, cp210xLineControl(settings)),
      ];
      const begin = [
        order(CP210X_REQUEST.interfaceEnable, 1),
        order(CP210X_REQUEST.purge, PURGE_ALL),
        order(CP210X_REQUEST.modemHandshake, DTR_AND_RTS_ON),
      ];
      return ok(plainLine(isOpen ? line : [...begin, ...line]));
    },
    stop: [
      order(CP210X_REQUEST.modemHandshake, DTR_AND_RTS_OFF),
      order(CP210X_REQUEST.interfaceEnable, 0),
    ],
  };
}
