import { describe, expect, test } from 'vitest';
import { createPrng } from '#lib/base/prng.ts';
import { openHdlc } from '../../meters/iec62056-21/hdlc-mode.ts';
import { createLineRun, type LineScript } from '../../meters/iec62056-21/line.ts';
import { parseIdentification } from '../../meters/iec62056-21/message.ts';
import {
  runProgramming,
  type ProgrammingJob,
  type ProgrammingOptions,
} from '../../meters/iec62056-21/programming.ts';
import type { VirtualMeter } from '../../meters/iec62056-21/responder.ts';
import { initialReadState, step, type ReadOptions } from '../../meters/iec62056-21/session.ts';
import { LINE_FAULTS, type LineFault } from './line-faults.ts';
import { talkOverLine, type OpticalLineOptions, type ReplyFault } from './optical-line.ts';

const SETS = [
  { address: '0.0.0', value: '12345678', unit: null },
  { address: '1.8.0', value: '001204.317', unit: 'kWh' },
  { address: '1.8.0*01', value: '001100.000', unit: 'kWh' },
];

function meterOf(line: string, more: Partial<VirtualMeter> = {}): VirtualMeter {
  const identification = parseIdentification(line);
  if (!identification) throw new Error('a test meter has an identification');
  return { identification, address: '42', dataSets: SETS, ...more };
}

const CLEAN: ReplyFault = { fault: 'none', at: 0, seed: 1 };
const clean = (meter: VirtualMeter): OpticalLineOptions => ({ meter, faultOf: () => CLEAN });

/** Longest that a reader of a short list may take: three sign-ons and two readouts at 300 Bd. */
const LIMIT_MS = 40_000;

function readout(line: OpticalLineOptions, options: ReadOptions = {}) {
  let state = initialReadState(options);
  return talkOverLine((event) => {
    const next = step(state, event);
    state = next.state;
    return { ...next, result: state.result };
  }, line);
}

function run<T>(script: LineScript<T>, line: OpticalLineOptions) {
  const machine = createLineRun(script);
  return talkOverLine((event) => machine.step(event), line);
}

const program = (line: OpticalLineOptions, options: ProgrammingOptions) =>
  run(runProgramming(options), line);

const READ: ProgrammingJob = { command: 'R', type: '1', address: '1.8.0', value: '' };
const WRITE: ProgrammingJob = { command: 'W', type: '1', address: '0.0.0', value: '87654321' };
const PASSWORD = { type: '1', answer: () => 'OPEN' } as const;

const plainSets = (sets: readonly { address: string; value: string; unit: string | null }[]) =>
  sets.map(({ address, value, unit }) => ({ address, value, unit }));

/** Every single fault at every place of every answer, and seeded mixes of faults and delays. */
function* plans(): Generator<{ name: string; faultOf: (reply: number) => ReplyFault }> {
  for (const fault of LINE_FAULTS) {
    for (let reply = 0; reply < 3; reply++) {
      for (let at = 0; at < 100; at += fault === 'silent' ? 100 : 1) {
        const faultOf = (n: number) => (n === reply ? { fault, at, seed: 7 } : CLEAN);
        yield { name: `${fault} in answer ${reply} at ${at}`, faultOf };
      }
    }
  }
  for (const lateMs of [100, 1000, 1700, 3000, 10_000]) {
    for (let reply = 0; reply < 3; reply++) {
      const faultOf = (n: number) => (n === reply ? { ...CLEAN, lateMs } : CLEAN);
      yield { name: `answer ${reply} late by ${lateMs}`, faultOf };
    }
    yield { name: `all late by ${lateMs}`, faultOf: () => ({ ...CLEAN, lateMs }) };
  }
}

