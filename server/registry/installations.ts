/**
 * Which meter hung where, and what its registers showed at both ends.
 *
 * It knows installations of an organisation; it knows no reading and no screen. Services of other
 * domains ask it for the periods of a metering point or of a meter.
 */
import type pg from 'pg';
import { parseDecimal, rescale } from '#lib/base/decimal.ts';
import type { Instant } from '#lib/base/interval.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import { selectInstallations, type InstallationRow } from './installation-store.ts';

export type InstalledRegister = {
  readonly register: number;
  readonly digits: number;
  readonly decimals: number;
  /** CT/VT ratio: consumption = difference x multiplier. */
  readonly multiplier: number;
  /** Integers in the register's scale; null when nobody wrote them down. */
  readonly start: bigint | null;
  readonly end: bigint | null;
};

export type Installation = {
  readonly id: number;
  readonly meterId: number;
  readonly pointId: number;
  readonly fromAt: Instant;
  /** Null while the meter hangs there. */
  readonly toAt: Instant | null;
  readonly registers: readonly InstalledRegister[];
};

/** Installations of metering points or of meters, oldest first. */
export async function installationsOf(
  client: pg.ClientBase,
  by: { readonly pointIds: readonly number[] } | { readonly meterIds: readonly number[] },
): Promise<Installation[]> {
  const byId = new Map<number, Installation & { registers: InstalledRegister[] }>();
  for (const row of await selectInstallations(client, by)) {
    const known = byId.get(row.id);
    if (known) known.registers.push(registerOf(row));
    else byId.set(row.id, { ...headOf(row), registers: [registerOf(row)] });
  }
  return [...byId.values()];
}

const headOf = (row: InstallationRow): Omit<Installation, 'registers'> => ({
  id: row.id,
  meterId: row.meter_id,
  pointId: row.point_id,
  fromAt: Number(row.from_ms),
  toAt: row.to_ms === null ? null : Number(row.to_ms),
});

const registerOf = (row: InstallationRow): InstalledRegister => ({
  register: row.register,
  digits: row.digits,
  decimals: row.decimals,
  multiplier: Number(row.multiplier),
  start: writtenValue(row.start_registers, row.register),
  end: writtenValue(row.end_registers, row.register),
});

/** The value of one register in `[{ register, value: "decimal" }]`; null when it is not there. */
function writtenValue(list: unknown, register: number): bigint | null {
  if (!Array.isArray(list)) return null;
  const entry = list.find((e: unknown) => isEntry(e) && e.register === register);
  return isEntry(entry) ? scaledValue(entry.value, register) : null;
}

const isEntry = (e: unknown): e is { register: number; value: string } =>
  typeof e === 'object' && e !== null && 'register' in e && 'value' in e;

/** Decimal text in the catalogue's unit → integer in the register's scale; null when unreadable. */
export function scaledValue(text: string, register: number): bigint | null {
  const type = registerType(register);
  const value = parseDecimal(String(text));
  return type && value.ok ? rescale(value.value, type.scale).units : null;
}
