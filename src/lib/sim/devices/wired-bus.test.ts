import { expect, test } from 'vitest';
import { concatBytes } from '#lib/base/bytes.ts';
import { decimal } from '#lib/base/decimal.ts';
import { must } from '#lib/base/assert.ts';
import { createPrng } from '#lib/base/prng.ts';
import { makeRecord } from '../../meters/mbus/build.ts';
import { attemptMs, createBusRun, type BusLine, type BusScript } from '../../meters/mbus/line.ts';
import { encodeRecords } from '../../meters/mbus/records.ts';
import { scanPrimary, searchSecondary } from '../../meters/mbus/search.ts';
import { changeBaud, readMeter, type BusReading } from '../../meters/mbus/session.ts';
import { BUS_FAULTS, createWiredBus, type BusFault, type SlaveSpec } from './wired-bus.ts';

const LINE: BusLine = { baud: 2400, slackMs: 100 };

/** A telegram with one volume; `more` says that another follows. */
function telegram(litres: number, more = false): Uint8Array {
  const made = makeRecord({ quantity: 'volume', unit: 'm3', value: decimal(litres, -3) });
  const record = must(made.ok ? made.value : null, 'a record of volume');
  return concatBytes(encodeRecords({ records: [record] }), Uint8Array.from(more ? [0x1f] : []));
}

function slave(address: number, id: string, litres: readonly number[]): SlaveSpec {
  const last = litres.length - 1;
  return {
    address,
    device: { manufacturer: 'KLT', id, version: 1, type: 7 },
    baud: 2400,
    telegrams: litres.map((value, i) => telegram(value, i < last)),
    delay: address % 3,
  };
}

const SLAVES = [
  slave(1, '10000001', [1001]),
  slave(2, '10000002', [2001, 2002, 2003]),
  slave(3, '10002703', [3001, 3002]),
  slave(250, '98765432', [4001]),
];
const TRUTH: Readonly<Record<string, readonly bigint[]>> = {
  '10000001': [1001n],
  '10000002': [2001n, 2002n, 2003n],
  '10002703': [3001n, 3002n],
  '98765432': [4001n],
};

type World = { slaves?: readonly SlaveSpec[]; echo?: boolean; seed?: number };
type FaultsAt = (exchange: number) => readonly BusFault[];

/** Runs a script against a bus in virtual time; more steps than any session needs are a hang. */
function run<T>(script: BusScript<T>, world: World = {}, faultsAt: FaultsAt = () => []) {
  const { slaves = SLAVES, echo = true, seed = 1 } = world;
  const bus = createWiredBus({ slaves, echo, prng: createPrng(seed), faultsAt });
  const session = createBusRun(script);
  let now = 0;
  let questions = 0;
  let step = session.step({ kind: 'start' });
  for (let guard = 0; step.result === null; guard++) {
    expect(guard, 'the session ends').toBeLessThan(50_000);
    if (step.send) {
      bus.write(step.send, now);
      questions++;
    }
    if (step.open) {
      bus.open(step.open);
      step = session.step({ kind: 'reopened' });
      continue;
    }
    const until = now + must(step.waitMs, 'a session waits for something');
    const heard = bus.poll(until);
    now = heard ? Math.max(now, heard.at) : until;
    step = session.step(heard ? { kind: 'bytes', bytes: heard.bytes } : { kind: 'timeout' });
  }
  return { result: step.result, ms: now, questions };
}

const byId = (id: string) =>
  readMeter(LINE, {
    kind: 'secondary',
    selection: { id, manufacturer: 'FFFF', version: 'FF', type: 'FF' },
  });
const byAddress = (address: number) => readMeter(LINE, { kind: 'primary', address });

function valuesOf(reading: BusReading): unknown {
  if (reading.kind === 'failed') return reading.code;
  return reading.telegrams.flatMap((t) =>
    t.records.map((r) => r.value.kind === 'number' && r.value.value.units),
  );
}

const IDS = SLAVES.map(({ device }) => device.id);

