/**
 * What each protocol says, as lines of the console: the device's own number and unit, and the
 * canonical register where there is one. Knows the normalisers, no session. What has no register is
 * shown all the same, marked by an empty `canonical`.
 */
import { formatDecimal, type Decimal } from '#lib/base/decimal.ts';
import type { P1Object } from '#lib/meters/dsmr/object.ts';
import { formatLocal, readDateTime } from '#lib/meters/dlms/date-time.ts';
import { plainOf, scaledOf, unitOf, type DlmsValue } from '#lib/meters/dlms/values.ts';
import type { DataSet } from '#lib/meters/iec62056-21/data-set.ts';
import type { MbusTelegram } from '#lib/meters/mbus/decode.ts';
import type { Quantity } from '#lib/meters/modbus/register-map.ts';
import { normaliseDlms } from '#lib/meters/normalise-dlms.ts';
import { normaliseModbus, normaliseP1, normaliseSml } from '#lib/meters/normalise-obis.ts';
import {
  normaliseDataSets,
  normaliseRecords,
  type Normalised,
  type RegisterValue,
} from '#lib/meters/normalise.ts';
import type { SmlEntry } from '#lib/meters/sml/list.ts';
import { toHex, toLatin1 } from '#lib/base/bytes.ts';
import { valueText } from '#lib/meters/wmbus/explain.ts';
import type { ConsoleValue } from './types.ts';

type Said = Pick<ConsoleValue, 'code' | 'text' | 'unit'> & { readonly time?: string | null };

const isPrintable = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);
const textOf = (bytes: Uint8Array): string =>
  isPrintable(toLatin1(bytes)) ? toLatin1(bytes) : toHex(bytes);
const shown = (value: Decimal | null): string => (value ? formatDecimal(value) : '');

/** One thing that the device said, with the register it belongs to. */
function valueOf(said: Said, { values }: Normalised<unknown>): ConsoleValue {
  const register: RegisterValue | undefined = values[0];
  return {
    code: said.code,
    text: said.text,
    unit: said.unit,
    canonical: register ? `${formatDecimal(register.value)} ${register.unit}`.trim() : null,
    quantity: register?.quantity ?? '',
    time: said.time ?? register?.at ?? null,
  };
}

export const dlmsValue = (value: DlmsValue): ConsoleValue => {
  const { data } = value;
  const time = data.type === 'octet-string' ? readDateTime(data.value) : null;
  const local = time && formatLocal(time);
  const text = local ?? (shown(scaledOf(value)) || (plainOf(data) ?? data.type));
  return valueOf({ code: value.obis, text, unit: unitOf(value) ?? '' }, normaliseDlms([value]));
};

export const dataSetValue = (set: DataSet): ConsoleValue =>
  valueOf({ code: set.address, text: set.value, unit: set.unit ?? '' }, normaliseDataSets([set]));

export const quantityValue = (quantity: Quantity): ConsoleValue =>
  valueOf(
    { code: quantity.obis, text: shown(quantity.value), unit: quantity.unit },
    normaliseModbus([quantity]),
  );

function p1Said({ obis, value, time }: P1Object): Said {
  const at = time?.local ?? null;
  if (value.kind === 'number') {
    return { code: obis, text: formatDecimal(value.value), unit: value.unit ?? '', time: at };
  }
  return { code: obis, text: value.kind === 'text' ? value.text : '', unit: '', time: at };
}

/** What a channel measures, and the telegram's time, stand in objects of their own. */
const CONTEXT = /^0-\d:(24\.1\.0|1\.0\.0)$/;

export function p1Values(objects: readonly P1Object[]): ConsoleValue[] {
  const context = objects.filter(({ obis }) => CONTEXT.test(obis));
  return objects.map((object) => valueOf(p1Said(object), normaliseP1([object, ...context])));
}

function smlSaid({ obis, content, unit }: SmlEntry): Said {
  if (content.kind === 'number')
    return { code: obis, text: shown(content.value), unit: unit ?? '' };
  if (content.kind === 'octets') return { code: obis, text: textOf(content.bytes), unit: '' };
  return { code: obis, text: content.kind === 'bool' ? String(content.value) : '', unit: '' };
}

export const smlValue = (entry: SmlEntry): ConsoleValue =>
  valueOf(smlSaid(entry), normaliseSml([entry]));

/** Records of one wired telegram; due dates need their neighbours, so all go together. */
export function mbusValues(telegram: MbusTelegram): ConsoleValue[] {
  const { records, device } = telegram;
  const type = device?.type ?? 0;
  const dates = normaliseRecords(records, type).values;
  return records.map((record) => {
    const own = normaliseRecords([record], type);
    const [first] = own.values;
    const dated = first && dates.find((one) => sameRegister(one, first));
    const code = first?.obis ?? [record.quantity, record.storage || ''].filter(String).join(' ');
    const said = { code, text: valueText(record.value), unit: record.unit };
    return valueOf({ ...said, time: dated?.at ?? null }, own);
  });
}

const sameRegister = (a: RegisterValue, b: RegisterValue): boolean =>
  a.obis === b.obis &&
  a.storage === b.storage &&
  a.subunit === b.subunit &&
  a.tariff === b.tariff &&
  a.quantity === b.quantity;
