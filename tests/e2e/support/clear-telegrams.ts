/**
 * Radio telegrams in clear of the meters of a hand-made round: what each one would send after one
 * more ordinary month. By the encode twin of the codec, so that bytes and not objects go through
 * the receiver's cable.
 */
import { must } from '#lib/base/assert.ts';
import { decimal } from '#lib/base/decimal.ts';
import { makeRecord } from '#lib/meters/mbus/build.ts';
import { encodeRecords } from '#lib/meters/mbus/records.ts';
import { encodeTelegram } from '#lib/meters/wmbus/encode.ts';
import { MONTHLY, type HandMeter } from './hand-round.ts';

/** EN 13757-7:2018 table 13: cold water. */
const COLD_WATER = 7;

/** Litres that the meter shows after one more ordinary month. */
export const litresNow = (meter: HandMeter): number =>
  (meter.last + MONTHLY[meter.resource]) * 1000;

export function clearTelegram(meter: HandMeter): Uint8Array {
  const made = makeRecord({
    quantity: 'volume',
    unit: 'm3',
    value: decimal(BigInt(litresNow(meter)), -3),
    coding: 'int48',
  });
  const volume = must(made.ok ? made.value : null, 'a volume is a record');
  return encodeTelegram({
    format: 'stripped',
    sender: { manufacturer: 'KLT', id: meter.serial, version: 1, type: COLD_WATER },
    ci: 0x7a,
    access: meter.meterId & 255,
    payload: encodeRecords({ records: [volume] }),
  });
}
