/**
 * The collector that a reader practises with: the meters of the phone's round under their own
 * serials, so that readings land on its rows. Knows what a phone knows of a meter; no port.
 */
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { createCollector, fillHouse, type CollectedSim } from './collector.ts';
import type { ConsoleDeviceSim } from './console-devices.ts';

export type KnownMeter = {
  readonly serial: string;
  readonly register: number;
  /** Newest first: instant and integer in the register's scale. */
  readonly history: readonly (readonly [number, string])[];
  readonly usualPerDay: readonly [string, string] | null;
};

export type PracticeCollectorOptions = {
  readonly meters: readonly KnownMeter[];
  readonly total: number;
  readonly baud: number;
  readonly at: Instant;
};

const SERIAL = 'J100-00720';
const SEED = 720;
const REACTION_MS = 2;
/** Of a round one meter in this many is not reached, another was heard last week. */
const LOST_EVERY = 23;

/** Its archive begins where the known past ends: what the server has is never told differently. */
function simulate(meter: KnownMeter, i: number, at: Instant): CollectedSim {
  const [newest] = meter.history;
  const [low, high] = meter.usualPerDay ?? ['100', '300'];
  const perDay = (BigInt(low) + BigInt(high)) / 2n;
  const startAt = newest?.[0] ?? at - 60 * DAY_MS;
  const startValue = BigInt(newest?.[1] ?? '100000');
  const { serial, register } = meter;
  const isLost = i % LOST_EVERY === LOST_EVERY - 1;
  return { serial, register, startAt, startValue, perDay, isLost };
}

export function createPracticeCollector(
  options: PracticeCollectorOptions,
): ConsoleDeviceSim & { nextAt(): Instant | null } {
  const { at, baud, total } = options;
  const known = options.meters.map((meter, i) => simulate(meter, i, at));
  const meters = fillHouse(known, { total, seed: SEED, at });
  const device = createCollector({
    serial: SERIAL,
    meters,
    at,
    seed: SEED,
    // It hears one speed, and answers as fast as it can: nobody learns anything by waiting.
    baud: 0,
    reactionMs: REACTION_MS,
  });
  let isHeard = false;
  let due: readonly { readonly at: Instant; readonly bytes: Uint8Array }[] = [];
  return {
    open(settings) {
      isHeard = settings.baud === baud && settings.parity === 'none';
    },
    write(bytes, now) {
      if (isHeard) due = [...due, ...device.write(bytes, now)];
    },
    poll(now) {
      const ready = due.filter((one) => one.at <= now);
      due = due.filter((one) => one.at > now);
      return ready.map(({ bytes }) => bytes);
    },
    nextAt: () => (due.length > 0 ? Math.min(...due.map(({ at: one }) => one)) : null),
  };
}
