/**
 * M-Bus telegrams in the words of the decoder contract. Knows the contract's field names; decodes
 * nothing itself. Called by `decode-protocols.ts`.
 */
import { toHex } from '#lib/base/bytes.ts';
import { toNumber } from '#lib/base/decimal.ts';
import type { Fault } from '#lib/base/result.ts';
import { NO_FORMATS, type FormatCache } from '#lib/meters/mbus/application.ts';
import { decodeMbus, type MbusDevice, type MbusTelegram } from '#lib/meters/mbus/decode.ts';
import type { MbusFrame } from '#lib/meters/mbus/frame.ts';
import { decodeRecords, type RecordList } from '#lib/meters/mbus/records.ts';
import { decodeSelect } from '#lib/meters/mbus/select.ts';
import { mediumWord } from '#lib/meters/mbus/medium.table.ts';
import { statusOf } from '#lib/meters/status.ts';
import type { DataRecord, RecordValue } from '#lib/meters/telegram.ts';
import { decodeTelegram, type WmbusTelegram } from '#lib/meters/wmbus/decode.ts';
import type { DecodeInput, DecodeOutput } from './decode-protocols.ts';

/**
 * The contract's dates have a year. A day of every year carries the year number that stands for
 * "every" on the wire, 127 counted from 2000.
 */
function plainValue(v: RecordValue): number | string | null {
  if (v.kind === 'number') return toNumber(v.value);
  return v.kind === 'date' ? v.value.replace(/^--/, '2127-') : v.value;
}

/**
 * A plain-text VIF is its code and its characters as transmitted; the length byte between them is
 * left out, because the oracle of the vectors leaves it out.
 */
const plainVif = (vif: string | null): string | null =>
  vif && /^(?:7C|FC)/.test(vif) ? vif.slice(0, 2) + vif.slice(4) : vif;

export const recordJson = (r: DataRecord): Record<string, unknown> => ({
  dif: r.dif,
  vif: plainVif(r.vif),
  raw: r.raw,
  function: r.function,
  storage: r.storage,
  tariff: r.tariff,
  subunit: r.subunit,
  quantity: r.quantity,
  unit: r.unit,
  value: plainValue(r.value),
  ...(r.qualifiers.length > 0 && { qualifiers: r.qualifiers }),
});

const errorJson = (fault: Fault | null, payload: Uint8Array | null): object => {
  if (!fault) return {};
  const value = fault.code === 'application_error' ? (payload?.[0] ?? null) : undefined;
  return { error: { ...fault, ...(value !== undefined && { value }) } };
};

const deviceJson = (device: MbusDevice | null): object =>
  device
    ? {
        device: {
          ...device,
          ...(device.type !== undefined && { medium: mediumWord(device.type) }),
        },
      }
    : {};

const listJson = (list: Omit<RecordList, 'fault'>): object => ({
  records: list.records.map(recordJson),
  ...(list.manufacturerData && { manufacturer_data: toHex(list.manufacturerData) }),
  ...(list.moreRecordsFollow && { more_records_follow: true }),
});

function frameJson(frame: MbusFrame | null): object {
  if (!frame) return {};
  if (frame.type === 'ack') return { frame: { type: 'ack' } };
  const { type, control, address } = frame;
  return { frame: { type, control, address, ...('ci' in frame && { ci: frame.ci }) } };
}

export function decodeRecordStream({ bytes }: DecodeInput): DecodeOutput {
  const list = decodeRecords(bytes);
  return { status: statusOf(list.fault), ...errorJson(list.fault, null), ...listJson(list) };
}

export function decodeWired({ bytes, key }: DecodeInput): DecodeOutput {
  const t: MbusTelegram = decodeMbus(bytes, { keyFor: () => key });
  const select = t.frame && 'body' in t.frame ? decodeSelect(t.frame.body) : null;
  if (select) return { status: 'decoded', ...frameJson(t.frame), select };
  return {
    status: statusOf(t.fault),
    ...errorJson(t.fault, t.payload),
    ...frameJson(t.frame),
    ...deviceJson(t.device),
    ...listJson(t),
  };
}

function ellJson({ ell }: WmbusTelegram): object {
  if (!ell) return {};
  const { ci, communicationControl: cc, access: acc, session: sn } = ell;
  return { ell: { ci, cc, acc, ...(sn !== null && { sn }) } };
}

/** Records that were transmitted as such, and beside them what a driver read. */
function drivenJson(t: WmbusTelegram): object {
  if (!t.driver) return listJson(t);
  const [records, values] = [true, false].map((sent) =>
    t.records.filter(({ dif }) => (dif !== null) === sent),
  );
  const driver = { driver: t.driver, values: values!.map(recordJson) };
  return { ...listJson({ ...t, records: records! }), ...driver };
}

function wirelessJson(t: WmbusTelegram): DecodeOutput {
  return {
    status: t.status,
    ...errorJson(t.fault, t.payload),
    ...deviceJson(t.device),
    ...(t.link && { link: { ...t.link.address, control: t.link.control } }),
    ...ellJson(t),
    frame: { format: t.link?.format ?? 'stripped', stripped: toHex(t.frame) },
    ...drivenJson(t),
  };
}

export function decodeWireless(input: DecodeInput): DecodeOutput {
  let formats: FormatCache = NO_FORMATS;
  const decode = (bytes: Uint8Array): WmbusTelegram => {
    const telegram = decodeTelegram(bytes, { keyFor: () => input.key, formats });
    formats = telegram.formats;
    return telegram;
  };
  for (const frame of input.contextFrames) decode(frame);
  if (!input.frames) return wirelessJson(decode(input.bytes));
  const frames = input.frames.map((frame) => wirelessJson(decode(frame)));
  return { status: frames.at(-1)?.status ?? 'error', frames };
}