function* mixes(count: number) {
  for (let seed = 1; seed <= count; seed++) {
    const faultOf = (reply: number): ReplyFault => {
      const prng = createPrng(seed).fork(`answer ${reply}`);
      const fault: LineFault = prng.chance(0.5) ? 'none' : prng.pick(LINE_FAULTS);
      const lateMs = prng.chance(0.3) ? prng.int(0, 4000) : 0;
      return { fault, at: prng.int(0, 90), seed, lateMs };
    };
    const prng = createPrng(seed);
    const more = { echo: prng.chance(0.5), deafFor: prng.int(0, 3), badBlocks: prng.int(0, 2) };
    yield { seed, faultOf, more, pieceBytes: prng.int(1, 30) };
  }
}

const MODES = [
  ['A', '/KLT@KILTER', [300]],
  ['B', '/KLTCKILTER', [300, 2400]],
  ['C', '/KLT5KILTER', [300, 9600]],
  ['C at 300 Bd', '/KLT0KILTER', [300]],
] as const;

describe.each(MODES)('readout in mode %s', (_mode, identification, bauds) => {
  test('without faults, with and without echo', () => {
    for (const echo of [false, true]) {
      const { result, elapsedMs, ...talk } = readout(clean(meterOf(identification, { echo })));
      expect(result.kind).toBe('done');
      expect(talk.bauds).toEqual(bauds);
      expect(elapsedMs).toBeLessThan(10_000);
    }
  });

  test('every single fault ends right or with a name, in time', () => {
    const outcomes = new Map<string, number>();
    for (const echo of [false, true]) {
      for (const { name, faultOf } of plans()) {
        const meter = meterOf(identification, { echo });
        const { result, elapsedMs } = readout({ meter, faultOf });
        expect(elapsedMs, name).toBeLessThan(LIMIT_MS);
        if (result.kind === 'done') {
          expect(plainSets(result.readout.dataSets), name).toEqual(SETS);
        } else expect(result.code, name).toMatch(/^[a-z_]+$/);
        const word = result.kind === 'done' ? 'done' : result.code;
        outcomes.set(word, (outcomes.get(word) ?? 0) + 1);
      }
    }
    const all = [...outcomes.values()].reduce((sum, n) => sum + n, 0);
    expect(outcomes.get('done')! / all, JSON.stringify([...outcomes])).toBeGreaterThan(0.9);
  });

  test('200 seeded mixes end right or with a name, in time', () => {
    for (const { seed, faultOf, more, pieceBytes } of mixes(200)) {
      const meter = meterOf(identification, more);
      const { result, elapsedMs } = readout({ meter, faultOf, pieceBytes });
      expect(elapsedMs, `seed ${seed}`).toBeLessThan(LIMIT_MS);
      if (result.kind === 'done') {
        expect(plainSets(result.readout.dataSets), `seed ${seed}`).toEqual(SETS);
      } else expect(result.code).toMatch(/^[a-z_]+$/);
    }
  });
});

