/**
 * Every decoder, framer, explanation and normalisation of src/lib/meters as functions of unknown
 * bytes. None of them may throw, whatever comes; what must hold of every answer is asserted. Fuzz
 * tests run them on their samples, `npm run bench -- fuzz` on a million.
 */
import { assert } from '#lib/base/assert.ts';
import { concatBytes, equalBytes, toHex } from '#lib/base/bytes.ts';
import { decodeApdu, encodeApdu } from '#lib/meters/dlms/apdu.ts';
import { decodeData, encodeData } from '#lib/meters/dlms/axdr.ts';
import { readBuffer } from '#lib/meters/dlms/cosem/profile.ts';
import { CLOCK } from '#lib/meters/dlms/cosem/selection.ts';
import { readAddress } from '#lib/meters/dlms/hdlc/address.ts';
import { readHdlc } from '#lib/meters/dlms/hdlc/frame.ts';
import { splitHdlc } from '#lib/meters/dlms/hdlc/stream.ts';
import { readMbusMessages } from '#lib/meters/dlms/mbus-segment.ts';
import { namePositional } from '#lib/meters/dlms/positional.ts';
import { openUserInformation, readPush } from '#lib/meters/dlms/push.ts';
import { valuesOf } from '#lib/meters/dlms/values.ts';
import { readWrapped } from '#lib/meters/dlms/wrapper.ts';
import { createDongleFramer } from '#lib/meters/dongles/dongle.ts';
import { DONGLE_TABLE } from '#lib/meters/dongles/dongles.table.ts';
import { openEnvelope, readEnvelope } from '#lib/meters/dsmr/encrypted.ts';
import { explainEnvelope, explainP1 } from '#lib/meters/dsmr/explain.ts';
import { createP1Framer } from '#lib/meters/dsmr/framer.ts';
import { parseTelegram } from '#lib/meters/dsmr/telegram.ts';
import type { ExplainedByte } from '#lib/meters/explained.ts';
import { explainIec } from '#lib/meters/iec62056-21/explain.ts';
import { parseMessage } from '#lib/meters/iec62056-21/message.ts';
import { parseProfiles } from '#lib/meters/iec62056-21/profile.ts';
import { createPushFramer } from '#lib/meters/iec62056-21/push-framer.ts';
import { decodeMbus } from '#lib/meters/mbus/decode.ts';
import { decodeRecords } from '#lib/meters/mbus/records.ts';
import { decodeSelect } from '#lib/meters/mbus/select.ts';
import { explainModbus } from '#lib/meters/modbus/explain.ts';
import { createModbusFramer } from '#lib/meters/modbus/framer.ts';
import { decodeAscii, decodeRtu, decodeTcp } from '#lib/meters/modbus/frames.ts';
import { decodePdu } from '#lib/meters/modbus/pdu.ts';
import { parseReference, readQuantities } from '#lib/meters/modbus/register-map.ts';
import { REGISTER_MAPS } from '#lib/meters/modbus/register-maps.table.ts';
import { normaliseDlms, normalisePositional } from '#lib/meters/normalise-dlms.ts';
import * as obis from '#lib/meters/normalise-obis.ts';
import { normaliseDataSets, normaliseRecords } from '#lib/meters/normalise.ts';
import { readChannels } from '#lib/meters/pulse/channels.ts';
import { explainSml } from '#lib/meters/sml/explain.ts';
import { decodeSmlFile } from '#lib/meters/sml/file.ts';
import { createSmlFramer } from '#lib/meters/sml/transport.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';
import { explainTelegram } from '#lib/meters/wmbus/explain.ts';
import { collectFragment, NO_FRAGMENTS } from '#lib/meters/wmbus/fragments.ts';
import { peekAddress } from '#lib/meters/wmbus/peek.ts';
import { KEY } from './meter-samples.ts';

export type FuzzTarget = { readonly name: string; readonly run: (bytes: Uint8Array) => void };

const KEYS = { key: KEY, authKey: KEY };
const NO_KEYS = { key: null, authKey: null };

