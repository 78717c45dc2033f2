/** Telegrams of our own making, one of each kind: what fuzz tests damage. */
import { must } from '#lib/base/assert.ts';
import { concatBytes, fromHex, fromLatin1 } from '#lib/base/bytes.ts';
import { decimal } from '#lib/base/decimal.ts';
import { sealTelegram } from '#lib/meters/dsmr/encrypted.ts';
import { encodeP1 } from '#lib/meters/dsmr/telegram.ts';
import { encodeData } from '#lib/meters/iec62056-21/message.ts';
import { encodeLong, encodeShort } from '#lib/meters/mbus/frame.ts';
import { writeTpl } from '#lib/meters/mbus/tpl.ts';
import { encodeAdu } from '#lib/meters/modbus/frames.ts';
import { encodePdu, type ModbusPdu } from '#lib/meters/modbus/pdu.ts';
import { encodeSmlFile } from '#lib/meters/sml/file.ts';
import { encodeTransport } from '#lib/meters/sml/transport.ts';
import { encodeFragments, encodeTelegram, type TelegramInput } from '#lib/meters/wmbus/encode.ts';

export const hexBytes = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  return must(bytes.ok ? bytes.value : null, 'hex in a test');
};

/** Opens every sealed sample. */
export const KEY = hexBytes('000102030405060708090A0B0C0D0E0F');
const METER = { manufacturer: 'KLT', id: '12345678', version: 3, type: 7 };
/** BCD, date, flags, DIFE and VIFE chains, plain text, LVAR of each form, a maker's block. */
export const RECORDS = hexBytes(
  '0C1427048502046D32371F1502FD1700008C8410933C78563412027C03324F430001' +
    '0D7805414243444501FD6FC1' +
    '0DFD0FE3010203' +
    '0D13C20123' +
    '44FB8275010203048E8DFE000F0A0B0C',
);
const base: TelegramInput = {
  format: 'A',
  sender: METER,
  ci: 0x7a,
  access: 42,
  payload: RECORDS,
  key: KEY,
  counter: 7,
};
const ELL = { communicationControl: 0x20, session: 0x21234567, encrypted: true, target: METER };

export const RADIO: readonly Uint8Array[] = [
  encodeTelegram({ ...base, mode: 0 }),
  encodeTelegram({ ...base, mode: 5, format: 'B' }),
  encodeTelegram({ ...base, mode: 7, ci: 0x72, meter: METER }),
  ...([8, 9, 10] as const).map((mode) => encodeTelegram({ ...base, mode })),
  encodeTelegram({ ...base, format: 'stripped', ci: 0x78, ell: ELL }),
  ...encodeFragments({ ...base, mode: 7 }, 3),
];
const head = { address: METER, access: 1, status: 0, config: 0 };
export const WIRED: readonly Uint8Array[] = [
  encodeLong(8, 1, concatBytes(writeTpl({ ...head, ci: 0x72 }), RECORDS)),
  encodeLong(8, 1, hexBytes('76' + '12345678' + '2D94' + '03072A000000' + '0C1402850427')),
  encodeLong(8, 1, hexBytes('73' + '78563412' + '0A00E97E' + '01000000' + '35010000')),
  encodeLong(8, 1, hexBytes('7008')),
  encodeShort(0x5b, 1),
];

export const P1 = encodeP1({
  manufacturer: 'KLT',
  identification: '5\\2KILTER',
  withCrc: true,
  objects: [
    { obis: '1-0:1.8.1', groups: ['004821.500*kWh'] },
    { obis: '1-0:99.97.0', groups: ['1', '0-0:96.7.19', '260101120000W', '0000000240*s'] },
    { obis: '0-1:24.2.1', groups: ['261025020000S', '00012.345*m3'] },
  ],
});
export const SEALED_P1 = sealTelegram(
  P1,
  { systemTitle: fromLatin1('KLTtitle'), invocationCounter: 77 },
  { key: KEY, authKey: null },
);
export const SML = encodeTransport(
  encodeSmlFile({
    serverId: fromLatin1('\x0a\x01KLT\x00\x00\x01'),
    time: { kind: 'index', seconds: 5 },
    fileId: 1,
    entries: [
      {
        obis: '1-0:1.8.0*255',
        status: null,
        time: null,
        unitCode: 30,
        unit: 'Wh',
        scaler: -1,
        content: { kind: 'number', value: decimal(123_456n, -1), raw: 123_456n, size: 8 },
      },
    ],
  }),
);
const PROFILE = 'P.01(0260301001500)(00)(15)(1)(1.5.0)(kW)\r\n(0.4)\r\n(0.5)\r\n';
export const IEC = concatBytes(
  fromLatin1('/KLT5\\2KILTER\r\n'),
  encodeData(`1.8.0(004821.500*kWh)\r\n${PROFILE}!\r\n`),
);

const PDUS: readonly ModbusPdu[] = [
  { functionCode: 3, direction: 'response', fields: { registers: [1, 2, 3] } },
  { functionCode: 1, direction: 'response', fields: { bits: Array<boolean>(8).fill(true) } },
  { functionCode: 16, direction: 'request', fields: { address: 7, count: 2, registers: [8, 9] } },
  { functionCode: 3, direction: 'response', fields: { exceptionCode: 2 } },
];
export const MODBUS = PDUS.flatMap((pdu) => {
  const bytes = encodePdu(pdu);
  const adu = { unit: 17, transaction: 5, pdu: bytes.ok ? bytes.value : new Uint8Array(0) };
  return (['rtu', 'tcp', 'ascii'] as const).map((transmission) => ({
    ...pdu,
    transmission,
    bytes: encodeAdu(adu, transmission),
  }));
});
