/**
 * `npm run decode -- <hex> [--key <hex>]`: one telegram explained to a person, byte by byte.
 * Knows how to lay a table out in a terminal; the codecs know the telegrams. Called by `decode.ts`.
 */
import { fromHex, fromLatin1, toHex } from '#lib/base/bytes.ts';
import { decodeMbus } from '#lib/meters/mbus/decode.ts';
import { mediumWord } from '#lib/meters/mbus/medium.table.ts';
import { normaliseRecords } from '#lib/meters/normalise.ts';
import type { DataRecord } from '#lib/meters/telegram.ts';
import { decodeTelegram, type WmbusTelegram } from '#lib/meters/wmbus/decode.ts';
import { explainTelegram, valueText } from '#lib/meters/wmbus/explain.ts';
import { explainDlms } from './decode-explain-dlms.ts';
import { explainStream, printRegisters } from './explain-streams.ts';
import type { ExplainRequest, Print } from './explain-streams.ts';

const USAGE = `npm run decode -- <hex or /text> [--key <32 hex digits>]
Without arguments: JSON Lines in, JSON Lines out.`;
const MAX_HEX = 26;

const cell = (text: string, width: number): string => text.padEnd(width).slice(0, width);
const short = (hex: string): string =>
  hex.length > MAX_HEX ? `${hex.slice(0, MAX_HEX - 1)}…` : hex;

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

function explainWired({ bytes, key }: ExplainRequest, print: Print): number {
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

const isWired = (b: Uint8Array): boolean =>
  (b[0] === 0x68 && b[3] === 0x68 && b[1] === b[2]) || (b[0] === 0x10 && b.length === 5);
function readArguments(args: readonly string[]): ExplainRequest | string {
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
  if (isWired(request.bytes)) return explainWired(request, print);
  const stream = explainStream(request, print);
  if (stream !== null) return stream;
  // Behind the streams: an encrypted P1 telegram begins as a ciphered APDU does.
  const dlms = explainDlms(request, print);
  if (dlms) {
    printRegisters(dlms.registers, print);
    return dlms.isUnderstood ? 0 : 1;
  }
  const t = decodeTelegram(request.bytes, { keyFor: () => request.key });
  explainWireless(t, print);
  return t.status === 'decoded' ? 0 : 1;
}