/** The fields are all bytes, each once and in order. */
export function coversAll(fields: readonly ExplainedByte[], bytes: Uint8Array): void {
  let at = 0;
  for (const field of fields) {
    assert(field.offset === at, `${field.name} starts at ${field.offset}, not at ${at}`);
    at += field.length;
  }
  assert(fields.map(({ hex }) => hex).join('') === toHex(bytes), 'a byte is explained wrongly');
}

/** No answer is larger than its question. */
const within = (count: number, bytes: Uint8Array): void =>
  assert(count <= bytes.length, `${count} results from ${bytes.length} bytes`);

/** The explanation shows characters, which are the bytes where no parity was taken off. */
const shown = (fields: readonly ExplainedByte[], bytes: Uint8Array): Uint8Array =>
  fields.map(({ hex }) => hex).join('') === toHex(bytes) ? bytes : bytes.map((b) => b & 0x7f);

function radio(bytes: Uint8Array): void {
  for (const options of [{ keyFor: () => KEY }, {}]) {
    const telegram = decodeTelegram(bytes, options);
    within(telegram.records.length, bytes);
    within(normaliseRecords(telegram.records, 7).values.length, bytes);
    const explained = explainTelegram(telegram).reduce((sum, { length }) => sum + length, 0);
    assert(explained === telegram.frame.length, 'the explanation leaves bytes out');
  }
  peekAddress(bytes);
  const taken = collectFragment(NO_FRAGMENTS, bytes, 0);
  if (taken.ok) decodeTelegram(taken.value.frame ?? bytes);
}

function wired(bytes: Uint8Array): void {
  for (const options of [{ keyFor: () => KEY }, {}]) {
    const { records, frame } = decodeMbus(bytes, options);
    within(records.length, bytes);
    normaliseRecords(records, 4);
    if (frame && 'body' in frame) decodeSelect(frame.body);
  }
  const { records } = decodeRecords(bytes);
  within(records.length, bytes);
  readChannels(records);
}

function dongles(bytes: Uint8Array): void {
  for (const { name } of DONGLE_TABLE) {
    const framer = createDongleFramer(name);
    const cut = bytes.length >> 1;
    const events = [...framer.push(bytes.subarray(0, cut)), ...framer.push(bytes.subarray(cut))];
    events.push(...framer.flush());
    within(events.length, bytes);
    for (const event of events) if (event.kind === 'telegram') decodeTelegram(event.bytes);
  }
}

function iec(bytes: Uint8Array): void {
  const parsed = parseMessage(bytes);
  if (parsed.ok && parsed.value.message.kind === 'data') {
    const { dataSets } = parsed.value.message;
    within(normaliseDataSets(dataSets).values.length, bytes);
    const blocks = parseProfiles(dataSets);
    if (blocks.ok) for (const block of blocks.value) obis.normaliseProfile(block);
  }
  const framer = createPushFramer();
  for (const { bytes: part } of [...framer.push(bytes), ...framer.flush()]) parseMessage(part);
  coversAll(explainIec(bytes), shown(explainIec(bytes), bytes));
}

function p1(bytes: Uint8Array): void {
  const telegram = parseTelegram(bytes);
  if (telegram.ok) within(obis.normaliseP1(telegram.value.objects).values.length, bytes);
  const envelope = readEnvelope(bytes);
  if (envelope.ok) openEnvelope(envelope.value, { key: KEY, authKey: null });
  const framer = createP1Framer();
  const events = [...framer.push(bytes), ...framer.flush()];
  assert(events.reduce((n, e) => n + e.bytes.length, 0) === bytes.length, 'the framer loses bytes');
  explainP1(bytes);
  coversAll(explainEnvelope(bytes), bytes);
}

/** A file as its explanation shows it: a doubled escape sequence is one. */
function unescaped(payload: Uint8Array, file: Uint8Array): Uint8Array {
  const end = file.subarray(-8);
  return concatBytes(file.subarray(0, 8), payload, new Uint8Array(end[5] ?? 0), end);
}

function sml(bytes: Uint8Array): void {
  const framer = createSmlFramer();
  for (const event of [...framer.push(bytes), ...framer.flush()]) {
    if (event.kind !== 'file') continue;
    const { entries, time } = decodeSmlFile(event.payload);
    within(obis.normaliseSml(entries, time).values.length, bytes);
    coversAll(explainSml(event), unescaped(event.payload, event.bytes));
  }
  within(decodeSmlFile(bytes).entries.length, bytes);
}

