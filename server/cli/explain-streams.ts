/**
 * Telegrams of SML, P1, Modbus and IEC 62056-21 explained to a person, byte by byte. Knows how to
 * tell these protocols apart and how to lay a table out; the codecs know the telegrams. Called by
 * `decode-explain.ts`.
 */
import { formatDecimal } from '#lib/base/decimal.ts';
import { openEnvelope, readEnvelope } from '#lib/meters/dsmr/encrypted.ts';
import { explainEnvelope, explainP1 } from '#lib/meters/dsmr/explain.ts';
import { parseTelegram } from '#lib/meters/dsmr/telegram.ts';
import type { ExplainedByte } from '#lib/meters/explained.ts';
import { explainIec } from '#lib/meters/iec62056-21/explain.ts';
import { parseMessage } from '#lib/meters/iec62056-21/message.ts';
import { parseProfiles } from '#lib/meters/iec62056-21/profile.ts';
import { explainModbus } from '#lib/meters/modbus/explain.ts';
import { decodeAscii, decodeRtu, decodeTcp, type Transmission } from '#lib/meters/modbus/frames.ts';
import { decodePdu } from '#lib/meters/modbus/pdu.ts';
import { normaliseP1, normaliseProfile, normaliseSml } from '#lib/meters/normalise-obis.ts';
import { normaliseDataSets, type RegisterValue } from '#lib/meters/normalise.ts';
import { explainSml } from '#lib/meters/sml/explain.ts';
import { decodeSmlFile } from '#lib/meters/sml/file.ts';
import { createSmlFramer } from '#lib/meters/sml/transport.ts';

export type Print = (text: string) => void;
export type ExplainRequest = { readonly bytes: Uint8Array; readonly key: Uint8Array | null };

const MAX_HEX = 26;
const cell = (text: string, width: number): string => text.padEnd(width).slice(0, width);
const short = (hex: string): string =>
  hex.length > MAX_HEX ? `${hex.slice(0, MAX_HEX - 1)}…` : hex;

export function printBytes(fields: readonly ExplainedByte[], print: Print): void {
  print('\nBytes');
  let layer = '';
  for (const field of fields) {
    const name = field.layer === layer ? '' : field.layer;
    layer = field.layer;
    const at = String(field.offset).padStart(5);
    const hex = cell(short(field.hex), MAX_HEX);
    print(`  ${cell(name, 14)}${at}  ${hex}  ${cell(field.name, 20)} ${field.text}`.trimEnd());
  }
}

export function printRegisters(values: readonly RegisterValue[], print: Print): void {
  if (!values.length) return;
  print('\nRegisters');
  for (const { obis, value, unit, storage, at } of values) {
    const when = [storage ? `due date ${storage}` : 'now', at ?? ''].join(' ').trim();
    print(`  ${cell(obis, 14)} ${formatDecimal(value).padStart(16)} ${cell(unit, 5)} ${when}`);
  }
}

function explainFiles({ bytes }: ExplainRequest, print: Print): number {
  const framer = createSmlFramer();
  let code = 1;
  for (const event of [...framer.push(bytes), ...framer.flush()]) {
    if (event.kind === 'discarded') print(`${event.bytes.length} bytes outside of files`);
    else if (event.kind === 'broken') print(`SML file: ${event.code}`);
    else {
      const file = decodeSmlFile(event.payload);
      print(`SML file: ${file.fault ? `${file.fault.code}: ${file.fault.detail}` : 'whole'}`);
      printBytes(explainSml(event), print);
      printRegisters(normaliseSml(file.entries, file.time).values, print);
      if (!file.fault) code = 0;
    }
  }
  return code;
}

function explainPlainP1(bytes: Uint8Array, print: Print): number {
  const telegram = parseTelegram(bytes);
  if (!telegram.ok) {
    print(`P1 telegram: ${telegram.error.code}: ${telegram.error.detail}`);
    printBytes(explainP1(bytes), print);
    return 1;
  }
  const { crc, isWhole, objects } = telegram.value;
  const sum = crc ? (crc.valid ? 'right' : 'WRONG: do not trust its values') : 'absent';
  print(`P1 telegram${isWhole ? '' : ', cut off'}, check sum ${sum}`);
  printBytes(explainP1(bytes), print);
  printRegisters(normaliseP1(objects).values, print);
  return isWhole && crc?.valid !== false ? 0 : 1;
}

