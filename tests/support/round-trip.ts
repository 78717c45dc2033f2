/**
 * Decoding and encoding again, for every file of the external vectors. A row names what part of a
 * case both directions know; a part that the standard lets a sender write in several ways counts
 * only as far as the decoder keeps the way (`forms`), or in the one form that the encoder writes.
 */
import { fromLatin1, toLatin1, ByteReader, ByteWriter } from '#lib/base/bytes.ts';
import { decodeApdu, encodeApdu } from '#lib/meters/dlms/apdu.ts';
import { decodeData, encodeData } from '#lib/meters/dlms/axdr.ts';
import { readAddress, writeAddress } from '#lib/meters/dlms/hdlc/address.ts';
import { encodeHdlc } from '#lib/meters/dlms/hdlc/frame.ts';
import { splitHdlc } from '#lib/meters/dlms/hdlc/stream.ts';
import { encodeMbusMessage, isMbusStart, readMbusMessages } from '#lib/meters/dlms/mbus-segment.ts';
import { readPush } from '#lib/meters/dlms/push.ts';
import { encodeWrapped, readWrapped } from '#lib/meters/dlms/wrapper.ts';
import { createDongleFramer, frameMessage } from '#lib/meters/dongles/dongle.ts';
import type { DongleName } from '#lib/meters/dongles/dongles.table.ts';
import { openEnvelope, readEnvelope, sealTelegram } from '#lib/meters/dsmr/encrypted.ts';
import { encodeP1, parseTelegram } from '#lib/meters/dsmr/telegram.ts';
import { formatDataSet } from '#lib/meters/iec62056-21/data-set.ts';
import { encodeCommand, encodeMessage, parseMessage } from '#lib/meters/iec62056-21/message.ts';
import { decodeMbus } from '#lib/meters/mbus/decode.ts';
import { encodeLong, encodeShort, readFrame } from '#lib/meters/mbus/frame.ts';
import { decodeRecords, encodeRecords } from '#lib/meters/mbus/records.ts';
import { decodeSelect, encodeSelect } from '#lib/meters/mbus/select.ts';
import { decodeAscii, decodeRtu, decodeTcp, encodeAdu } from '#lib/meters/modbus/frames.ts';
import { decodePdu, encodePdu, type Direction } from '#lib/meters/modbus/pdu.ts';
import { createSmlFramer, encodeTransport } from '#lib/meters/sml/transport.ts';
import { readSmlValue, writeSmlValue } from '#lib/meters/sml/value.ts';
import type { DataRecord } from '#lib/meters/telegram.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';
import { buildLink, stripLink } from '#lib/meters/wmbus/link.ts';
import type { MeterCase } from './meter-cases.ts';

/** Bytes as they came and as they were encoded from what was decoded. */
export type Trip = { readonly part: string; readonly sent: Uint8Array; readonly again: Uint8Array };
type Trips = readonly Trip[];

function apdu(bytes: Uint8Array): Trips {
  const read = decodeApdu(bytes);
  if (!read.ok) return [];
  return [{ part: 'APDU', sent: bytes, again: encodeApdu(read.value.apdu, read.value.forms) }];
}

function data(bytes: Uint8Array): Trips {
  const read = decodeData(bytes);
  if (!read.ok) return [];
  return [{ part: 'A-XDR', sent: bytes, again: encodeData(read.value.data, read.value.forms) }];
}

function hdlc({ bytes, octetStuffing, protocol }: MeterCase): Trips {
  if (protocol === 'hdlc_address') {
    const read = readAddress(bytes);
    if (!read.ok) return [];
    return [
      { part: 'address', sent: bytes, again: writeAddress(read.value.address, bytes.length) },
    ];
  }
  return splitHdlc(bytes, octetStuffing).flatMap(({ bytes: sent, read }) =>
    read.ok
      ? [{ part: 'frame', sent, again: encodeHdlc(read.value.frame, read.value.addressSizes) }]
      : [],
  );
}

/** Frames of the carrier, and the notifications that they carry, opened where there is a key. */
function push(one: MeterCase): Trips {
  if (one.protocol === 'dlms_push_body') return data(one.bytes);
  const { bytes, key, authKey, octetStuffing } = one;
  const { carrier, notifications } = readPush(bytes, { key, authKey }, { octetStuffing });
  const bodies = notifications.flatMap(({ body, inner }) =>
    body && inner && 'data' in inner && inner.data instanceof Uint8Array ? data(inner.data) : [],
  );
  if (carrier === 'hdlc') return [...hdlc(one), ...bodies];
  const { messages, fault } = readMbusMessages(bytes);
  if (carrier !== 'mbus' || fault || messages.length !== 1) return bodies;
  const again = encodeMbusMessage(messages[0]!, firstSize(bytes));
  return [...bodies, { part: 'M-Bus segments', sent: bytes.subarray(0, framesEnd(bytes)), again }];
}

