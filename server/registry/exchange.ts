/**
 * A meter is taken off and another one hung in its place: one act, so that consumption goes from
 * end register to start register without a step.
 *
 * It knows installations, registers and stops of open rounds; the readings at both ends are the
 * ingest's. exchange-record.ts calls it inside a transaction of one organisation.
 */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import { hangSpare, moveModule, multiplierOf, namesakes, swapStops } from './exchange-store.ts';
import { closeInstallation, hangMeter, insertMeter, openInstallationOf } from './meter-store.ts';
import type { NewMeter, RegisterText } from './meter-store.ts';

export type Exchange = {
  readonly orgId: number;
  readonly pointId: number;
  /** The meter that somebody saw hanging; null takes off whatever hangs there. */
  readonly oldMeterId: number | null;
  readonly at: Instant;
  readonly endRegisters: readonly RegisterText[];
  readonly meter: {
    readonly serial: string;
    readonly manufacturer: string | null;
    readonly model: string | null;
    readonly radioId: string | null;
    readonly protocol: NewMeter['protocol'];
    readonly digits: number;
    readonly decimals: number;
    readonly pulseWeight: string | null;
    /** The first one is the round's. */
    readonly registers: readonly RegisterText[];
    readonly seals: readonly string[];
  };
};

/**
 * - `nothing-hangs`: no meter is at the point. `other-meter`: another one than was seen, so the
 *   exchange was told before. `too-early`: before the old meter was hung. `serial-in-use`: the new
 *   number hangs somewhere else.
 */
export type ExchangeFault = 'nothing-hangs' | 'other-meter' | 'too-early' | 'serial-in-use';
export type Exchanged = { readonly oldMeterId: number; readonly meterId: number };

export async function hangInstead(
  client: pg.ClientBase,
  exchange: Exchange,
): Promise<Exchanged | { readonly fault: ExchangeFault }> {
  const { pointId, oldMeterId, at, endRegisters, meter } = exchange;
  const old = await openInstallationOf(client, pointId);
  if (!old) return { fault: 'nothing-hangs' };
  if (oldMeterId !== null && old.meterId !== oldMeterId) return { fault: 'other-meter' };
  if (at <= old.fromAt) return { fault: 'too-early' };
  const same = await namesakes(client, meter.serial, meter.manufacturer);
  if (same.some((one) => one.hangsAt !== null)) return { fault: 'serial-in-use' };
  await closeInstallation(client, old.id, { at, registers: endRegisters });
  const spare = same[0]?.meterId ?? null;
  const meterId =
    spare === null
      ? await hangNew(client, exchange, old.meterId)
      : await hangKnown(client, exchange, { spare, old: old.meterId });
  if (meter.protocol === 'pulse') {
    const start = meter.registers[0]?.value ?? '0';
    await moveModule(client, { from: old.meterId, to: meterId, weight: meter.pulseWeight, start });
  }
  await swapStops(client, { pointId, from: old.meterId, to: meterId, openOnly: true });
  return { oldMeterId: old.meterId, meterId };
}

/** A transformer stays in its cabinet when the meter goes: its ratio passes to the new register. */
async function hangNew(
  client: pg.ClientBase,
  { orgId, pointId, at, meter }: Exchange,
  oldMeterId: number,
): Promise<number> {
  const { registers, pulseWeight: _, ...plate } = meter;
  const [main] = registers;
  const register = main?.register ?? 0;
  const multiplier = await multiplierOf(client, oldMeterId, register);
  const startValue = main?.value ?? null;
  const radioVersion = null;
  const made = { ...plate, orgId, pointId, register, multiplier, startValue, radioVersion };
  const meterId = await insertMeter(client, { ...made, fromAt: at });
  // `namesakes` has just said that nobody has this number, under the lock of the installation.
  if (meterId === null) throw new Error(`Meter ${meter.serial} appeared meanwhile.`);
  return meterId;
}

/** A meter of the registry that hangs nowhere: from the store, or back from verification. */
async function hangKnown(
  client: pg.ClientBase,
  { orgId, pointId, at, meter }: Exchange,
  { spare, old }: { readonly spare: number; readonly old: number },
): Promise<number> {
  for (const { register } of meter.registers) {
    const multiplier = await multiplierOf(client, old, register);
    await hangSpare(client, { orgId, meterId: spare, register, multiplier, ...meter });
  }
  const { registers, seals } = meter;
  await hangMeter(client, { orgId, meterId: spare, pointId, fromAt: at, registers, seals });
  return spare;
}
