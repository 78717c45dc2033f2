import { describe, expect, test } from 'vitest';
import { decimal, formatDecimal } from '#lib/base/decimal.ts';
import type { Observation, ProofMarks, ProofPlan } from './install-evidence.ts';
import { judgeProof } from './install-proof.ts';

const T0 = 1_790_000_000_000;
const PLAN: ProofPlan = {
  resource: 'cold-water',
  attach: 'pulse',
  deviceId: '00417',
  channel: 2,
  pulseWeight: decimal(1, -4),
  start: decimal(123_4560, -4),
  decimals: 4,
};
const RADIO: ProofPlan = { ...PLAN, attach: 'radio', deviceId: '48123067', decimals: 3 };
const OPEN: ProofMarks = { listenedAt: T0, openedAt: T0 + 5_000, closedAt: null, dialAfter: null };
const closed = (dialAfter: ProofMarks['dialAfter']): ProofMarks => ({
  ...OPEN,
  closedAt: T0 + 16_000,
  dialAfter,
});

type Input = { pulses: number; wireBreak?: boolean; shortCircuit?: boolean; magnet?: boolean };
const input = (channel: number, given: Input) => ({
  wireBreak: false,
  shortCircuit: false,
  magnet: false,
  channel,
  ...given,
});
const module = (atS: number, inputs: Input[], deviceId = '417'): Observation => ({
  kind: 'pulse',
  at: T0 + atS * 1000,
  deviceId,
  inputs: inputs.map((given, i) => input(i + 1, given)),
});
const radio = (atS: number, liters: number, deviceId = '48123067'): Observation => ({
  kind: 'radio',
  at: T0 + atS * 1000,
  deviceId,
  value: decimal(liters, -3),
  media: ['cold-water'],
  magnet: false,
});
const judge = (
  observations: Observation[],
  {
    plan = PLAN,
    marks = OPEN,
    nowS = 16,
  }: { plan?: ProofPlan; marks?: ProofMarks; nowS?: number } = {},
) => judgeProof(plan, marks, { observations, now: T0 + nowS * 1000 });

const FLOWING = [
  module(2, [{ pulses: 40 }, { pulses: 900 }]),
  module(8, [{ pulses: 40 }, { pulses: 903 }]),
  module(15, [{ pulses: 40 }, { pulses: 906 }]),
];

describe('the happy way of a pulse module', () => {
  test('listening, ready, open, compare, proved', () => {
    const before: ProofMarks = { ...OPEN, openedAt: null };
    expect(judge([], { marks: before, nowS: 1 })).toMatchObject({
      stage: 'listening',
      problem: null,
    });
    expect(judge(FLOWING.slice(0, 1), { marks: before, nowS: 3 })).toMatchObject({
      stage: 'ready',
      wireWhole: true,
      noShort: true,
      noMagnet: true,
    });
    expect(judge(FLOWING.slice(0, 2), { nowS: 9 })).toMatchObject({ stage: 'open', enough: false });
    expect(judge(FLOWING)).toMatchObject({ stage: 'open', enough: true, pulses: 6 });
    expect(judge(FLOWING, { marks: closed(null) }).stage).toBe('compare');
    const done = judge(FLOWING, { marks: closed(decimal(123_4566, -4)) });
    expect(done).toMatchObject({ stage: 'proved', problem: null });
    expect(formatDecimal(done.expectedDial)).toBe('123.4566');
  });

  test('ten seconds alone are not enough: two pulses could be any weight', () => {
    const two = [FLOWING[0]!, module(15, [{ pulses: 40 }, { pulses: 902 }])];
    expect(judge(two)).toMatchObject({ stage: 'open', enough: false, problem: null });
  });

  test('leading zeros of a printed number do not make another device', () => {
    expect(judge(FLOWING, { plan: { ...PLAN, deviceId: '0000417' } }).pulses).toBe(6);
  });
});