/** APDU bytes in the first segment: its length less C, A, CI and the two TSAP bytes. */
const firstSize = (bytes: Uint8Array): number => bytes[1]! - 5;

/** Behind the last of the long frames that follow one another. */
function framesEnd(bytes: Uint8Array): number {
  let at = 0;
  while (isMbusStart(bytes, at)) at += bytes[at + 1]! + 6;
  return at;
}

function wrapped(bytes: Uint8Array): Trips {
  const read = readWrapped(bytes);
  return read.ok ? [{ part: 'wrapper', sent: bytes, again: encodeWrapped(read.value) }] : [];
}

function sml({ bytes }: MeterCase): Trips {
  const framer = createSmlFramer();
  return [...framer.push(bytes), ...framer.flush()].flatMap((event) => {
    if (event.kind !== 'file') return [];
    const again = encodeTransport(event.payload, event.crc);
    return [{ part: 'file', sent: event.bytes, again }, ...smlValues(event.payload)];
  });
}

function smlValues(payload: Uint8Array): Trips {
  const reader = new ByteReader(payload);
  const writer = new ByteWriter();
  while (reader.left > 0) {
    const value = readSmlValue(reader);
    if (!value.ok) return [];
    writeSmlValue(writer, value.value);
  }
  return [{ part: 'values', sent: payload, again: writer.done() }];
}

/** A right check sum claims the form of DSMR 4 and later; before there was none to claim it. */
function p1(bytes: Uint8Array): Trips {
  const read = parseTelegram(bytes);
  if (!read.ok || !read.value.crc?.valid || read.value.unreadable.length) return [];
  // To the check sum: some captures lack the line end behind it.
  const sent = bytes.subarray(0, bytes.indexOf(0x21) + 5);
  const again = encodeP1({ ...read.value, withCrc: true }).subarray(0, -2);
  return [{ part: 'telegram', sent, again }];
}

function sealedP1({ bytes, key, authKey }: MeterCase): Trips {
  const envelope = readEnvelope(bytes);
  const opened = envelope.ok && key ? openEnvelope(envelope.value, { key, authKey }) : null;
  if (!envelope.ok || !key || !opened?.ok) return [];
  const { authKey: source, telegram } = opened.value;
  const inner = p1(telegram);
  if (source === 'none') return inner;
  const again = sealTelegram(telegram, envelope.value, { key, authKey });
  return [...inner, { part: 'envelope', sent: bytes.subarray(0, envelope.value.length), again }];
}

function iec({ bytes, protocol }: MeterCase): Trips {
  const read = protocol === 'iec62056_21' ? parseMessage(bytes) : null;
  if (!read?.ok || read.value.bccValid === false) return [];
  const { message } = read.value;
  if (message.kind === 'data') return iecData(bytes);
  if (message.kind !== 'command') {
    return [{ part: message.kind, sent: bytes, again: encodeMessage(message) }];
  }
  const content = message.data && formatDataSet(message.data);
  const again = encodeCommand(message.command, message.type, content);
  return read.value.bccValid === null ? [] : [{ part: 'command', sent: bytes, again }];
}

/** Each data set; lines and blocks around them may be set in several ways. */
function iecData(bytes: Uint8Array): Trips {
  const text = toLatin1(bytes);
  const read = parseMessage(bytes);
  if (!read.ok || read.value.message.kind !== 'data') return [];
  const sets = read.value.message.dataSets.map(formatDataSet);
  const printable = [...text].filter((char) => char >= ' ' || /[\r\n]/.test(char)).join('');
  const sent = printable.match(/[^()\r\n!/]*\([^()]*\)/g) ?? [];
  const latin = (list: readonly string[]): Uint8Array => fromLatin1(list.join('\n'));
  return [{ part: 'data sets', sent: latin(sent), again: latin(sets) }];
}

/** Idle fillers carry nothing and are not kept. */
const withoutFillers = (payload: Uint8Array, end: number): boolean =>
  decodeRecords(payload).records.reduce((sum, r) => sum + sizeOf(r), end) === payload.length;