describe('programming mode', () => {
  const meter = meterOf('/KLT5\\2KILTER', { password: 'OPEN' });

  test('reads registers without a password, with and without echo', () => {
    for (const echo of [false, true]) {
      const { result } = program(clean({ ...meter, echo }), { jobs: [READ] });
      expect(result).toMatchObject({ kind: 'done', code: null });
      expect(plainSets(result.answers[0]!.dataSets)).toEqual([SETS[1]]);
    }
  });

  test('nothing is written unless it is allowed, and then with the password only', () => {
    const jobs = [WRITE, { ...READ, address: '0.0.0' }];
    const forbidden = program(clean(meter), { jobs, password: PASSWORD });
    expect(forbidden).toMatchObject({ result: { code: 'write_not_allowed' }, elapsedMs: 0 });
    const untold = program(clean(meter), { jobs, allowWrite: true });
    expect(untold.result).toMatchObject({ code: 'refused', detail: 'ER03' });
    const wrong = { type: '1', answer: () => 'SHUT' } as const;
    const shut = program(clean(meter), { jobs, password: wrong, allowWrite: true });
    expect(shut.result).toMatchObject({ code: 'wrong_password', detail: 'ER02' });
    expect([forbidden, untold, shut].map(({ written }) => written)).toEqual([{}, {}, {}]);
    const open = program(clean(meter), { jobs, password: PASSWORD, allowWrite: true });
    expect(open.result.kind).toBe('done');
    expect(open.result.answers[1]?.dataSets[0]?.value).toBe('87654321');
    expect(open.written).toEqual({ '0.0.0': '87654321' });
  });

  test.each([
    [{ ...READ, address: '9.9.9' }, 'refused'],
    [{ ...READ, address: '' }, 'bad_job'],
    [{ ...READ, value: '1)(2' }, 'bad_job'],
    [{ ...READ, address: '1.8.0\x03' }, 'bad_job'],
  ] as const)('%o is %s', (job, code) => {
    expect(program(clean(meter), { jobs: [job] }).result.code).toBe(code);
  });

  test('a meter without it, or in mode B, is told', () => {
    const none = meterOf('/KLT5KILTER');
    expect(program(clean(none), { jobs: [READ] }).result.code).toBe('no_programming');
    const modeB = meterOf('/KLTBKILTER');
    expect(program(clean(modeB), { jobs: [READ] }).result.code).toBe('no_programming');
    const deaf = meterOf('/KLT5KILTER', { deafFor: 9 });
    for (const echo of [false, true]) {
      const { result } = program(clean({ ...deaf, echo }), { jobs: [READ] });
      expect(result.code).toBe('no_answer');
    }
  });

  const OPTIONS: ProgrammingOptions = {
    jobs: [READ, WRITE, { ...READ, address: '0.0.0' }],
    password: PASSWORD,
    allowWrite: true,
  };

  function check(name: string, line: OpticalLineOptions): string {
    const { result, elapsedMs, written } = program(line, OPTIONS);
    expect(elapsedMs, name).toBeLessThan(2 * LIMIT_MS);
    const [first, second, third] = result.answers;
    if (first) expect(plainSets(first.dataSets), name).toEqual([SETS[1]]);
    if (second) expect(written, name).toEqual({ '0.0.0': '87654321' });
    if (third) expect(third.dataSets[0]?.value, name).toBe('87654321');
    if (result.kind === 'done') expect(result.answers, name).toHaveLength(3);
    else expect(result.code, name).toMatch(/^[a-z_]+$/);
    return result.code ?? 'done';
  }

  test('every single fault and 200 mixes: no false value, no false success, in time', () => {
    const outcomes: string[] = [];
    for (const { name, faultOf } of plans()) {
      for (const echo of [false, true]) {
        outcomes.push(check(name, { meter: { ...meter, echo }, faultOf }));
      }
    }
    const done = outcomes.filter((word) => word === 'done').length;
    expect(done / outcomes.length, [...new Set(outcomes)].join()).toBeGreaterThan(0.85);
    for (const { seed, faultOf, more, pieceBytes } of mixes(200)) {
      check(`seed ${seed}`, { meter: { ...meter, ...more }, faultOf, pieceBytes });
    }
  });
});

describe('mode E', () => {
  const meter = meterOf('/KLT5\\2KILTER');

  test('hands the line over at the speed of the identification, eight bits', () => {
    for (const echo of [false, true]) {
      const { result, bauds } = run(openHdlc(), clean({ ...meter, echo }));
      expect(result).toMatchObject({
        kind: 'hdlc',
        settings: { baud: 9600, dataBits: 8, parity: 'none' },
      });
      expect(bauds).toEqual([300, 9600]);
    }
  });

  test('a meter that does not offer it, or is silent', () => {
    expect(run(openHdlc(), clean(meterOf('/KLT5KILTER'))).result).toMatchObject({
      code: 'unsupported_mode',
    });
    expect(run(openHdlc(), clean({ ...meter, deafFor: 9 })).result).toMatchObject({
      code: 'no_answer',
    });
  });

  test('every fault ends with the line handed over or with a name', () => {
    for (const { name, faultOf } of plans()) {
      const { result, elapsedMs } = run(openHdlc(), { meter, faultOf });
      expect(elapsedMs, name).toBeLessThan(LIMIT_MS);
      expect(result.kind === 'hdlc' || /^[a-z_]+$/.test(result.code), name).toBe(true);
    }
  });
});