test.each([true, false])('every meter is read both ways, echo %s', (echo) => {
  for (const { address, device } of SLAVES) {
    expect(valuesOf(run(byAddress(address), { echo }).result)).toEqual(TRUTH[device.id]);
    expect(valuesOf(run(byId(device.id), { echo }).result)).toEqual(TRUTH[device.id]);
  }
});

test('what is not there is no answer, after three attempts and not for ever', () => {
  for (const script of [byAddress(77), byId('55555555')]) {
    const { result, ms } = run(script);
    expect(result).toEqual({ kind: 'failed', code: 'no_answer' });
    expect(ms).toBeLessThan(7 * attemptMs(LINE));
  }
});

test('a number that several meters match is a collision', () => {
  expect(run(byId('1000000F')).result).toEqual({ kind: 'failed', code: 'collision' });
});

test('two meters at one address are a named failure, or one of them, never a mixture', () => {
  for (let seed = 0; seed < 400; seed++) {
    const prng = createPrng(seed);
    const pair = [0, 1].map((n) => ({
      ...slave(5, `2000000${n}`, [prng.int(1, 1_000_000)]),
      delay: prng.int(0, 3),
    }));
    const { result } = run(byAddress(5), { slaves: pair, seed });
    const honest = pair.map((one) => {
      const alone = run(byAddress(5), { slaves: [one] }).result;
      return JSON.stringify(valuesOf(alone), text);
    });
    const told = JSON.stringify(valuesOf(result), text);
    // Bit for bit together they pass for one meter, whose number then selects nobody.
    if (result.kind === 'done' && !result.proven) expect(honest).not.toContain(told);
    else expect(['"noise"', ...honest]).toContain(told);
  }
});

const text = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

test('what is read is proven by the number of the meter, where it can be selected', () => {
  const proven = (script: BusScript<BusReading>, slaves = SLAVES): unknown => {
    const { result } = run(script, { slaves });
    return result.kind === 'done' && result.proven;
  };
  expect(proven(byAddress(2))).toBe(true);
  expect(proven(byId('1000000F'), [SLAVES[0]!])).toBe(true);
  const plain = [{ ...SLAVES[1]!, isSelectable: false }];
  expect(proven(byAddress(2), plain)).toBe(false);
  expect(valuesOf(run(byAddress(2), { slaves: plain }).result)).toEqual(TRUTH['10000002']);
});

test('a busy meter is asked again, a meter that stays busy is told as such', () => {
  const busy = (times: number) => [{ ...SLAVES[1]!, busy: times }];
  expect(valuesOf(run(byAddress(2), { slaves: busy(2) }).result)).toEqual(TRUTH['10000002']);
  expect(run(byAddress(2), { slaves: busy(9) }).result).toEqual({ kind: 'failed', code: 'busy' });
});

const NAMED = ['no_answer', 'noise', 'collision', 'wrong_meter', 'busy', 'stuck', 'unreadable'];

/**
 * Address, first telegram, selection, three telegrams, and the address with three telegrams again,
 * each asked three times, and two times a selection taken back.
 */
const MAX_QUESTIONS = 3 * (1 + 1 + 1 + 3 + 1 + 3) + 2;

/** Right values or a named failure, and in the time that the protocol allows. */
function checkHonest(id: string, outcome: ReturnType<typeof run<BusReading>>, why: string): void {
  const values = valuesOf(outcome.result);
  if (outcome.result.kind === 'done') expect(values, why).toEqual(TRUTH[id]);
  else expect(NAMED, why).toContain(values);
  expect(outcome.ms, why).toBeLessThanOrEqual(outcome.questions * attemptMs(LINE) + 5000);
  expect(outcome.questions, why).toBeLessThanOrEqual(MAX_QUESTIONS);
}

test.each(BUS_FAULTS)('%s at any one exchange: the values are right all the same', (fault) => {
  for (const { address, device } of SLAVES) {
    for (const script of [() => byAddress(address), () => byId(device.id)]) {
      for (let at = 0; at < 7; at++) {
        for (const echo of [true, false]) {
          const only: FaultsAt = (exchange) => (exchange === at ? [fault] : []);
          const outcome = run(script(), { echo, seed: 100 * at + address }, only);
          const why = `${fault} at ${at} of ${device.id}, echo ${echo}`;
          checkHonest(device.id, outcome, why);
          expect(outcome.result.kind, why).toBe('done');
        }
      }
    }
  }
});

