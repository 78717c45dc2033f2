import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, fromHex, fromLatin1, toHex } from '#lib/base/bytes.ts';
import { encodeP1, parseTelegram } from '#lib/meters/dsmr/telegram.ts';
import { formatDataSet } from '#lib/meters/iec62056-21/data-set.ts';
import { encodeCommand, encodeMessage, parseMessage } from '#lib/meters/iec62056-21/message.ts';
import { decodeAscii, decodeRtu, decodeTcp, encodeAdu } from '#lib/meters/modbus/frames.ts';
import { decodePdu, encodePdu, type Direction } from '#lib/meters/modbus/pdu.ts';
import { createSmlFramer, encodeTransport } from '#lib/meters/sml/transport.ts';
import { readSmlValue, writeSmlValue } from '#lib/meters/sml/value.ts';
import { decodeLine } from './decode-protocols.ts';

/** External test vectors lie beside the repository; they are not ours to ship. */
const DIRECTORY = join(import.meta.dirname, '../../../shared/vectors');
const SCORER = join(DIRECTORY, 'score.mjs');

type Input = {
  readonly protocol: string;
  readonly hex?: string;
  readonly ascii?: string;
  readonly direction?: Direction;
};
type Case = { readonly id: string; readonly skip?: string; readonly input: Input };
type Scorer = {
  loadCases(directory: string, only: readonly string[]): readonly Case[];
  grade(one: Case, output: unknown): string | null;
};

const FLOORS = [
  ['sml', 1],
  ['dsmr', 1],
  ['modbus', 1],
  // One case has a wrong block check; docs/protocols/iec62056-21.md shows it.
  ['iec62056_21', 0.96],
] as const;

const loadScorer = async () => (await import(pathToFileURL(SCORER).href)) as Scorer;
const isThere = existsSync(SCORER);

test.skipIf(!isThere).each(FLOORS)('external vectors: %s reach %d', async (file, floor) => {
  const scorer = await loadScorer();
  const live = scorer.loadCases(DIRECTORY, [file]).filter((one) => !one.skip);
  expect(live.length).toBeGreaterThan(0);
  const failed = live.flatMap((one) => {
    const why = scorer.grade(one, decodeLine(JSON.stringify(one.input)));
    return why === null ? [] : [`${one.id}: ${why}`];
  });
  expect(1 - failed.length / live.length, failed.join('\n')).toBeGreaterThanOrEqual(floor);
});

function bytesOf({ hex, ascii }: Input): Uint8Array {
  if (ascii !== undefined) return fromLatin1(ascii);
  const bytes = fromHex(hex ?? '');
  return bytes.ok ? bytes.value : new Uint8Array(0);
}

/** Written again from what was read; null for what claims no canonical form. */
type Again = (bytes: Uint8Array, input: Input) => readonly (readonly [string, string])[];

const modbus: Again = (bytes, { protocol, direction = 'response' }) => {
  const transmission = protocol.replace('modbus_', '');
  if (transmission === 'pdu') {
    const pdu = decodePdu(bytes, direction);
    const out = pdu.ok ? encodePdu(pdu.value) : null;
    return pdu.ok ? [[toHex(bytes), out?.ok ? toHex(out.value) : 'refused']] : [];
  }
  const decode = { rtu: decodeRtu, tcp: decodeTcp, ascii: decodeAscii }[transmission];
  const adu = decode?.(bytes);
  if (!adu?.ok) return [];
  const out = encodeAdu(adu.value, transmission as 'rtu' | 'tcp' | 'ascii');
  return [[toHex(bytes.subarray(0, out.length)), toHex(out)]];
};

/** Transport files, and each message's values with their lengths. */
const sml: Again = (bytes) => {
  const framer = createSmlFramer();
  return [...framer.push(bytes), ...framer.flush()].flatMap((event) => {
    if (event.kind !== 'file') return [];
    const out: [string, string][] = [
      [toHex(event.bytes), toHex(encodeTransport(event.payload, event.crc))],
    ];
    const reader = new ByteReader(event.payload);
    while (reader.left > 0) {
      const from = reader.at;
      const value = readSmlValue(reader);
      if (!value.ok) break;
      const writer = new ByteWriter();
      writeSmlValue(writer, value.value);
      out.push([toHex(event.payload.subarray(from, reader.at)), toHex(writer.done())]);
    }
    return out;
  });
};

/** A telegram with a fitting check sum is whole; without one nothing is claimed. */
const dsmr: Again = (bytes) => {
  const telegram = parseTelegram(bytes);
  if (!telegram.ok || !telegram.value.crc?.valid || telegram.value.unreadable.length) return [];
  const out = encodeP1({ ...telegram.value, withCrc: true });
  // Some captures end with the check sum, without its line end.
  const end = Math.min(bytes.length, out.length);
  return [[toHex(bytes.subarray(0, end)), toHex(out.subarray(0, Math.max(end, out.length - 2)))]];
};

const iec: Again = (bytes) => {
  const parsed = parseMessage(bytes);
  if (!parsed.ok || parsed.value.message.kind === 'data') return [];
  const { message } = parsed.value;
  if (message.kind !== 'command') return [[toHex(bytes), toHex(encodeMessage(message))]];
  const content = message.data && formatDataSet(message.data);
  return [[toHex(bytes), toHex(encodeCommand(message.command, message.type, content))]];
};

describe.skipIf(!isThere)('round trip: what was read is written the same', () => {
  test.each([
    ['modbus', modbus, 170],
    ['sml', sml, 80],
    ['dsmr', dsmr, 10],
    ['iec62056_21', iec, 5],
  ] as const)('%s', async (file, again, least) => {
    const scorer = await loadScorer();
    let count = 0;
    const differ: string[] = [];
    for (const { id, input } of scorer.loadCases(DIRECTORY, [file])) {
      for (const [was, is] of again(bytesOf(input), input)) {
        count++;
        if (was !== is) differ.push(`${id}:\n${was}\n${is}`);
      }
    }
    expect(differ).toEqual([]);
    expect(count).toBeGreaterThanOrEqual(least);
  });
});
