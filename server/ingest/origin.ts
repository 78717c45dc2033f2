/**
 * Where a number is from: who gave it, in which batch, which bytes, and what they say when they are
 * decoded anew now (X16).
 *
 * It knows origins, conflicts and corrections of one reading; it knows no rights. The procedure of
 * the "where is this number from" screen calls it inside a transaction of one organisation. Keys
 * are used to decode and never leave.
 */
import type pg from 'pg';
import { toHex } from '#lib/base/bytes.ts';
import type { OriginAnswer, ReadingSource } from '#lib/contract/readings.ts';
import { isSource } from './sources.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import { stripParity } from '#lib/meters/iec62056-21/bytes.ts';
import { explainTelegram } from '#lib/meters/wmbus/explain.ts';
import { AppError } from '#server/errors.ts';
import { seriesPoint } from '#server/readings/point-view.ts';
import { readSeries } from '#server/readings/service.ts';
import { openMeterKeys } from '#server/registry/keys.ts';
import { meterFacts } from '#server/registry/meter-facts.ts';
import { decodeRaw, isReadout, openTelegram } from './decode-raw.ts';
import {
  selectConflicts,
  selectCorrections,
  selectOrigins,
  type OriginKey,
  type OriginRecord,
} from './origin-store.ts';

/** Throws `not-found` when nothing is stored under the key. */
export async function explainReading(
  client: pg.ClientBase,
  masterKey: string,
  key: OriginKey,
): Promise<OriginAnswer> {
  const { meterId, register, at } = key;
  const [reading] = await readSeries(client, { meterId, register, from: at, to: at + 1 });
  const type = registerType(register);
  if (!reading || !type) throw new AppError('not-found', 'There is no such reading.');
  const facts = (await meterFacts(client, [meterId])).get(meterId);
  const keys = (await openMeterKeys(client, masterKey, [meterId])).get(meterId) ?? [];
  const origins = await selectOrigins(client, key);
  const conflicts = await selectConflicts(client, key);
  const corrections = await selectCorrections(client, key);
  return {
    meterId,
    serial: facts?.serial ?? '',
    register,
    obis: type.obis,
    unit: type.unit,
    scale: type.scale,
    reading: seriesPoint(reading),
    sources: origins.map((o) => sourceOf(o, { register, keys, radioId: facts?.radioId ?? null })),
    conflicts: conflicts.map(({ value, receivedMs, sender }) => ({
      value: Number(value),
      receivedAt: Number(receivedMs),
      sender,
    })),
    corrections: corrections.map(({ value, createdMs, ...rest }) => ({
      ...rest,
      value: Number(value),
      createdAt: Number(createdMs),
    })),
  };
}

type Means = {
  readonly register: number;
  readonly keys: readonly Uint8Array[];
  readonly radioId: string | null;
};

function sourceOf(record: OriginRecord, means: Means): ReadingSource {
  const { batchId, receivedMs, source, sender, eventId, person, verdicts, raw } = record;
  const head = {
    batchId,
    receivedAt: Number(receivedMs),
    source,
    sender,
    eventId,
    person,
    verdicts,
  };
  const none = { rawHex: null, decoding: null, decodedValue: null, bytes: [], lines: [] };
  if (!raw || !isSource(source)) return { ...head, ...none };
  const bytes = new Uint8Array(raw);
  const value = decodeRaw({ raw: bytes, source, ...means });
  const decodedValue = value.ok ? Number(value.value.value) : null;
  const rawHex = toHex(bytes);
  if (isReadout(bytes, source)) {
    const text = String.fromCharCode(...stripParity(bytes));
    const lines = text.split(/[\r\n]+/).map((line) => line.replace(/[^\x20-\x7e]/g, '').trim());
    const decoding = value.ok ? 'decoded' : value.error.code;
    return { ...head, rawHex, decoding, decodedValue, bytes: [], lines: lines.filter(Boolean) };
  }
  const telegram = openTelegram(bytes, means.keys);
  const explained = explainTelegram(telegram).map((field) => ({ ...field }));
  return { ...head, rawHex, decoding: telegram.status, decodedValue, bytes: explained, lines: [] };
}
