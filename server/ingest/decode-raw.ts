/**
 * The register value inside raw bytes: a radio telegram or an optical readout, decoded again here
 * because the phone's word is advice and the bytes are evidence.
 *
 * It knows which codec serves which source; it knows no table and keeps no key. Called by
 * pipeline.ts; the procedure that explains a reading calls it too.
 */
import { rescale } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { Source } from '#lib/domain/reading.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import { parseMessage } from '#lib/meters/iec62056-21/message.ts';
import { normaliseDataSets, normaliseRecords, type RegisterValue } from '#lib/meters/normalise.ts';
import { hasErrorFlags, reportsOfStatus, type MeterReport } from '#lib/meters/mbus/state.ts';
import { storedDataSets, storedRecords, type StoredValue } from '#lib/meters/stored-values.ts';
import { decodeTelegram, type WmbusTelegram } from '#lib/meters/wmbus/decode.ts';
import { isReadable } from '#lib/meters/wmbus/readable.ts';

export type RawReading = {
  readonly raw: Uint8Array;
  readonly source: Source;
  readonly register: number;
  /** Keys of the meter, most likely first. */
  readonly keys: readonly Uint8Array[];
  /** Eight hex digits of the meter's radio; null when it has none on record. */
  readonly radioId: string | null;
};

/** `IEC 62056-21` readouts begin with `/` and three letters; a telegram may begin with 2Fh too. */
const READOUT = /^\/[A-Za-z]{3}/;

export function isReadout(raw: Uint8Array, source: Source): boolean {
  const head = String.fromCharCode(...raw.subarray(0, 4)).replace(/[\x80-\xff]/g, stripParity);
  return source === 'optical' || (source !== 'radio' && READOUT.test(head));
}

const stripParity = (char: string): string => String.fromCharCode(char.charCodeAt(0) & 0x7f);

export type Decoded = {
  /** In the register's scale. */
  readonly value: bigint;
  /** What the meter says about itself in the same bytes. */
  readonly reports: readonly MeterReport[];
  /** What it kept of earlier months. */
  readonly remembered: readonly Remembered[];
};

/** `at` is the meter's wall clock, `YYYY-MM-DD` or with a time; `value` in the register's scale. */
export type Remembered = { readonly at: string; readonly value: bigint };

/**
 * The value and the meter's own remarks. Errors: `undecodable` (its detail begins with the codec's
 * code), `other-meter`, `no-register`.
 */
export function decodeRaw(reading: RawReading): Result<Decoded> {
  return isReadout(reading.raw, reading.source) ? fromReadout(reading) : fromTelegram(reading);
}

/** The telegram under the first key that opens it, or under the last one tried. */
export function openTelegram(raw: Uint8Array, keys: readonly Uint8Array[]): WmbusTelegram {
  let telegram = decodeTelegram(raw, { keyFor: () => keys[0] ?? null });
  for (const key of keys.slice(1)) {
    if (isReadable(telegram)) break;
    telegram = decodeTelegram(raw, { keyFor: () => key });
  }
  return telegram;
}

function fromTelegram({ raw, register, keys, radioId }: RawReading): Result<Decoded> {
  const telegram = openTelegram(raw, keys);
  const { status, fault: why, device, link } = telegram;
  if (!isReadable(telegram) || !device) {
    return fault('undecodable', `${why?.code ?? status}: ${why?.detail ?? 'no telegram'}`);
  }
  const ids = [device.id, link?.address.id].map((id) => id?.toUpperCase());
  if (radioId && !ids.includes(radioId.toUpperCase())) {
    return fault('other-meter', `The telegram is of meter ${device.id}.`);
  }
  const value = pick(normaliseRecords(telegram.records, device.type).values, register);
  if (!value.ok) return value;
  const flags: MeterReport[] = hasErrorFlags(telegram.records) ? ['error-flags'] : [];
  return ok({
    value: value.value,
    reports: [...reportsOfStatus(telegram.tpl?.status ?? 0), ...flags],
    remembered: pickStored(storedRecords(telegram.records, device.type), register),
  });
}

function fromReadout({ raw, register }: RawReading): Result<Decoded> {
  const parsed = parseMessage(raw);
  if (!parsed.ok) return fault('undecodable', `${parsed.error.code}: ${parsed.error.detail}`);
  const { message, bccValid } = parsed.value;
  if (bccValid === false) return fault('undecodable', 'bad_bcc: The block check is wrong.');
  if (message.kind !== 'data') return fault('undecodable', `no_data: It is a ${message.kind}.`);
  const value = pick(normaliseDataSets(message.dataSets).values, register);
  if (!value.ok) return value;
  const { dataSets } = message;
  const isFaulty = dataSets.some((d) => FATAL_ERROR.test(d.address) && /[1-9A-F]/i.test(d.value));
  const remembered = pickStored(storedDataSets(dataSets), register);
  return ok({ value: value.value, reports: isFaulty ? ['error-flags'] : [], remembered });
}

/** F.F, or 97.97.0 in full: the error register (IEC 62056-6-1 clause 6.3, group C = 97). */
const FATAL_ERROR = /^(?:\d+-\d+:)?(?:F\.F|97\.97\.0)/i;

/** The present total of the register among what the meter said. */
function pick(values: readonly RegisterValue[], register: number): Result<bigint> {
  const type = registerType(register);
  const present = values.filter((v) => v.storage === 0 && v.subunit === 0 && v.unit === type?.unit);
  const found =
    present.find((v) => v.obis === type?.obis) ??
    // Some hot water meters say "water": behind the medium the codes are the same.
    present.find((v) => afterMedium(v.obis) === afterMedium(type?.obis ?? ''));
  if (!type || !found) return fault('no-register', 'The bytes hold no value of this register.');
  return ok(rescale(found.value, type.scale).units);
}

/** The same register in the meter's memory. */
function pickStored(values: readonly StoredValue[], register: number): Remembered[] {
  const type = registerType(register);
  return values.flatMap(({ obis, unit, tariff, at, value }) => {
    const isSame = afterMedium(obis) === afterMedium(type?.obis ?? '') && unit === type?.unit;
    return type && isSame && tariff === type.zone
      ? [{ at, value: rescale(value, type.scale).units }]
      : [];
  });
}

const afterMedium = (obis: string): string => obis.slice(obis.indexOf(':') + 1);