test.each(BUS_FAULTS)('%s at every exchange ends in right values or a named failure', (fault) => {
  for (const id of IDS)
    checkHonest(
      id,
      run(byId(id), { seed: 9 }, () => [fault]),
      fault,
    );
});

/** In this world the first telegram comes once more, late, where the third is awaited. */
const LATE_ANSWER = 391;

test('200 seeded mixes of faults: never a wrong value, never a hang', () => {
  const outcomes = new Map<string, number>();
  for (const seed of [...Array(200).keys(), LATE_ANSWER]) {
    const prng = createPrng(1000 + seed);
    const { address, device } = prng.pick(SLAVES);
    const script = prng.chance(0.5) ? byAddress(address) : byId(device.id);
    const rate = prng.pick([0.1, 0.3, 0.6]);
    const mixed: FaultsAt = () =>
      BUS_FAULTS.filter(() => prng.chance(rate / 3)).slice(0, prng.int(1, 4));
    const outcome = run(script, { echo: prng.chance(0.5), seed }, mixed);
    checkHonest(device.id, outcome, `seed ${seed}`);
    outcomes.set(outcome.result.kind, (outcomes.get(outcome.result.kind) ?? 0) + 1);
  }
  // Both happen, else the mixes would prove nothing.
  expect(outcomes.get('done')).toBeGreaterThan(60);
  expect(outcomes.get('failed')).toBeGreaterThan(5);
});

test('the primary scan finds every address, and where two share one', () => {
  const { result } = run(scanPrimary(LINE));
  expect(result).toEqual({ found: [1, 2, 3, 250], crowded: [] });
  const twins = [...SLAVES, { ...slave(3, '77777777', [1]), delay: 5 }];
  expect(run(scanPrimary(LINE, { from: 2, to: 4 }), { slaves: twins }).result).toEqual({
    found: [2],
    crowded: [3],
  });
});

test.each([true, false])('the secondary search tells all meters apart, echo %s', (echo) => {
  const { result } = run(searchSecondary(LINE), { echo });
  expect(result.found.map(({ id }) => id)).toEqual(IDS);
  expect(result.crowded).toEqual([]);
});

test('meters with one number are told apart by their maker, version or type', () => {
  const device = { manufacturer: 'KLT', id: '12345678', version: 1, type: 7 };
  const slaves = [
    { ...slave(1, '12345678', [1]), device, delay: 0 },
    { ...slave(2, '12345678', [2]), device: { ...device, version: 2 }, delay: 1 },
    { ...slave(3, '12345678', [3]), device: { ...device, type: 6 }, delay: 2 },
  ];
  const { result } = run(searchSecondary(LINE), { slaves });
  expect(result.found.map(({ version, type }) => version + type).toSorted()).toEqual([
    '0106',
    '0107',
    '0207',
  ]);
});

test('noise during a search hides no meter', () => {
  for (let seed = 0; seed < 12; seed++) {
    const prng = createPrng(seed);
    const rare: FaultsAt = () => (prng.chance(0.04) ? [prng.pick(BUS_FAULTS)] : []);
    const { result } = run(searchSecondary(LINE), { seed }, rare);
    expect([...new Set(result.found.map(({ id }) => id))].toSorted()).toEqual(IDS.toSorted());
  }
});

test('a meter changes its speed, and is found again where it is', () => {
  expect(run(changeBaud(LINE, 1, 9600)).result).toBe('changed');
  expect(run(changeBaud(LINE, 77, 9600)).result).toBe('no_answer');
  // It did not hear the order: it is still at the old speed.
  expect(run(changeBaud(LINE, 1, 9600), {}, (n) => (n === 0 ? ['deaf'] : [])).result).toBe(
    'refused',
  );
  // Only its acknowledgement was lost: it did change.
  expect(run(changeBaud(LINE, 1, 9600), {}, (n) => (n === 0 ? ['silent'] : [])).result).toBe(
    'changed',
  );
});