const sizeOf = (r: DataRecord): number =>
  ((r.dif?.length ?? 0) + (r.vif?.length ?? 0) + r.raw.length) / 2 + (r.lvar === undefined ? 0 : 1);

function records(payload: Uint8Array): Trips {
  const list = decodeRecords(payload);
  const block = list.manufacturerData ? list.manufacturerData.length + 1 : 0;
  if (list.fault || !withoutFillers(payload, block)) return [];
  return [{ part: 'records', sent: payload, again: encodeRecords(list) }];
}

function wired({ bytes, key, protocol }: MeterCase): Trips {
  if (protocol === 'mbus_records') return records(bytes);
  const read = readFrame(bytes);
  if (!read.ok) return [];
  const frame = read.value;
  const sent = bytes.subarray(0, frame.size);
  if (frame.type === 'ack') return [];
  if (frame.type === 'short') {
    return [{ part: 'frame', sent, again: encodeShort(frame.control, frame.address) }];
  }
  const select = decodeSelect(frame.body);
  const body = select ? encodeSelect(select) : frame.body;
  const again = encodeLong(frame.control, frame.address, body);
  const { payload, fault, tpl } = decodeMbus(bytes, { keyFor: () => key });
  const inner = payload && !fault && tpl?.content === 'records' ? records(payload) : [];
  return [{ part: 'frame', sent, again }, ...inner];
}

function wireless({ bytes, key }: MeterCase): Trips {
  const { format, frame, fault } = stripLink(bytes);
  if (fault) return [];
  const built = buildLink(frame.subarray(1), format);
  // In format B the L field on the air counts the check sums, and stays as it was.
  const sent = format === 'stripped' ? frame : bytes.subarray(0, built.length);
  const link = frame.length === frame[0]! + 1 || format !== 'stripped';
  const t = decodeTelegram(bytes, { keyFor: () => key });
  const isPlain = t.payload && !t.fault && !t.driver && t.tpl?.content === 'records';
  return [
    ...(link ? [{ part: 'link', sent, again: built }] : []),
    ...(isPlain ? records(t.payload!) : []),
  ];
}

const ENVELOPES = { rtu: decodeRtu, tcp: decodeTcp, ascii: decodeAscii } as const;

function pdu(bytes: Uint8Array, side: Direction | null): Trips {
  for (const direction of side ? [side] : (['response', 'request'] as const)) {
    const read = decodePdu(bytes, direction);
    const again = read.ok ? encodePdu(read.value) : null;
    if (again?.ok) return [{ part: 'PDU', sent: bytes, again: again.value }];
  }
  return [];
}

function modbus({ bytes, protocol, direction }: MeterCase): Trips {
  const name = protocol.replace('modbus_', '');
  if (name === 'pdu') return pdu(bytes, direction);
  const transmission = name as keyof typeof ENVELOPES;
  const adu = ENVELOPES[transmission](bytes);
  if (!adu.ok) return [];
  const frame = { part: 'frame', sent: bytes, again: encodeAdu(adu.value, transmission) };
  return [frame, ...pdu(adu.value.pdu, direction)];
}

const DONGLES: readonly DongleName[] = ['im871a', 'iu891a', 'amb8465', 'cul', 'embit'];

/** Messages that are no telegram: those carry a time that is not kept. */
function dongle({ bytes, dongle: told, protocol }: MeterCase): Trips {
  const name = DONGLES.find((one) => (told ?? protocol).includes(one));
  if (!name) return [];
  const framer = createDongleFramer(name);
  return [...framer.push(bytes), ...framer.flush()].flatMap((event) =>
    event.kind === 'reply'
      ? [{ part: 'message', sent: event.message, again: frameMessage(name, event.key) }]
      : [],
  );
}

const TRIPS: Readonly<Record<string, (one: MeterCase) => Trips>> = {
  dlms_apdu: ({ bytes, protocol }) => (protocol === 'dlms_wrapper' ? wrapped(bytes) : apdu(bytes)),
  dlms_security: ({ bytes }) => apdu(bytes),
  dlms_data: ({ bytes }) => data(bytes),
  dlms_push: push,
  hdlc,
  sml,
  dsmr: (one) => (one.protocol === 'dsmr' ? p1(one.bytes) : sealedP1(one)),
  iec62056_21: iec,
  mbus: wired,
  mbus_records: wired,
  wmbus: wireless,
  wmbus_frame: wireless,
  modbus,
  dongle,
};

/** What of `one` can be encoded again; empty when it is not valid or claims no form. */
export const tripsOf = (one: MeterCase): Trips => TRIPS[one.file]?.(one) ?? [];