const SLASH = 0x2f;

/** Null where the key opens no P1 telegram: the envelope may carry something else. */
function explainSealedP1({ bytes, key }: ExplainRequest, print: Print): number | null {
  const envelope = readEnvelope(bytes);
  if (!envelope.ok) return null;
  if (!key) {
    print('Encrypted telegram, of a P1 port or another push: needs --key');
    printBytes(explainEnvelope(bytes), print);
    return 1;
  }
  const opened = openEnvelope(envelope.value, { key, authKey: null });
  if (!opened.ok || opened.value.telegram[0] !== SLASH) return null;
  print('Encrypted P1 telegram: opened');
  printBytes(explainEnvelope(bytes), print);
  print('\nInside');
  return explainPlainP1(opened.value.telegram, print);
}

function explainOptical({ bytes }: ExplainRequest, print: Print): number {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) print(`IEC 62056-21: ${parsed.error.code}: ${parsed.error.detail}`);
  else {
    const { message, bccValid } = parsed.value;
    const check = bccValid === null ? 'absent' : bccValid ? 'right' : 'WRONG';
    print(`IEC 62056-21 ${message.kind}, block check ${check}`);
  }
  printBytes(explainIec(bytes), print);
  if (!parsed.ok) return 1;
  const { message, bccValid } = parsed.value;
  if (message.kind === 'data') {
    printRegisters(normaliseDataSets(message.dataSets).values, print);
    const profiles = parseProfiles(message.dataSets);
    for (const block of profiles.ok ? profiles.value : []) {
      printRegisters(normaliseProfile(block).values, print);
    }
  }
  return bccValid === false ? 1 : 0;
}

const ENVELOPES = [
  ['rtu', decodeRtu],
  ['tcp', decodeTcp],
  ['ascii', decodeAscii],
] as const;

/** The envelope whose check sum or header fits, and whose PDU can be read; null for none. */
function modbusOf(bytes: Uint8Array): Transmission | null {
  for (const [transmission, decode] of ENVELOPES) {
    const adu = decode(bytes);
    if (!adu.ok || (transmission === 'tcp' && bytes.length !== adu.value.pdu.length + 7)) continue;
    const { pdu } = adu.value;
    if (decodePdu(pdu, 'response').ok || decodePdu(pdu, 'request').ok) return transmission;
  }
  return null;
}

function explainFieldbus(bytes: Uint8Array, transmission: Transmission, print: Print): number {
  const decode = ENVELOPES.find(([name]) => name === transmission)![1];
  const adu = decode(bytes);
  const isRequest = adu.ok && decodePdu(adu.value.pdu, 'request').ok;
  const isResponse = adu.ok && decodePdu(adu.value.pdu, 'response').ok;
  const both = isRequest && isResponse;
  const direction = isRequest ? 'request' : 'response';
  print(`Modbus ${transmission}, ${direction}${both ? ' (or a response of the same form)' : ''}`);
  printBytes(explainModbus(bytes, transmission, direction), print);
  return 0;
}

/** Objects of P1 have their medium in front; a plain readout rarely has a `!` with a check sum. */
const isP1 = (bytes: Uint8Array): boolean => {
  const text = String.fromCharCode(...bytes.subarray(0, 4096));
  const isPush = /^\/[^?][^\r\n]*\r?\n\r?\n/.test(text) && !text.includes('\x02');
  return isPush && /\d-\d:\d+\.\d+\.\d+\(/.test(text);
};

const startsWith = (bytes: Uint8Array, ...start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);

/** Control characters or `/` at the start, and nothing outside seven bits. */
const isText = (b: Uint8Array): boolean =>
  [0x01, 0x02, 0x06, 0x15, 0x2f].includes(b[0] ?? 0) && b.every((byte) => byte < 0x80);

/** Exit code as `explainArguments`; null when the bytes are none of these protocols. */
export function explainStream(request: ExplainRequest, print: Print): number | null {
  const { bytes } = request;
  if (startsWith(bytes, 0x1b, 0x1b, 0x1b, 0x1b)) return explainFiles(request, print);
  if (startsWith(bytes, 0xdb, 8)) return explainSealedP1(request, print);
  const transmission = modbusOf(bytes);
  if (transmission) return explainFieldbus(bytes, transmission, print);
  if (isP1(bytes)) return explainPlainP1(bytes, print);
  return isText(bytes) ? explainOptical(request, print) : null;
}
