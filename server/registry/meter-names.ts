/** Meters by the number printed on them, for whoever knows only that. */
import type pg from 'pg';
import { selectBySerial } from './meter-store.ts';

export type MeterByName = {
  readonly meterId: number;
  readonly manufacturer: string | null;
  readonly registers: readonly number[];
};

/** Several manufacturers may use one number, therefore lists. */
export async function metersBySerial(
  client: pg.ClientBase,
  serials: readonly string[],
): Promise<Map<string, MeterByName[]>> {
  const found = new Map<string, (MeterByName & { registers: number[] })[]>();
  for (const row of await selectBySerial(client, serials)) {
    const list = found.get(row.serial) ?? [];
    found.set(row.serial, list);
    let meter = list.find((m) => m.meterId === row.id);
    if (!meter)
      list.push((meter = { meterId: row.id, manufacturer: row.manufacturer, registers: [] }));
    if (row.register !== null && !meter.registers.includes(row.register)) {
      meter.registers.push(row.register);
    }
  }
  return found;
}
