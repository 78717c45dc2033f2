/**
 * Where a reading command finds its meter: `host:port` or a serial port, as one `Transport`. Knows
 * the words of the command line that are the same for all protocols; called by the commands.
 */
import type { SerialSettings, Transport } from '#lib/transport/transport.ts';
import { isSerialName, SerialPortTransport } from '../transport/serial-port.ts';
import { tcpAddress, TcpTransport } from '../transport/tcp.ts';

const text = { type: 'string' } as const;

/** Options for `parseArgs`: where the meter is, and what its line is like. */
export const LINE_OPTIONS = { port: text, baud: text, parity: text, bits: text } as const;

export const LINE_USAGE = [
  'ADDRESS is host:port of a converter, or --port /dev/ttyUSB0 | --port COM3 of this computer;',
  'a serial port may be given --baud 9600 --parity none|even|odd --bits 7|8.',
];

export type LineValues = { readonly [K in keyof typeof LINE_OPTIONS]?: string | boolean };

export type Out = {
  /** What was read. */
  line(text: string): void;
  /** What the person is told beside it. */
  note(text: string): void;
  /** The arguments cannot be understood; gives the exit code. */
  wrong(text: string): number;
};

export type LineTarget = {
  readonly transport: Transport;
  readonly isSerial: boolean;
  /** The given settings over those of the protocol; a TCP converter holds its own. */
  settings(usual: SerialSettings): SerialSettings;
  /** The words behind the address. */
  readonly rest: readonly string[];
};

const PARITIES = ['none', 'even', 'odd'] as const;

/** Takes the address from `--port` or from the first word; words for the person when wrong. */
export function lineTarget(values: LineValues, words: readonly string[]): LineTarget | string {
  const isNamed = typeof values.port === 'string';
  const name = isNamed ? String(values.port) : (words[0] ?? '');
  const rest = isNamed ? words : words.slice(1);
  const isSerial = isSerialName(name);
  const address = isSerial ? null : tcpAddress(name);
  if (!isSerial && !address) return `"${name}" is neither host:port nor a serial port.`;
  const parity = PARITIES.find((word) => word === values.parity);
  const [baud, bits] = [Number(values.baud ?? 9600), Number(values.bits ?? 8)];
  if (!Number.isInteger(baud) || baud < 50) return `${String(values.baud)} is no speed.`;
  if (bits !== 7 && bits !== 8) return 'A character has 7 or 8 bits.';
  if (values.parity !== undefined && !parity) return 'The parity is none, even or odd.';
  const given: Partial<SerialSettings> = {
    ...(values.baud !== undefined && { baud }),
    ...(values.bits !== undefined && { dataBits: bits }),
    ...(parity && { parity }),
  };
  return {
    transport: address ? new TcpTransport(address) : new SerialPortTransport(name),
    isSerial,
    settings: (usual) => ({ ...usual, ...given }),
    rest,
  };
}
