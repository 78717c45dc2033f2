import { expect, test } from 'vitest';
import { createPulseWire, type PulseWireOptions } from './pulse-wire.ts';

const OPTIONS: PulseWireOptions = {
  seed: 3,
  startAt: 1000,
  pulsesPerKwh: 1000,
  load_w: 3600,
  fault: 'none',
};
const MINUTE_MS = 60_000;

test.each(['none', 'bounce'] as const)('%s: a load of 3600 W gives a pulse a second', (fault) => {
  const wire = createPulseWire({ ...OPTIONS, fault });
  expect(wire.advance(1000 + MINUTE_MS - 500).pulses).toBe(60);
  expect(wire.advance(1000 + 2 * MINUTE_MS - 500).pulses).toBe(120);
});

test.each(['wire-break', 'short-circuit'] as const)('%s is told and counts nothing', (fault) => {
  expect(createPulseWire({ ...OPTIONS, fault }).advance(MINUTE_MS)).toEqual({
    pulses: 0,
    state: fault,
  });
});
