/**
 * Decoders that other people wrote and published, beside ours: the same bytes in, a number out that
 * says how much was understood. A case counts only where both understand as much; benchmarks time
 * the two on those.
 */
import { createRequire } from 'node:module';
import { decodeRtu } from '#lib/meters/modbus/frames.ts';
import { decodePdu } from '#lib/meters/modbus/pdu.ts';
import { decodeSmlFile } from '#lib/meters/sml/file.ts';
import { createSmlFramer } from '#lib/meters/sml/transport.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';
import type { MeterCase } from './meter-cases.ts';

export type Pair = {
  /** Name of the package. */
  readonly name: string;
  /** How often ours must be faster. */
  readonly wanted: number;
  /** The cases as both take them: SML cut into files, Modbus without its envelope. */
  readonly cut: (cases: readonly MeterCase[]) => readonly MeterCase[];
  /** Number of values; null when it is not understood. */
  readonly ours: (one: MeterCase) => number | null;
  readonly theirs: (one: MeterCase) => number | null | Promise<number | null>;
};

const require = createRequire(import.meta.url);
const view = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, length);

/** Only a list response has a list. */
type OpenSmlMessage = {
  readonly messageBody: { readonly valList?: { readonly listEntries?: readonly unknown[] } };
};
type OpenSml = {
  readonly SmlFile: new () => {
    readonly valid: boolean | undefined;
    readonly messages: readonly OpenSmlMessage[];
    parse(buffer: Buffer): void;
  };
};

const listLength = ({ messageBody }: OpenSmlMessage): number =>
  messageBody.valList?.listEntries?.length ?? 0;

function openSml(): Pair {
  const { SmlFile } = require('open-sml') as OpenSml;
  return {
    name: 'open-sml',
    wanted: 3,
    cut: (cases) =>
      cases
        .filter(({ protocol }) => protocol === 'sml')
        .flatMap((one) =>
          createSmlFramer()
            .push(one.bytes)
            .flatMap((event) => (event.kind === 'file' ? [{ ...one, bytes: event.bytes }] : [])),
        ),
    ours: ({ bytes }) => {
      const [event] = createSmlFramer().push(bytes);
      const file = event?.kind === 'file' ? decodeSmlFile(event.payload) : null;
      return file && !file.fault ? file.entries.length : null;
    },
    theirs: ({ bytes }) => {
      const file = new SmlFile();
      file.parse(view(bytes));
      if (!file.valid) return null;
      return file.messages.reduce((sum, message) => sum + listLength(message), 0);
    },
  };
}

type ModbusPdu = {
  Request(buffer: Buffer): { readonly code: unknown };
  Response(buffer: Buffer): { readonly code: unknown };
};

function modbusPdu(): Pair {
  const { Request, Response } = require('modbus-pdu') as ModbusPdu;
  return {
    name: 'modbus-pdu',
    wanted: 3,
    cut: (cases) =>
      cases
        .filter(({ protocol, direction }) => protocol === 'modbus_rtu' && direction)
        .flatMap((one) => {
          const adu = decodeRtu(one.bytes);
          return adu.ok ? [{ ...one, bytes: adu.value.pdu }] : [];
        }),
    ours: ({ bytes, direction }) => (decodePdu(bytes, direction!).ok ? 1 : null),
    theirs: ({ bytes, direction }) => {
      const pdu = (direction === 'request' ? Request : Response)(view(bytes));
      // A function that it does not know keeps its number.
      return typeof pdu.code === 'string' ? 1 : null;
    },
  };
}

type WirelessParser = {
  readonly WirelessMbusParser: new () => {
    parse(
      buffer: Buffer,
      options: { key?: Buffer },
    ): Promise<{ readonly data: readonly unknown[] }>;
  };
};

async function wirelessMbusParser(): Promise<Pair> {
  const name = 'wireless-mbus-parser';
  const { WirelessMbusParser } = (await import(name)) as WirelessParser;
  const parser = new WirelessMbusParser();
  return {
    name,
    wanted: 3,
    cut: (cases) => cases.filter(({ file }) => file === 'wmbus'),
    ours: ({ bytes, key }) => {
      const { fault, records } = decodeTelegram(bytes, { keyFor: () => key });
      return fault ? null : records.length;
    },
    theirs: async ({ bytes, key }) => {
      const { data } = await parser.parse(view(bytes), key ? { key: view(key) } : {});
      return data.length;
    },
  };
}

/** Those that are installed, and the names of those that are not. */
export async function otherDecoders(): Promise<{ pairs: readonly Pair[]; absent: string[] }> {
  const pairs: Pair[] = [openSml(), modbusPdu()];
  const absent: string[] = [];
  try {
    pairs.unshift(await wirelessMbusParser());
  } catch {
    absent.push('wireless-mbus-parser');
  }
  return { pairs, absent };
}

/** The cases of `pair` that both understand to the same extent. */
export async function sharedCases(
  pair: Pair,
  cases: readonly MeterCase[],
): Promise<readonly MeterCase[]> {
  const shared: MeterCase[] = [];
  for (const one of pair.cut(cases)) {
    const ours = pair.ours(one);
    const theirs = await understood(pair, one);
    if (ours !== null && ours === theirs) shared.push(one);
  }
  return shared;
}

async function understood(pair: Pair, one: MeterCase): Promise<number | null> {
  try {
    return await pair.theirs(one);
  } catch {
    return null;
  }
}