describe('each fault is named', () => {
  test('wrong meter: another module counts, ours is not heard', () => {
    const other = FLOWING.map((o) => ({ ...o, deviceId: '552' }));
    expect(judge(other)).toMatchObject({ stage: 'failed', problem: 'wrong-meter', found: '552' });
  });

  test('wrong meter: ours answers and stands still while another counts', () => {
    const still = FLOWING.map((o) => module((o.at - T0) / 1000, [{ pulses: 1 }, { pulses: 1 }]));
    const other = FLOWING.map((o) => ({ ...o, deviceId: '552' }));
    expect(judge([...still, ...other]).problem).toBeNull();
    expect(judge([...still, ...other], { nowS: 26 })).toMatchObject({
      problem: 'wrong-meter',
      found: '552',
    });
  });

  test('swapped hot and cold: the other input counts', () => {
    expect(judge(FLOWING, { plan: { ...PLAN, channel: 1 } })).toMatchObject({
      problem: 'swapped',
      found: '2',
    });
  });

  test('swapped is named although a neighbour’s tap gives our input a stray pulse', () => {
    const stray = FLOWING.map((o, i) =>
      module((o.at - T0) / 1000, [{ pulses: 40 + (i > 0 ? 1 : 0) }, { pulses: 900 + 4 * i }]),
    );
    const plan = { ...PLAN, channel: 1 };
    expect(judge(stray, { plan })).toMatchObject({ problem: 'swapped', found: '2' });
  });

  test('where both inputs count, the dial says which one is ours', () => {
    const both = FLOWING.map((o, i) =>
      module((o.at - T0) / 1000, [{ pulses: 40 + 20 * i }, { pulses: 900 + 3 * i }]),
    );
    expect(judge(both).problem).toBeNull();
    const marks = closed(decimal(123_4566, -4));
    expect(judge(both, { marks })).toMatchObject({ stage: 'proved', problem: null });
    const plan = { ...PLAN, channel: 1 };
    expect(judge(both, { plan, marks })).toMatchObject({ problem: 'swapped', found: '2' });
  });

  test('a count that stops midway is a loose wire, after the patience of its weight', () => {
    const stopped = [FLOWING[0]!, FLOWING[1]!, module(15, [{ pulses: 40 }, { pulses: 903 }])];
    expect(judge(stopped, { nowS: 27 }).problem).toBeNull();
    expect(judge(stopped, { nowS: 28 }).problem).toBe('count-stopped');
    const patient = { ...PLAN, pulseWeight: decimal(1, -2), decimals: 3 };
    expect(judge(stopped, { plan: patient, nowS: 200 }).problem).toBeNull();
    expect(judge(stopped, { plan: patient, nowS: 209 }).problem).toBeNull();
  });

  test('a wire that breaks for one telegram while the tap is open is broken', () => {
    const flicker = [
      FLOWING[0]!,
      module(8, [{ pulses: 40 }, { pulses: 903, wireBreak: true }]),
      module(15, [{ pulses: 40 }, { pulses: 906 }]),
    ];
    expect(judge(flicker)).toMatchObject({ problem: 'wire-break', wireWhole: false });
    const healed = { ...OPEN, openedAt: T0 + 9_000 };
    expect(judge(flicker, { marks: healed, nowS: 16 }).problem).toBeNull();
  });

  test('too few pulses prove nothing, even when the dial agrees', () => {
    const three = [FLOWING[0]!, module(15, [{ pulses: 40 }, { pulses: 903 }])];
    const marks = closed(decimal(123_4563, -4));
    expect(judge(three, { marks })).toMatchObject({
      stage: 'failed',
      problem: 'too-few',
      needed: 4,
    });
  });

  test('swapped comes before the break that an empty input reports', () => {
    const swapped = FLOWING.map((o, i) =>
      module((o.at - T0) / 1000, [{ pulses: 0, wireBreak: true }, { pulses: 900 + 3 * i }]),
    );
    expect(judge(swapped, { plan: { ...PLAN, channel: 1 } }).problem).toBe('swapped');
  });

  test.each([
    ['wire-break', { wireBreak: true }],
    ['short-circuit', { shortCircuit: true }],
    ['magnet', { magnet: true }],
  ])('%s as the module says it', (problem, flag) => {
    expect(judge([module(2, [{ pulses: 0 }, { pulses: 900, ...flag }])])).toMatchObject({
      stage: 'failed',
      problem,
    });
  });

  test('wrong weight: the dial moved ten times as far; the right weight is suggested', () => {
    const verdict = judge(FLOWING, { marks: closed(decimal(123_4620, -4)) });
    expect(verdict.problem).toBe('wrong-weight');
    expect(formatDecimal(verdict.suggested!)).toBe('0.001');
  });

  test('wrong weight by half is caught with three pulses', () => {
    const three = [FLOWING[0]!, module(15, [{ pulses: 40 }, { pulses: 903 }])];
    const plan = { ...PLAN, pulseWeight: decimal(1, -3), decimals: 5 };
    const marks = closed(decimal(123_46350, -5));
    expect(judge(three, { plan, marks }).problem).toBe('wrong-weight');
  });

  test('a dial that did not move at all has no weight to suggest', () => {
    const many = [FLOWING[0]!, module(15, [{ pulses: 40 }, { pulses: 950 }])];
    const verdict = judge(many, { plan: { ...PLAN, decimals: 5 }, marks: closed(PLAN.start) });
    expect(verdict).toMatchObject({ problem: 'wrong-weight', suggested: null });
  });

  test('no signal after half a minute, not before', () => {
    const marks = { ...OPEN, openedAt: null };
    expect(judge([], { marks, nowS: 29 }).problem).toBeNull();
    expect(judge([], { marks, nowS: 30 }).problem).toBe('no-signal');
  });

  test('no flow only after the time a slow tap needs for this weight', () => {
    const still = [FLOWING[0]!];
    expect(judge(still, { nowS: 24 }).problem).toBeNull();
    expect(judge(still, { nowS: 26 }).problem).toBe('no-flow');
    const coarse = { ...PLAN, pulseWeight: decimal(1, -2) };
    expect(judge(still, { plan: coarse, nowS: 150 }).problem).toBeNull();
    expect(judge(still, { plan: coarse, nowS: 210 }).problem).toBe('no-flow');
    const heavy = { ...PLAN, pulseWeight: decimal(1, -1) };
    expect(judge(still, { plan: heavy, nowS: 1200 }).problem).toBeNull();
  });
});

