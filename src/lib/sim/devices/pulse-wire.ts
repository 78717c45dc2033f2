/**
 * The wire from a meter's pulse output to a module: its current, sampled every five milliseconds,
 * with the things that happen to wires, and the module's counter at its end. Knows a steady load,
 * no telegram. Driven by the simulator's server and tests.
 */
import { createPrng } from '#lib/base/prng.ts';
import { countSample, lineStateOf, startCount, type LineState } from '../../meters/pulse/s0.ts';

export type PulseWireOptions = {
  readonly seed: number;
  readonly startAt: number;
  /** Name plate of the meter. */
  readonly pulsesPerKwh: number;
  readonly load_w: number;
  /** `bounce` closes the contact twice within a few milliseconds. */
  readonly fault: 'none' | 'bounce' | 'wire-break' | 'short-circuit';
};

export type PulseWire = {
  /** Counts what came up to `at`; time never goes back. */
  advance(at: number): { readonly pulses: number; readonly state: LineState };
};

const SAMPLE_MS = 5;
const PULSE_MS = 60;
const BOUNCE_MS = 10;
/** Currents of a healthy switch, with noise around them. */
const [OPEN_UA, CLOSED_UA, NOISE_UA] = [800, 3500, 150] as const;
const [NO_UA, MUCH_UA] = [0, 9000] as const;
const MS_PER_KWH = 3_600_000_000;

export function createPulseWire(options: PulseWireOptions): PulseWire {
  const { startAt, fault, pulsesPerKwh, load_w } = options;
  const noise = createPrng(options.seed).fork('wire');
  const gapMs = MS_PER_KWH / (pulsesPerKwh * load_w);
  let count = startCount(startAt);
  let at = startAt;

  function currentAt(moment: number): number {
    if (fault === 'wire-break') return NO_UA;
    if (fault === 'short-circuit') return MUCH_UA;
    const phase = (moment - startAt) % gapMs;
    const isBounce = fault === 'bounce' && phase >= SAMPLE_MS && phase < SAMPLE_MS + BOUNCE_MS;
    return phase < PULSE_MS && !isBounce ? CLOSED_UA : OPEN_UA;
  }

  return {
    advance(to) {
      for (; at <= to; at += SAMPLE_MS) {
        const current_ua = currentAt(at) + noise.int(-NOISE_UA, NOISE_UA);
        count = countSample(count, lineStateOf(Math.max(0, current_ua), count.state), at);
      }
      return { pulses: count.pulses, state: count.state };
    },
  };
}
