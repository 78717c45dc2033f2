/**
 * `npm run decode -- <hex> [--key <hex>]`: one telegram explained to a person, byte by byte.
 * Knows how to lay a table out in a terminal; the codecs know the telegrams. Called by `decode.ts`.
 */
import { fromHex, fromLatin1, toHex } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { parseMessage } from '#lib/meters/iec62056-21/message.ts';
import { decodeMbus } from '#lib/meters/mbus/decode.ts';
import { mediumWord } from '#lib/meters/mbus/medium.table.ts';
import { normaliseDataSets, normaliseRecords, type RegisterValue } from '#lib/meters/normalise.ts';
import type { DataRecord } from '#lib/meters/telegram.ts';
import { decodeTelegram, type WmbusTelegram } from '#lib/meters/wmbus/decode.ts';
import { explainTelegram, valueText } from '#lib/meters/wmbus/explain.ts';
import { explainDlms } from './decode-explain-dlms.ts';

type Print = (text: string) => void;
type Request = { readonly bytes: Uint8Array; readonly key: Uint8Array | null };

const USAGE = `npm run decode -- <hex or /text> [--key <32 hex digits>]
Without arguments: JSON Lines in, JSON Lines out.`;
const MAX_HEX = 26;

const cell = (text: string, width: number): string => text.padEnd(width).slice(0, width);
const short = (hex: string): string =>
  hex.length > MAX_HEX ? `${hex.slice(0, MAX_HEX - 1)}…` : hex;

function printRegisters(values: readonly RegisterValue[], print: Print): void {
  if (!values.length) return;
  print('\nRegisters');
  for (const { obis, value, unit, storage, at } of values) {
    const when = [storage ? `due date ${storage}` : 'now', at ?? ''].join(' ').trim();
    print(`  ${cell(obis, 14)} ${formatDecimal(value).padStart(16)} ${cell(unit, 5)} ${when}`);
  }
}

function printRecords(records: readonly DataRecord[], print: Print): void {
  if (records.length) print('\nRecords');
  for (const r of records) {
    const place = `s${r.storage} t${r.tariff} u${r.subunit}`;
    const value = `${valueText(r.value)} ${r.unit}`.trim();
    const notes = [r.function === 'instantaneous' ? '' : r.function, ...r.qualifiers].join(' ');
    const head = `${cell(`${r.dif ?? ''} ${r.vif ?? ''}`, 18)} ${cell(place, 10)}`;
    print(`  ${head} ${cell(r.quantity, 24)} ${value}  ${notes.trim()}`.trimEnd());
  }
}

function explainWireless(t: WmbusTelegram, print: Print): void {
  print(`wM-Bus telegram, link format ${t.link?.format ?? '?'}: ${t.status}`);
  if (t.fault) print(`  ${t.fault.code}: ${t.fault.detail}`);
  const d = t.device;
  if (d) print(`  meter ${d.manufacturer} ${d.id}, version ${d.version}, ${mediumWord(d.type)}`);
  print('\nBytes');
  let layer = '';
  for (const field of explainTelegram(t)) {
    const name = field.layer === layer ? '' : field.layer;
    layer = field.layer;
    const at = String(field.offset).padStart(4);
    print(
      `  ${cell(name, 12)}${at}  ${cell(short(field.hex), MAX_HEX)}  ${field.name}  ${field.text}`,
    );
  }
  printRecords(t.records, print);
  if (d) printRegisters(normaliseRecords(t.records, d.type).values, print);
}

function explainWired({ bytes, key }: Request, print: Print): number {
  const t = decodeMbus(bytes, { keyFor: () => key });
  print(`M-Bus frame: ${t.fault ? `${t.fault.code}: ${t.fault.detail}` : (t.frame?.type ?? '')}`);
  const d = t.device;
  if (d) {
    const medium = d.type === undefined ? '' : mediumWord(d.type);
    print(`  meter ${d.manufacturer ?? ''} ${d.id} ${medium}`.trimEnd());
  }
  printRecords(t.records, print);
  if (t.manufacturerData) print(`\nManufacturer data ${toHex(t.manufacturerData)}`);
  if (d?.type !== undefined) printRegisters(normaliseRecords(t.records, d.type).values, print);
  return t.fault ? 1 : 0;
}

function explainText(bytes: Uint8Array, print: Print): number {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) {
    print(`IEC 62056-21: ${parsed.error.code}: ${parsed.error.detail}`);
    return 1;
  }
  const { message, bccValid } = parsed.value;
  print(`IEC 62056-21 ${message.kind}, block check ${bccValid ?? 'absent'}`);
  if (message.kind !== 'data') {
    print(`  ${JSON.stringify(message)}`);
    return 0;
  }
  for (const { address, value, unit } of message.dataSets) {
    print(`  ${cell(address, 16)} ${value} ${unit ?? ''}`.trimEnd());
  }
  printRegisters(normaliseDataSets(message.dataSets).values, print);
  return 0;
}

const isWired = (b: Uint8Array): boolean =>
  (b[0] === 0x68 && b[3] === 0x68 && b[1] === b[2]) || (b[0] === 0x10 && b.length === 5);
/** Control characters or `/` at the start, and nothing outside seven bits. */
const isText = (b: Uint8Array): boolean =>
  [0x01, 0x02, 0x06, 0x2f].includes(b[0] ?? 0) && b.every((byte) => byte < 0x80);

function readArguments(args: readonly string[]): Request | string {
  const keyAt = args.indexOf('--key');
  const key = keyAt < 0 ? null : fromHex(args[keyAt + 1] ?? '');
  if (key && (!key.ok || key.value.length !== 16)) return 'A key has 32 hex digits.';
  const words = args.filter((_, i) => keyAt < 0 || (i !== keyAt && i !== keyAt + 1));
  const text = words.join(' ');
  if (!text || text.startsWith('--')) return USAGE;
  const bytes = text.startsWith('/') ? null : fromHex(text);
  if (bytes && !bytes.ok) return `${bytes.error.detail}\n${USAGE}`;
  // A shell passes `\r\n` as four characters.
  const ascii = text.replaceAll('\\r', '\r').replaceAll('\\n', '\n');
  return { bytes: bytes ? bytes.value : fromLatin1(ascii), key: key?.ok ? key.value : null };
}

/** Prints the explanation; returns the exit code: 0 understood, 1 not, 2 wrong arguments. */
export function explainArguments(args: readonly string[], print: Print): number {
  const request = readArguments(args);
  if (typeof request === 'string') {
    print(request);
    return 2;
  }
  const dlms = explainDlms(request, print);
  if (dlms) {
    printRegisters(dlms.registers, print);
    return dlms.isUnderstood ? 0 : 1;
  }
  if (isWired(request.bytes)) return explainWired(request, print);
  if (isText(request.bytes)) return explainText(request.bytes, print);
  const t = decodeTelegram(request.bytes, { keyFor: () => request.key });
  explainWireless(t, print);
  return t.status === 'decoded' ? 0 : 1;
}