describe('a radio meter', () => {
  test('proves itself by its own growing value', () => {
    const seen = [radio(2, 123_456), radio(14, 123_457)];
    expect(judge(seen, { plan: RADIO })).toMatchObject({ stage: 'open', enough: true });
    const marks = closed(decimal(123_457, -3));
    expect(judge(seen, { plan: RADIO, marks }).stage).toBe('proved');
  });

  test('a stranger that counts is the wrong meter, but only after ours had its turn', () => {
    const seen = [radio(2, 10, '99'), radio(8, 20, '99')];
    expect(judge(seen, { plan: RADIO, nowS: 12 }).problem).toBeNull();
    expect(judge(seen, { plan: RADIO, nowS: 26 })).toMatchObject({
      problem: 'wrong-meter',
      found: '99',
    });
  });

  test('another medium than announced is named before its value is compared', () => {
    const electricity: Observation = {
      ...radio(2, 903_000),
      media: ['electricity'],
    } as Observation;
    expect(judge([electricity], { plan: RADIO })).toMatchObject({
      problem: 'other-medium',
      found: 'electricity',
    });
    const water: Observation = {
      ...radio(2, 123_456),
      media: ['cold-water', 'hot-water'],
    } as never;
    const hot: ProofPlan = { ...RADIO, resource: 'hot-water' };
    expect(judge([water], { plan: hot, nowS: 3 }).problem).toBeNull();
  });

  test('a dial that the radio does not agree with afterwards is another meter', () => {
    const seen = [radio(2, 123_456), radio(14, 123_457)];
    const marks = closed(decimal(125_000, -3));
    expect(judge(seen, { plan: RADIO, marks }).problem).toBe('wrong-start');
  });

  test('a value far from the typed dial is a wrong start', () => {
    expect(judge([radio(2, 903_000)], { plan: RADIO }).problem).toBe('wrong-start');
  });
});
