/**
 * One wired M-Bus frame to a telegram: link frame, transport header, payload security, records
 * (EN 13757-2, -3 and -7). Knows neither port nor poll; called by the head-end, the reader's app
 * and the command line. `encode` twins live in `frame.ts`, `tpl.ts`, `security.ts`, `records.ts`.
 */
import type { Fault } from '#lib/base/result.ts';
import { nameManufacturerVifs } from '../drivers/manufacturer-vif.ts';
import type { DataRecord, DeviceAddress } from '../telegram.ts';
import { decodeApplication, NO_FORMATS } from './application.ts';
import { decodeFixed } from './fixed.ts';
import { readFrame, type MbusFrame } from './frame.ts';
import { dataRange, decodeRecords } from './records.ts';
import { openPayload } from './security.ts';
import { readTpl, type Tpl } from './tpl.ts';

/** Address of a meter whose structure carries only its number (fixed data). */
export type MbusDevice = Partial<DeviceAddress> & Pick<DeviceAddress, 'id'>;

export type MbusTelegram = {
  readonly frame: MbusFrame | null;
  readonly device: MbusDevice | null;
  readonly tpl: Tpl | null;
  /** Application bytes in clear; record offsets count from its start. */
  readonly payload: Uint8Array | null;
  readonly records: readonly DataRecord[];
  readonly manufacturerData: Uint8Array | null;
  readonly moreRecordsFollow: boolean;
  readonly fault: Fault | null;
};

export type MbusOptions = {
  readonly keyFor?: (address: DeviceAddress) => Uint8Array | null;
  /** Day on which the meter sent, `YYYY-MM-DD`; only security mode 3 needs it. */
  readonly day?: string;
};

const EMPTY = {
  frame: null,
  device: null,
  tpl: null,
  payload: null,
  records: [],
  manufacturerData: null,
  moreRecordsFollow: false,
  fault: null,
} as const satisfies MbusTelegram;

const [FIXED, FIXED_REVERSED] = [0x73, 0x77];
const [VARIABLE, VARIABLE_REVERSED] = [0x72, 0x76];
const NO_ADDRESS = new Uint8Array(8);

function fixedTelegram(frame: MbusFrame, body: Uint8Array): MbusTelegram {
  const fixed = decodeFixed(body.subarray(1), body[0] === FIXED_REVERSED);
  if (!fixed.ok) return { ...EMPTY, frame, fault: fixed.error };
  const { id, records } = fixed.value;
  return { ...EMPTY, frame, device: { id }, records, payload: body.subarray(1) };
}

const HEADER = 13;

/**
 * CI 76h (EN 1434-3:1997, mode 2): the variable structure with the most significant byte first.
 * Turned into mode 1 it reads as any other; the records get their bytes as sent back.
 */
function reversedTelegram(frame: MbusFrame, body: Uint8Array, options: MbusOptions): MbusTelegram {
  if (body.length < HEADER) {
    const detail = 'The header is cut off.';
    return { ...EMPTY, frame, fault: { code: 'truncated', detail } };
  }
  const turned = body.slice();
  turned[0] = VARIABLE;
  // Number, manufacturer and configuration word are the fields of more than one byte.
  for (const [from, to] of [
    [1, 5],
    [5, 7],
    [11, 13],
  ] as const) {
    turned.subarray(from, to).reverse();
  }
  if (turned[12]! & 0x1f) {
    const detail = 'No security mode is defined for the most significant byte first.';
    return { ...EMPTY, frame, fault: { code: 'unsupported_mode', detail } };
  }
  const payload = turned.subarray(HEADER);
  // Lengths do not depend on the order, so a first reading finds where the data stand.
  const asSent = decodeRecords(payload).records;
  for (const record of asSent) payload.subarray(...dataRange(record)).reverse();
  const t = decodeBody(frame, turned, options);
  const records = t.records.map((record, i) => ({ ...record, raw: asSent[i]?.raw ?? record.raw }));
  return { ...t, records };
}

function decodeBody(frame: MbusFrame, body: Uint8Array, options: MbusOptions): MbusTelegram {
  const ci = body[0]!;
  if (ci === FIXED || ci === FIXED_REVERSED) return fixedTelegram(frame, body);
  if (ci === VARIABLE_REVERSED) return reversedTelegram(frame, body, options);
  const header = readTpl(body, 0);
  if (!header.ok) return { ...EMPTY, frame, fault: header.error };
  const tpl = header.value;
  const device = tpl.address;
  const opened = openPayload({
    tpl,
    body: body.subarray(tpl.end),
    key: device && options.keyFor ? options.keyFor(device) : null,
    address: tpl.addressBytes ?? NO_ADDRESS,
    counter: null,
    header: body.subarray(tpl.at, tpl.end),
    day: options.day,
  });
  if (!opened.ok) return { ...EMPTY, frame, device, tpl, fault: opened.error };
  const payload = opened.value;
  const { formats: _, ...list } = decodeApplication(tpl, payload, NO_FORMATS);
  const records = nameManufacturerVifs(list.records, device?.manufacturer);
  return { frame, device, tpl, payload, ...list, records };
}

/**
 * Decodes the frame at the start of `bytes`. Link faults (`bad_checksum`, `truncated` …) give no
 * records; faults inside the records keep those before.
 */
export function decodeMbus(bytes: Uint8Array, options: MbusOptions = {}): MbusTelegram {
  const read = readFrame(bytes);
  if (!read.ok) return { ...EMPTY, fault: read.error };
  const frame = read.value;
  if (frame.type === 'ack' || frame.type === 'short') return { ...EMPTY, frame };
  return decodeBody(frame, frame.body, options);
}
