import { describe, expect, test } from 'vitest';
import { decimal, formatDecimal, toNumber, type Decimal } from '#lib/base/decimal.ts';
import type { Observation, ProofPlan } from './install-evidence.ts';
import { judgeProof } from './install-proof.ts';
import { PULSE_WEIGHTS, pulsesNeeded } from './pulse-weights.ts';
import type { Resource } from './resource.ts';

const T0 = 1_790_000_000_000;
const PHASES = 25;
const DECADES = [decimal(1, -3), decimal(1, -2), decimal(1, -1), decimal(1, 0)];

type Case = {
  readonly resource: Resource;
  readonly recorded: Decimal;
  readonly real: Decimal;
  readonly decimals: number;
  readonly phase: number;
};

/**
 * A person who lets flow until the wizard has its pulses and reads a dial that shows whole steps.
 * `phase` shifts the flow against both the pulse and the dial.
 */
function prove({ resource, recorded, real, decimals, phase }: Case) {
  const step = 10 ** -decimals;
  const needed = pulsesNeeded({ resource, weight: recorded, decimals });
  const before = 400 + ((phase * 7) % PHASES) * (step / PHASES);
  // The counter stood `phase` before its next pulse; the tap is shut within the last pulse.
  const pulseOffset = (phase / PHASES) * toNumber(real);
  const flowed = (needed + ((phase * 11) % PHASES) / PHASES) * toNumber(real) - pulseOffset + 1e-9;
  const pulses = Math.floor((flowed + pulseOffset) / toNumber(real) + 1e-9);
  const shown = (volume: number) => decimal(Math.floor(volume / step + 1e-6), -decimals);
  const at = (s: number, count: number): Observation => ({
    kind: 'pulse',
    at: T0 + s * 1000,
    deviceId: '417',
    inputs: [
      { channel: 1, pulses: 70 + count, wireBreak: false, shortCircuit: false, magnet: false },
    ],
  });
  const plan: ProofPlan = {
    resource,
    attach: 'pulse',
    deviceId: '417',
    channel: 1,
    pulseWeight: recorded,
    start: shown(before),
    decimals,
  };
  const marks = {
    listenedAt: T0,
    openedAt: T0 + 3000,
    closedAt: T0 + 20_000,
    dialAfter: shown(before + flowed),
  };
  const observations = [at(2, 0), at(19, pulses)];
  return judgeProof(plan, marks, { observations, now: T0 + 21_000 });
}

const phases = Array.from({ length: PHASES }, (_, phase) => phase);

describe.each([1, 2, 3, 4])('a water dial with %i red digits', (decimals) => {
  test('no pair of 1, 10, 100 and 1000 litres is confused, and none is suspected wrongly', () => {
    for (const recorded of DECADES) {
      for (const real of DECADES) {
        for (const phase of phases) {
          const of: Case = { resource: 'cold-water', recorded, real, decimals, phase };
          const name = `${formatDecimal(recorded)} recorded, ${formatDecimal(real)} real, ${phase}`;
          const { stage, problem } = prove(of);
          if (recorded === real) expect(stage, name).toBe('proved');
          else expect(problem, name).toBe('wrong-weight');
        }
      }
    }
  });
});

test.each(['electricity', 'gas', 'heat', 'hot-water'] as const)(
  'every weight of %s that is 2.5 times away is told; the right one never alarms',
  (resource) => {
    for (const decimals of [0, 1, 2, 3]) {
      for (const recorded of PULSE_WEIGHTS[resource]) {
        for (const real of PULSE_WEIGHTS[resource]) {
          const [p, w] = [toNumber(recorded), toNumber(real)];
          if (p !== w && Math.max(p, w) / Math.min(p, w) < 2.5) continue;
          for (const phase of [0, 6, 13, 24]) {
            const { stage, problem } = prove({ resource, recorded, real, decimals, phase });
            const name = `${p} recorded, ${w} real, ${decimals} decimals, ${phase}`;
            if (p === w) expect(stage, name).toBe('proved');
            else expect(problem, name).toBe('wrong-weight');
          }
        }
      }
    }
  },
);

test('a coarser dial asks for more pulses, a finer one never for fewer than three', () => {
  const of = (decimals: number) =>
    pulsesNeeded({ resource: 'cold-water', weight: decimal(1, -3), decimals });
  expect([5, 4, 3, 2, 1].map(of)).toEqual([3, 3, 5, 29, 269]);
});
