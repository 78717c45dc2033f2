import { describe, expect, test } from 'vitest';
import { decimal, formatDecimal } from '#lib/base/decimal.ts';
import type { ProofMarks, ProofPlan } from '#lib/domain/install-evidence.ts';
import { judgeProof } from '#lib/domain/install-proof.ts';
import { observationOf } from '#lib/field/observe-install.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';
import { createPulseModule, type InstallFault } from './pulse-module.ts';

const T0 = 1_790_000_000_000;

/** A person who does everything that the wizard asks, with one thing wrong. */
function install(fault: InstallFault, seed = 7) {
  const plan: ProofPlan = {
    resource: 'cold-water',
    attach: 'pulse',
    deviceId: '00052017',
    channel: 2,
    pulseWeight: decimal(1, -4),
    start: decimal(123_4560, -4),
    decimals: 4,
  };
  const module = createPulseModule({
    seed,
    serial: plan.deviceId,
    channel: plan.channel,
    inputs: 3,
    pulseWeight: plan.pulseWeight,
    dial: plan.start,
    fault,
  });
  module.openTap(T0 + 5_000);
  module.closeTap(T0 + 17_000);
  const now = T0 + 20_000;
  const observations = module
    .telegrams(T0, now)
    .flatMap(({ at, bytes }) => observationOf(decodeTelegram(bytes), at) ?? []);
  const marks: ProofMarks = {
    listenedAt: T0,
    openedAt: T0 + 5_000,
    closedAt: T0 + 17_000,
    dialAfter: module.dialAt(now),
  };
  return judgeProof(plan, marks, { observations, now });
}

describe('bytes of the module go through the codec into the proof', () => {
  test('nothing wrong is proved, for twenty seeds', () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(install('none', seed), `seed ${seed}`).toMatchObject({
        stage: 'proved',
        problem: null,
      });
    }
  });

  test.each([
    ['wrong-meter', 'wrong-meter', '00052152'],
    ['swapped', 'swapped', '3'],
    ['weight', 'wrong-weight', null],
    ['wire-break', 'wire-break', null],
    ['short-circuit', 'short-circuit', null],
    ['magnet', 'magnet', null],
  ] as const)('%s is caught', (fault, problem, found) => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(install(fault, seed), `seed ${seed}`).toMatchObject({
        stage: 'failed',
        problem,
        found,
      });
    }
  });

  test('the weight that fits the dial is suggested', () => {
    expect(formatDecimal(install('weight').suggested!)).toBe('0.001');
  });

  test('one seed gives the same bytes twice', () => {
    const make = () =>
      createPulseModule({
        seed: 3,
        serial: '00000009',
        channel: 1,
        inputs: 2,
        pulseWeight: decimal(1, -3),
        dial: decimal(0, -3),
        fault: 'none',
      }).telegrams(T0, T0 + 9_000);
    expect(make()).toEqual(make());
    expect(make().length).toBe(4);
  });
});
