/**
 * A line with faults between a client and a simulated device: echo, noise, dropped and doubled
 * bytes, slow answers, wrong check sequences, a busy device. Faults are options with probabilities
 * or strike one transmission; a seed replays them. Knows bytes and time, no protocol.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import type { Prng } from '#lib/base/prng.ts';
import type { DlmsDevice, Timed } from './device.ts';

/** Faults of one transmission. `crc` turns one bit, so that a check sequence is wrong. */
export const LINE_FAULTS = ['noise', 'drop', 'double', 'crc', 'slow', 'busy'] as const;
export type LineFault = (typeof LINE_FAULTS)[number];

export type LineOptions = {
  readonly prng: Prng;
  /** An optical head reflects what is sent. */
  readonly hasEcho?: boolean;
  /** Probability of each fault for each transmission. */
  readonly chances?: Partial<Readonly<Record<LineFault, number>>>;
  /** One fault, at this transmission counted from 0 in both directions together. */
  readonly once?: { readonly fault: LineFault; readonly at: number };
  /** Longest delay of a slow answer. */
  readonly slowMs?: number;
};

export type Line = {
  /** What comes back to the client, each with its time. */
  write(bytes: Uint8Array, at: number): readonly Timed[];
};

const NOISE_BYTES = 9;
const BUSY_POLLS = 4;
const DEFAULT_SLOW_MS = 5000;

function spoil(bytes: Uint8Array, fault: LineFault, prng: Prng): Uint8Array {
  const at = prng.int(0, Math.max(bytes.length, 1));
  switch (fault) {
    case 'noise': {
      const noise = prng.bytes(prng.int(1, NOISE_BYTES));
      return prng.chance(0.5) ? concatBytes(noise, bytes) : concatBytes(bytes, noise);
    }
    case 'drop':
      return concatBytes(bytes.subarray(0, at), bytes.subarray(at + 1));
    case 'double':
      return concatBytes(bytes.subarray(0, at + 1), bytes.subarray(at));
    case 'crc': {
      const changed = bytes.slice();
      changed[at]! ^= 1 << prng.int(0, 8);
      return changed;
    }
    default:
      return bytes;
  }
}

export function createLine(
  device: Pick<DlmsDevice, 'write' | 'beBusy'>,
  options: LineOptions,
): Line {
  const { prng, chances = {}, once, hasEcho = false, slowMs = DEFAULT_SLOW_MS } = options;
  let count = 0;
  let lastAt = -Infinity;
  const strikes = (): readonly LineFault[] => {
    const number = count++;
    return LINE_FAULTS.filter(
      (fault) => (once?.at === number && once.fault === fault) || prng.chance(chances[fault] ?? 0),
    );
  };
  const pass = (bytes: Uint8Array): { bytes: Uint8Array; faults: readonly LineFault[] } => {
    const faults = strikes();
    return { bytes: faults.reduce((b, fault) => spoil(b, fault, prng), bytes), faults };
  };
  return {
    write(bytes, at) {
      const there = pass(bytes);
      if (there.faults.includes('busy')) device.beBusy(prng.int(1, BUSY_POLLS));
      const echo: Timed[] = hasEcho ? [{ at: at + 1, bytes }] : [];
      const answers = device.write(there.bytes, at).map((answer): Timed => {
        const back = pass(answer.bytes);
        const isSlow = back.faults.includes('slow') || there.faults.includes('slow');
        // A line keeps the order of its bytes: what comes behind a slow answer waits for it.
        lastAt = Math.max(lastAt, answer.at + (isSlow ? prng.int(1, slowMs) : 0));
        return { ...answer, at: lastAt, bytes: back.bytes };
      });
      return [...echo, ...answers];
    },
  };
}
