import { expect, test } from 'vitest';
import { initialReadState, step, type ReadEvent } from '../../meters/iec62056-21/session.ts';
import { normaliseDataSets } from '../../meters/normalise.ts';
import { createOpticalMeter } from './optical-meter.ts';

const METER = {
  meterId: 1,
  serial: '4812 5519',
  radioId: null,
  register: 1,
  decimals: 1,
  hasKey: false,
  history: [[0, '12345600']] as const,
  usualPerDay: null,
};

test('answers the codec’s session at the speed and pace of a real line', () => {
  const device = createOpticalMeter({ meter: METER, startAt: 0 });
  let state = initialReadState();
  let event: ReadEvent = { kind: 'start' };
  let now = 0;
  for (let turns = 0; turns < 200 && !state.result; turns++) {
    const next = step(state, event);
    state = next.state;
    if (next.send) device.write(next.send, now);
    if (next.open) {
      device.open(next.open);
      event = { kind: 'reopened' };
      continue;
    }
    const until = now + (next.waitMs ?? 0);
    let got: Uint8Array | undefined;
    while (!got && now < until) got = device.poll((now += 10))[0];
    event = got ? { kind: 'bytes', bytes: got } : { kind: 'timeout' };
  }
  expect(state.result).toMatchObject({ kind: 'done' });
  const sets = state.result?.kind === 'done' ? state.result.readout.dataSets : [];
  expect(normaliseDataSets(sets).values[0]).toMatchObject({ obis: '1-0:1.8.0', unit: 'Wh' });
});