/** The registers as each entry of each map would read them. */
function quantities(registers: readonly number[]): void {
  for (const map of REGISTER_MAPS) {
    for (const entry of map.entries) {
      const place = parseReference(entry.reference);
      assert(place.ok, 'the tables hold valid references');
      const request = { ...place.value, count: registers.length };
      const read = readQuantities({ ...map, entries: [entry] }, [{ request, registers }]);
      if (read.ok) obis.normaliseModbus(read.value);
    }
  }
}

function modbus(bytes: Uint8Array): void {
  for (const decode of [decodeRtu, decodeTcp, decodeAscii]) {
    const adu = decode(bytes);
    if (adu.ok) decodePdu(adu.value.pdu, 'request');
  }
  for (const direction of ['request', 'response'] as const) {
    const pdu = decodePdu(bytes, direction);
    if (pdu.ok) quantities(pdu.value.fields.registers ?? []);
    for (const transmission of ['rtu', 'tcp', 'ascii'] as const) {
      const framer = createModbusFramer(transmission, direction);
      const events = [...framer.push(bytes), ...framer.flush()];
      const length = events.reduce((n, e) => n + e.bytes.length, 0);
      assert(length === bytes.length, 'the framer loses bytes');
      coversAll(explainModbus(bytes, transmission, direction), bytes);
    }
  }
}

function dlmsData(bytes: Uint8Array): void {
  const read = decodeData(bytes);
  if (!read.ok) return;
  const { data, forms } = read.value;
  assert(equalBytes(encodeData(data, forms), bytes), 'a value encodes to other bytes');
  normaliseDlms(valuesOf(data));
  const named = namePositional(data);
  if (named) normalisePositional(named.values);
  readBuffer(data, { columns: [CLOCK, CLOCK], periodS: 900 });
}

function dlmsApdu(bytes: Uint8Array): void {
  const read = decodeApdu(bytes);
  if (!read.ok) return;
  const { apdu, forms } = read.value;
  assert(equalBytes(encodeApdu(apdu, forms), bytes), 'an APDU encodes to other bytes');
  if ('parts' in apdu) openUserInformation(apdu, KEYS);
}

function dlmsPush(bytes: Uint8Array): void {
  for (const keys of [KEYS, NO_KEYS]) {
    for (const octetStuffing of [false, true]) {
      for (const { body } of readPush(bytes, keys, { octetStuffing }).notifications) {
        if (body) normaliseDlms(valuesOf(body));
      }
    }
  }
  readMbusMessages(bytes);
  readWrapped(bytes);
}

function hdlc(bytes: Uint8Array): void {
  readHdlc(bytes);
  readAddress(bytes);
  within(splitHdlc(bytes).length, bytes);
  within(splitHdlc(bytes, true).length, bytes);
}

export const MBUS_TARGETS: readonly FuzzTarget[] = [
  { name: 'wireless M-Bus', run: radio },
  { name: 'wired M-Bus', run: wired },
];
export const STREAM_TARGETS: readonly FuzzTarget[] = [
  { name: 'IEC 62056-21', run: iec },
  { name: 'P1', run: p1 },
  { name: 'SML', run: sml },
  { name: 'Modbus', run: modbus },
];
export const DLMS_TARGETS: readonly FuzzTarget[] = [
  { name: 'DLMS data', run: dlmsData },
  { name: 'DLMS APDU', run: dlmsApdu },
  { name: 'DLMS push', run: dlmsPush },
  { name: 'HDLC', run: hdlc },
];
export const ALL_TARGETS: readonly FuzzTarget[] = [
  ...MBUS_TARGETS,
  { name: 'dongles', run: dongles },
  ...STREAM_TARGETS,
  ...DLMS_TARGETS,
];

/** `bytes` through every decoder of `targets`. */
export function feed(targets: readonly FuzzTarget[], bytes: Uint8Array): void {
  for (const { run } of targets) run(bytes);
}
