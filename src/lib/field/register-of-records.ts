/**
 * Finds the total that a round reads among the records of a telegram.
 *
 * It knows which records are the present total of a meter: storage 0, tariff 0, no subunit, no
 * qualifier. Values stay exact. The radio and the optical use case call it.
 */
import { rescale, type Decimal } from '#lib/base/decimal.ts';
import { registerType, type RegisterType } from '#lib/domain/register-types.table.ts';
import type { DataRecord } from '#lib/meters/telegram.ts';

/** 1 Gcal counts 1 163 000 Wh and 1 J a 3600th; only multiples that stay exact are turned over. */
const JOULES_PER_WH = 3600n;

/** Integer in the register's scale, or null when no record carries it. */
export function registerOfRecords(records: readonly DataRecord[], register: number): bigint | null {
  const type = registerType(register);
  if (!type) return null;
  for (const record of records) {
    const value = isTotal(record, type) ? toRegister(record, type) : null;
    if (value !== null) return value;
  }
  return null;
}

const isTotal = (record: DataRecord, type: RegisterType): boolean =>
  record.quantity === type.quantity &&
  record.storage === 0 &&
  record.tariff === type.zone &&
  record.subunit === 0 &&
  record.function === 'instantaneous' &&
  record.qualifiers.length === 0 &&
  record.value.kind === 'number';

function toRegister(record: DataRecord, type: RegisterType): bigint | null {
  if (record.value.kind !== 'number') return null;
  const { value } = record.value;
  if (record.unit === type.unit) return rescale(value, type.scale).units;
  if (record.unit === 'J' && type.unit === 'Wh') return whOfJoules(value, type.scale);
  return null;
}

/** Rounded half away from zero once, at the register's own resolution. */
function whOfJoules(value: Decimal, scale: number): bigint {
  const joules = rescale(value, Math.min(value.scale, scale)).units;
  const up = BigInt(scale - Math.min(value.scale, scale));
  const divisor = JOULES_PER_WH * 10n ** up;
  const half = joules < 0n ? -divisor / 2n : divisor / 2n;
  return (joules + half) / divisor;
}
