/**
 * Every decoder of src/lib/meters as one row: which of the external cases it takes, and the whole
 * way from their bytes to values. Benchmarks of speed run these rows.
 */
import { decodeMbus } from '#lib/meters/mbus/decode.ts';
import { decodeRecords } from '#lib/meters/mbus/records.ts';
import { decodeApdu } from '#lib/meters/dlms/apdu.ts';
import { decodeData } from '#lib/meters/dlms/axdr.ts';
import { splitHdlc } from '#lib/meters/dlms/hdlc/stream.ts';
import { readPush } from '#lib/meters/dlms/push.ts';
import { valuesOf } from '#lib/meters/dlms/values.ts';
import { createDongleFramer } from '#lib/meters/dongles/dongle.ts';
import type { DongleName } from '#lib/meters/dongles/dongles.table.ts';
import { openEnvelope, readEnvelope } from '#lib/meters/dsmr/encrypted.ts';
import { parseTelegram } from '#lib/meters/dsmr/telegram.ts';
import { parseMessage } from '#lib/meters/iec62056-21/message.ts';
import { decodeAscii, decodeRtu, decodeTcp } from '#lib/meters/modbus/frames.ts';
import { decodePdu } from '#lib/meters/modbus/pdu.ts';
import { decodeSmlFile } from '#lib/meters/sml/file.ts';
import { createSmlFramer } from '#lib/meters/sml/transport.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';
import type { MeterCase } from './meter-cases.ts';

export type MeterCodec = {
  readonly name: string;
  readonly takes: (one: MeterCase) => boolean;
  readonly decode: (one: MeterCase) => unknown;
};

const keyOf = ({ key }: MeterCase) => ({ keyFor: () => key });

const ENVELOPES = { modbus_rtu: decodeRtu, modbus_tcp: decodeTcp, modbus_ascii: decodeAscii };

const modbus = (name: keyof typeof ENVELOPES): MeterCodec => ({
  name,
  takes: ({ protocol }) => protocol === name,
  decode: ({ bytes, direction }) => {
    const adu = ENVELOPES[name](bytes);
    return adu.ok && decodePdu(adu.value.pdu, direction ?? 'response');
  },
});

const DONGLES: readonly DongleName[] = ['im871a', 'iu891a', 'amb8465', 'cul', 'embit', 'rtlwmbus'];
const dongleOf = ({ dongle, protocol }: MeterCase): DongleName | null => {
  const word = (dongle ?? protocol).replace('amber_capture', 'amb8465');
  return DONGLES.find((name) => word.includes(name)) ?? null;
};

function unwrapDongle(one: MeterCase): unknown {
  const framer = createDongleFramer(dongleOf(one)!);
  return [...framer.push(one.bytes), ...framer.flush()];
}

function openP1({ bytes, key, authKey }: MeterCase): unknown {
  const envelope = readEnvelope(bytes);
  const opened = envelope.ok && key ? openEnvelope(envelope.value, { key, authKey }) : null;
  return opened?.ok && parseTelegram(opened.value.telegram);
}

function readSml({ bytes }: MeterCase): unknown {
  const framer = createSmlFramer();
  return [...framer.push(bytes), ...framer.flush()].map(
    (event) => event.kind === 'file' && decodeSmlFile(event.payload),
  );
}

const pushed = ({ bytes, key, authKey, octetStuffing }: MeterCase): unknown =>
  readPush(bytes, { key, authKey }, { octetStuffing }).notifications.map(
    ({ body }) => body && valuesOf(body),
  );

export const METER_CODECS: readonly MeterCodec[] = [
  {
    name: 'wmbus_sealed',
    takes: ({ file, key }) => file === 'wmbus' && key !== null,
    decode: (one) => decodeTelegram(one.bytes, keyOf(one)),
  },
  {
    name: 'wmbus_open',
    takes: ({ file, key }) => file === 'wmbus' && key === null,
    decode: (one) => decodeTelegram(one.bytes, keyOf(one)),
  },
  {
    name: 'mbus',
    takes: ({ protocol }) => protocol === 'mbus',
    decode: (one) => decodeMbus(one.bytes, keyOf(one)),
  },
  {
    name: 'mbus_records',
    takes: ({ protocol }) => protocol === 'mbus_records',
    decode: ({ bytes }) => decodeRecords(bytes),
  },
  {
    name: 'iec62056_21',
    takes: ({ protocol }) => protocol === 'iec62056_21',
    decode: ({ bytes }) => parseMessage(bytes),
  },
  {
    name: 'dlms_apdu',
    takes: ({ protocol }) => protocol === 'dlms_apdu',
    decode: ({ bytes }) => decodeApdu(bytes),
  },
  {
    name: 'dlms_data',
    takes: ({ protocol }) => protocol === 'dlms_data' || protocol === 'dlms_push_body',
    decode: ({ bytes }) => decodeData(bytes),
  },
  {
    name: 'dlms_push',
    takes: ({ protocol }) => /^(dlms_push(_llc)?|mbus_dlms_transport)$/.test(protocol),
    decode: pushed,
  },
  {
    name: 'hdlc',
    takes: ({ protocol }) => protocol === 'hdlc' || protocol === 'hdlc_stream',
    decode: ({ bytes, octetStuffing }) => splitHdlc(bytes, octetStuffing),
  },
  { name: 'sml', takes: ({ protocol }) => protocol === 'sml', decode: readSml },
  {
    name: 'dsmr',
    takes: ({ protocol }) => protocol === 'dsmr',
    decode: ({ bytes }) => parseTelegram(bytes),
  },
  {
    name: 'dsmr_sealed',
    takes: ({ protocol, key }) => protocol === 'dsmr_encrypted' && key !== null,
    decode: openP1,
  },
  {
    name: 'modbus_pdu',
    takes: ({ protocol }) => protocol === 'modbus_pdu',
    decode: ({ bytes, direction }) => decodePdu(bytes, direction ?? 'response'),
  },
  modbus('modbus_rtu'),
  modbus('modbus_tcp'),
  modbus('modbus_ascii'),
  {
    name: 'dongle',
    takes: (one) => one.file === 'dongle' && dongleOf(one) !== null,
    decode: unwrapDongle,
  },
];
