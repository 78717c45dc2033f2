/**
 * Every byte of a Modbus frame with its meaning. Knows the envelopes' fields; the fields of the PDU
 * come from the same layouts that the codec walks. Called by the command line and the console.
 */
import { ByteReader, toHex } from '#lib/base/bytes.ts';
import { createExplainer, type ExplainedByte, type Explainer } from '../explained.ts';
import { decodeAscii, lrc, MBAP_LENGTH, rtuFits, tcpLength } from './frames.ts';
import type { Transmission } from './frames.ts';
import { readPart } from './pdu-parts.ts';
import { partsOf, type Direction, type PduDraft, type PduFields } from './pdu.ts';
import { EXCEPTION_TABLE, FUNCTION_TABLE } from './pdu.table.ts';

function itemText(item: unknown): string {
  if (item instanceof Uint8Array) return toHex(item);
  if (typeof item === 'boolean') return item ? '1' : '0';
  if (typeof item !== 'object' || item === null) return String(item);
  return Object.entries(item)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${itemText(value)}`)
    .join(' ');
}

const fieldText = (fields: PduFields): string =>
  Object.entries(fields)
    .map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(itemText).join(' ') : itemText(value),
    ])
    .map((pair) => pair.join(' '))
    .join(', ');

const isExceptionOf = (fields: PduFields): string => {
  const row = EXCEPTION_TABLE.find(({ code }) => code === fields.exceptionCode);
  return row ? ` (${row.word})` : '';
};

type SentPdu = {
  readonly pdu: Uint8Array;
  readonly direction: Direction;
  /** Bytes on the wire for each byte of the PDU. */
  readonly per: 1 | 2;
};

/** The PDU, whose bytes begin at the explainer's cursor. */
function explainPdu(ex: Explainer, { pdu, direction, per }: SentPdu): void {
  const code = pdu[0];
  if (code === undefined) return;
  const name = FUNCTION_TABLE.find((row) => row.code === (code & 0x7f))?.name ?? 'unknown';
  ex.take(['pdu', 'function'], per, code & 0x80 ? `exception to ${name}` : name);
  const reader = new ByteReader(pdu);
  reader.byte();
  const fields: PduDraft = {};
  let done = reader.at;
  for (const part of partsOf(code, direction) ?? []) {
    const before = new Set(Object.keys(fields));
    if (readPart(reader, part, fields)) break;
    const read = Object.fromEntries(Object.entries(fields).filter(([key]) => !before.has(key)));
    const label = 'name' in part ? part.name : part.part;
    ex.take(['pdu', label], per * (reader.at - done), fieldText(read) + isExceptionOf(read));
    done = reader.at;
  }
  ex.take(['pdu', 'unknown'], per * (pdu.length - done));
}

function explainRtu(ex: Explainer, bytes: Uint8Array, direction: Direction): void {
  ex.take(['frame', 'unit'], 1, String(bytes[0] ?? ''));
  explainPdu(ex, { pdu: bytes.subarray(1, -2), direction, per: 1 });
  ex.take(['frame', 'crc'], 2, rtuFits(bytes, bytes.length) ? 'right' : 'wrong');
}

function explainTcp(ex: Explainer, bytes: Uint8Array, direction: Direction): void {
  const word = (at: number): string => String(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  ex.take(['frame', 'transaction'], 2, word(0));
  ex.take(['frame', 'protocol'], 2, word(2) === '0' ? 'Modbus' : 'unknown');
  ex.take(['frame', 'length'], 2, word(4));
  ex.take(['frame', 'unit'], 1, String(bytes[6] ?? ''));
  const pdu = bytes.subarray(MBAP_LENGTH, tcpLength(bytes) || bytes.length);
  explainPdu(ex, { pdu, direction, per: 1 });
}

function explainAscii(ex: Explainer, bytes: Uint8Array, direction: Direction): void {
  const adu = decodeAscii(bytes);
  if (!adu.ok) return;
  const { unit, pdu } = adu.value;
  ex.take(['frame', 'start'], 1);
  ex.take(['frame', 'unit'], 2, String(unit));
  explainPdu(ex, { pdu, direction, per: 2 });
  const sum = lrc(Uint8Array.of(unit, ...pdu));
  ex.take(['frame', 'lrc'], 2, `right, ${toHex(Uint8Array.of(sum))}h`);
  ex.take(['frame', 'line_end'], 2);
}

const ENVELOPES = { rtu: explainRtu, tcp: explainTcp, ascii: explainAscii } as const;

export function explainModbus(
  bytes: Uint8Array,
  transmission: Transmission,
  direction: Direction,
): readonly ExplainedByte[] {
  const ex = createExplainer(bytes);
  ENVELOPES[transmission](ex, bytes, direction);
  return ex.done();
}
