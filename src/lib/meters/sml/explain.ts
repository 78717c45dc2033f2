/**
 * Every byte of an SML transport file with its meaning. Knows the frame and the names of elements;
 * lengths and values come from the codec. Bytes are shown unescaped: a doubled escape sequence is
 * one. Called by the command line and the meter console.
 */
import { ByteReader, concatBytes, toHex, toLatin1 } from '#lib/base/bytes.ts';
import { createExplainer, type ExplainedByte, type Explainer } from '../explained.ts';
import { formatObis } from './list.ts';
import { MESSAGE_TABLE, type MessageRow } from './message.table.ts';
import type { TransportEvent } from './transport.ts';
import { UNIT_TABLE } from './unit.table.ts';
import { LIST, readHead, readSmlValue, type SmlValue } from './value.ts';

const HEAD = 8;
const PARTS = [
  'transactionId',
  'groupNo',
  'abortOnError',
  'messageBody',
  'crc',
  'endOfMessage',
] as const;
const ENTRY = ['objName', 'status', 'valTime', 'unit', 'scaler', 'value', 'signature'] as const;
const PERIOD = ['objName', 'unit', 'scaler', 'value', 'signature'] as const;
const LIST_TYPE = 0x70;
/** Deeper than any message of the standard; `readSmlValue` has a limit of its own. */
const MAX_DEPTH = 12;

const rowOf = (tag: number): MessageRow | undefined => MESSAGE_TABLE.find((row) => row.tag === tag);

/** Names of the elements of the list called `name`. */
function childNames(name: string, row: MessageRow | undefined): readonly string[] {
  switch (name) {
    case 'message':
      return PARTS;
    case 'messageBody':
      return ['choice', 'body'];
    case 'body':
      return row?.elements ?? [];
    case 'entry':
      return ENTRY;
    case 'period':
      return PERIOD;
    case 'valTime':
    case 'sensorTime':
    case 'actTime':
    case 'gatewayTime':
      return ['choice', 'time'];
    default:
      return [];
  }
}

/** What elements of a list without own names are called. */
const elementOf = (name: string): string =>
  name === 'valList' ? 'entry' : name === 'periodList' ? 'period' : `${name}_element`;

function leafText(name: string, value: SmlValue): string {
  switch (value.kind) {
    case 'omitted':
      return 'left out';
    case 'int':
    case 'uint': {
      if (name === 'unit') {
        return UNIT_TABLE.find(({ code }) => BigInt(code) === value.value)?.unit ?? '';
      }
      return String(value.value);
    }
    case 'bool':
      return String(value.value);
    case 'octets': {
      if (name === 'objName') return formatObis(value.bytes) ?? '';
      const text = toLatin1(value.bytes);
      return /^[\x20-\x7e]+$/.test(text) ? text : toHex(value.bytes);
    }
    default:
      return '';
  }
}

type Walk = { readonly ex: Explainer; readonly reader: ByteReader; row: MessageRow | undefined };

/** One value with all that is in it; false where the bytes are no value. */
function walk(w: Walk, name: string, depth: number): boolean {
  const { ex, reader } = w;
  const from = reader.at;
  const isList = ((reader.peek() ?? 0) & LIST_TYPE) === LIST << 4;
  if (!isList || depth >= MAX_DEPTH) {
    const value = readSmlValue(reader);
    if (!value.ok) return false;
    let text = leafText(name, value.value);
    if (name === 'choice' && depth === 2 && value.value.kind === 'uint') {
      w.row = rowOf(Number(value.value.value));
      text = w.row?.name ?? text;
    }
    ex.take(['message', name], reader.at - from, text);
    return true;
  }
  const head = readHead(reader);
  if (!head.ok) return false;
  const { length, own } = head.value;
  ex.take(['message', name], own, `list of ${length}`);
  const names = childNames(name, w.row);
  for (let i = 0; i < length; i++) {
    if (!walk(w, names[i] ?? elementOf(name), depth + 1)) return false;
  }
  return true;
}

type File = TransportEvent & { readonly kind: 'file' };

/** Start, messages, padding and end of one file. */
export function explainSml({ payload, bytes, crc }: File): readonly ExplainedByte[] {
  const tail = bytes.slice(-HEAD);
  const padding = new Uint8Array(tail[5] ?? 0);
  const ex = createExplainer(concatBytes(bytes.subarray(0, HEAD), payload, padding, tail));
  ex.take(['transport', 'escape'], 4);
  ex.take(['transport', 'version'], 4, '1');
  const reader = new ByteReader(payload);
  const w: Walk = { ex, reader, row: undefined };
  while (reader.left > 0) {
    w.row = undefined;
    if (reader.peek() === 0) {
      reader.byte();
      ex.take(['transport', 'fill'], 1);
    } else if (!walk(w, 'message', 0)) break;
  }
  ex.take(['transport', 'unknown'], HEAD + payload.length - ex.at);
  ex.take(['transport', 'padding'], padding.length);
  ex.take(['transport', 'escape'], 4);
  ex.take(['transport', 'end'], 1);
  ex.take(['transport', 'padding_count'], 1, String(padding.length));
  ex.take(['transport', 'crc'], 2, `right, ${crc}`);
  return ex.done();
}
