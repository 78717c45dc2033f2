/**
 * Pulse channels of a radio or bus module: counters and flags as data records, and what they mean
 * in the meter's unit. Knows the assignment of bits and the arithmetic of counters, no telegram and
 * no installation. Called by the self-installation, the head-end and the simulated module.
 *
 * | record                       | is                                                   |
 * |------------------------------|------------------------------------------------------|
 * | counter (VIF FD 3Ah), subunit n | pulses of channel n since the module was made     |
 * | error flags (VIF FD 17h), subunit n | bit 0 wire break, 1 short circuit, 2 magnet   |
 */
import { addDecimal, multiplyDecimal, decimal, rescale, type Decimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { DataRecord } from '../telegram.ts';

export type PulseFlags = {
  readonly wireBreak: boolean;
  readonly shortCircuit: boolean;
  readonly magnet: boolean;
};

export type PulseChannel = PulseFlags & {
  /** Subunit number, from 1. */
  readonly channel: number;
  readonly pulses: bigint;
};

/** EN 13757-3:2018 6.3.5 leaves the bits of FD 17h to the maker; these are the usual ones. */
export const FLAG_BITS = { wireBreak: 1, shortCircuit: 2, magnet: 4 } as const;
/** Modules have three or six inputs; more subunits belong to other things. */
export const MAX_CHANNELS = 6;

export const readFlags = (bits: bigint): PulseFlags => ({
  wireBreak: (bits & BigInt(FLAG_BITS.wireBreak)) !== 0n,
  shortCircuit: (bits & BigInt(FLAG_BITS.shortCircuit)) !== 0n,
  magnet: (bits & BigInt(FLAG_BITS.magnet)) !== 0n,
});

/** Twin of `readFlags`. */
export const writeFlags = (flags: PulseFlags): number =>
  (flags.wireBreak ? FLAG_BITS.wireBreak : 0) |
  (flags.shortCircuit ? FLAG_BITS.shortCircuit : 0) |
  (flags.magnet ? FLAG_BITS.magnet : 0);

/** Bits of the error flags of one subunit; subunit 0 is the module itself. */
export function flagBitsOf(records: readonly DataRecord[], subunit: number): bigint {
  const found = records.find((r) => r.quantity === 'error_flags' && r.subunit === subunit);
  return found?.value.kind === 'number' ? rescale(found.value.value, 0).units : 0n;
}

/** The channels of a telegram: present counters only, no due dates, no maxima. */
export function readChannels(records: readonly DataRecord[]): readonly PulseChannel[] {
  const present = records.filter((r) => r.storage === 0 && r.function === 'instantaneous');
  return present.flatMap(({ quantity, subunit, value }): PulseChannel[] => {
    const isInput = quantity === 'counter' && subunit >= 1 && subunit <= MAX_CHANNELS;
    if (!isInput || value.kind !== 'number') return [];
    const flags = readFlags(flagBitsOf(present, subunit));
    return [{ channel: subunit, pulses: rescale(value.value, 0).units, ...flags }];
  });
}

export type ChannelRecord = {
  readonly quantity: 'counter' | 'error_flags';
  readonly subunit: number;
  readonly value: Decimal;
};

/** Twin of `readChannels`: what a module puts into its telegram for each channel. */
export const writeChannels = (channels: readonly PulseChannel[]): readonly ChannelRecord[] =>
  channels.flatMap((channel) => [
    { quantity: 'counter', subunit: channel.channel, value: decimal(channel.pulses) },
    {
      quantity: 'error_flags',
      subunit: channel.channel,
      value: decimal(writeFlags(channel)),
    },
  ]);

/** Whether the channel's figure may be believed; a magnet stops the meter, not the counter. */
export const isCounting = ({ wireBreak, shortCircuit }: PulseFlags): boolean =>
  !wireBreak && !shortCircuit;

/** What the dial shows: its value when the module counted `startPulses`, and what came since. */
export function dialOf(
  pulses: bigint,
  meter: { readonly start: Decimal; readonly startPulses: bigint; readonly weight: Decimal },
): Decimal {
  const moved = multiplyDecimal(decimal(pulses - meter.startPulses), meter.weight);
  return addDecimal(meter.start, moved);
}

/**
 * Pulses between two readings of a counter with `bits` bits, which begins again at 0. Errors:
 * `counter_reset` when it fell by more than half of its range: the module was changed or restarted,
 * and what it counted meanwhile is not known.
 */
export function pulsesBetween(before: bigint, after: bigint, bits: number): Result<bigint> {
  const range = 1n << BigInt(bits);
  if (after >= before) return ok(after - before);
  const wrapped = after + range - before;
  return wrapped < range / 2n
    ? ok(wrapped)
    : fault('counter_reset', 'The counter went back: what was counted meanwhile is unknown.');
}
