/** A collector read out over a line that breaks: every meter once, none lost, values the same. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DAY_MS } from '#lib/base/interval.ts';
import type { CollectorRead } from '#lib/contract/collector-read.ts';
import {
  COLLECTOR_CAPACITY,
  collectedValueAt,
  createCollector,
  fillHouse,
  type CollectedSim,
} from '#lib/sim/devices/collector.ts';
import { ChunkQueue } from '#lib/transport/chunk-queue.ts';
import { DeviceError, type Transport } from '#lib/transport/transport.ts';
import type { FoundDevice } from '../console/types.ts';
import { registerText } from '../dial.ts';
import { Port } from '../port.ts';
import { readOut, type ReadOutEnd } from './read-out.ts';
import { newVisit, progressOf, withKept, withRetry, type KnownMeter, type Visit } from './visit.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 30);
const WATER: CollectedSim = {
  ...{ serial: '11200345', register: 10, startAt: NOW - 3 * DAY_MS },
  ...{ startValue: 120_400n, perDay: 310n },
};
const HOUSE: readonly CollectedSim[] = [
  WATER,
  { ...WATER, serial: '70000012', register: 1, startValue: 4_821_500n, perDay: 7200n },
  { ...WATER, serial: '11200346', isLost: true },
  { ...WATER, serial: '11200347', isStale: true, startAt: NOW - 40 * DAY_MS },
];
const KNOWN: readonly KnownMeter[] = [
  { meterId: 1, serial: '11200345', register: 10, state: 'ahead' },
  { meterId: 2, serial: '70000012', register: 1, state: 'doubt' },
  { meterId: 3, serial: '11200346', register: 10, state: 'cannot' },
  { meterId: 4, serial: '11200347', register: 10, state: 'ahead' },
];
const FOUND: FoundDevice = {
  ...{ protocol: 'dlms', kind: 'emis951', address: '1/17' },
  settings: { baud: 115_200, dataBits: 8, parity: 'none', stopBits: 1 },
  identity: { serial: 'J100-00720', manufacturer: 'KLT', model: 'EMIS 951' },
};

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

type Cut = { readonly at: number; readonly how: 'unplugged' | 'silent' };

/** Answers at once; from exchange `at` on the cable is out, or nobody hears. */
class Line implements Transport {
  readonly name = 'line';
  status = 'open' as const;
  exchanges = 0;
  readonly #queue = new ChunkQueue();
  readonly #device: ReturnType<typeof createCollector>;
  constructor(
    meters: readonly CollectedSim[],
    readonly cut: Cut | null = null,
  ) {
    this.#device = createCollector({
      ...{ serial: 'J100-00720', meters, at: NOW, seed: 7 },
      baud: 0,
    });
  }
  async open(): Promise<void> {}
  async write(bytes: Uint8Array): Promise<void> {
    const isCut = this.cut !== null && this.exchanges++ >= this.cut.at;
    if (this.cut === null) this.exchanges++;
    if (isCut && this.cut?.how === 'unplugged') throw new DeviceError('disconnected', 'Unplugged.');
    if (isCut) return;
    for (const { bytes: answer } of this.#device.write(bytes, Date.now())) {
      this.#queue.push(answer, Date.now());
    }
  }
  read() {
    return this.#queue.read();
  }
  async close(): Promise<void> {
    this.#queue.end();
  }
}

/** The phone: what is kept survives everything, the visit only what was written down. */
class Phone {
  readonly kept: CollectorRead[] = [];
  visit: Visit = { ...newVisit('00000000-0000-7000-8000-000000000001', 5, NOW), collector: ME };
  known: readonly KnownMeter[] = KNOWN;
  fails: unknown = null;
  readonly stop = new AbortController();

  async run(line: Line): Promise<ReadOutEnd | string> {
    const work = { port: new Port(line), signal: this.stop.signal, patience: 1, counters: null };
    const run = readOut(
      {
        ...{ work, found: FOUND, known: () => this.known, now: Date.now },
        keep: async (body) => {
          if (this.fails) throw this.fails;
          this.kept.push(body);
        },
        onVisit: (visit) => void (this.visit = visit),
      },
      this.visit,
    ).catch((cause: unknown) => (cause instanceof Error ? cause.message : String(cause)));
    return done(run);
  }
  serials = (): string[] => this.kept.map(({ serial }) => serial).sort();
}

const ME = { serial: 'J100-00720', model: 'EMIS 951' };

async function done<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  void work.finally(() => (isOver = true));
  for (let i = 0; i < 2000 && !isOver; i++) await vi.advanceTimersByTimeAsync(500);
  expect(isOver).toBe(true);
  return work;
}

const valuesOf = (body: CollectorRead | undefined, register: number) =>
  body?.registers.find((one) => one.register === register)?.values ?? [];

/** Every value is the one that the simulated meter had at that moment. */
function expectTrue(body: CollectorRead, sim: CollectedSim): void {
  const values = valuesOf(body, sim.register);
  expect(values.length).toBeGreaterThan(20);
  for (const [at, value] of values) {
    expect(value).toBe(registerText(sim.register, collectedValueAt(sim, at)));
  }
}

describe('a visit', () => {
  it('takes registers and journal; what is old or refused is said', async () => {
    const phone = new Phone();
    const line = new Line(HOUSE);
    expect(await phone.run(line)).toMatchObject({ code: 'complete' });
    expect(progressOf(phone.visit)).toEqual({
      ...{ total: 4, done: 3, failed: 1, ahead: 0, unassigned: 0 },
    });
    const [water, power, stale] = phone.kept;
    expectTrue(water!, HOUSE[0]!);
    expectTrue(power!, HOUSE[1]!);
    expectTrue(stale!, HOUSE[3]!);
    const [at, value] = valuesOf(water, 10).at(-1)!;
    expect(NOW - at).toBeLessThan(DAY_MS / 24);
    expect(water).toMatchObject({ due: { register: 10, at, value }, meterId: 1, gaps: [] });
    // Eyes saw something doubtful at this one; a memory of nine days ago reads nothing.
    expect(power?.due).toBeNull();
    expect(stale?.due).toBeNull();
    const lost = phone.visit.meters.find(({ serial }) => serial === '11200346');
    expect(lost).toMatchObject({ state: 'failed', reason: 'nothing' });
  });

  it('keeps a meter that nobody knows under its serial', async () => {
    const phone = new Phone();
    phone.known = KNOWN.slice(1);
    await phone.run(new Line(HOUSE.slice(0, 1)));
    expect(phone.kept).toMatchObject([{ serial: '11200345', meterId: null, due: null }]);
    expect(progressOf(phone.visit).unassigned).toBe(1);
  });

  it('asks the failed ones again when it is told to, and only those', async () => {
    const phone = new Phone();
    await phone.run(new Line(HOUSE));
    phone.visit = withRetry(phone.visit);
    const healed = HOUSE.map((meter) => ({ ...meter, isLost: false }));
    expect(await phone.run(new Line(healed))).toMatchObject({ code: 'complete' });
    expect(phone.serials()).toEqual(HOUSE.map(({ serial }) => serial).sort());
  });

  it('follows a list whose numbers changed between two sessions', async () => {
    const phone = new Phone();
    const whole = new Line(HOUSE);
    await new Phone().run(whole);
    await phone.run(new Line(HOUSE, { at: Math.floor(whole.exchanges / 2), how: 'unplugged' }));
    expect(phone.kept.length).toBeGreaterThan(0);
    await phone.run(new Line(HOUSE.toReversed()));
    expect(phone.serials()).toEqual(['11200345', '11200347', '70000012']);
    for (const sim of HOUSE.filter(({ isLost }) => !isLost)) {
      expectTrue(
        phone.kept.find(({ serial }) => serial === sim.serial)!,
        sim,
      );
    }
  });
});

describe('a broken line', () => {
  it.each(['unplugged', 'silent'] as const)(
    'cut at every exchange (%s) and resumed: every meter once, none lost',
    async (how) => {
      const meters = HOUSE.slice(0, 2);
      const whole = new Line(meters);
      const expected = new Phone();
      await expected.run(whole);
      expect(whole.exchanges).toBeGreaterThan(20);
      for (let at = 0; at < whole.exchanges; at++) {
        const phone = new Phone();
        const fresh = phone.visit;
        await phone.run(new Line(meters, { at, how }));
        // Killed: the visit of the beginning and the outbox are all that is left of every other.
        if (at % 2 === 0) {
          phone.visit = withKept(fresh, phone.kept);
        }
        const before = phone.kept.length;
        await phone.run(new Line(meters));
        expect({ at, kept: phone.serials(), before }).toEqual({
          ...{ at, before, kept: expected.serials() },
        });
        for (const sim of meters) {
          expectTrue(
            phone.kept.find(({ serial }) => serial === sim.serial)!,
            sim,
          );
        }
      }
    },
    30_000,
  );

  it('stops when the person says so, and goes on later', async () => {
    const phone = new Phone();
    phone.stop.abort();
    expect(await phone.run(new Line(HOUSE))).toMatchObject({ code: 'stopped' });
    expect(phone.kept).toEqual([]);
  });

  it('ends when the phone cannot keep: the meter is not taken', async () => {
    const phone = new Phone();
    phone.fails = new Error('full');
    expect(await phone.run(new Line(HOUSE))).toBe('full');
    expect(progressOf(phone.visit).done).toBe(0);
    phone.fails = null;
    await phone.run(new Line(HOUSE));
    expect(progressOf(phone.visit)).toMatchObject({ done: 3, failed: 1 });
  });
});

it('a full collector of 720 meters: all are taken or told why not', async () => {
  const meters = fillHouse(HOUSE, { total: COLLECTOR_CAPACITY, seed: 1, at: NOW });
  const phone = new Phone();
  const line = new Line(meters);
  await phone.run(line);
  const lost = meters.filter(({ isLost }) => isLost).map(({ serial }) => serial);
  expect(progressOf(phone.visit)).toEqual({
    ...{ total: 720, done: 720 - lost.length, failed: lost.length, ahead: 0 },
    unassigned: 720 - lost.length - 3,
  });
  const failed = phone.visit.meters.filter(({ state }) => state === 'failed');
  expect(failed.map(({ serial }) => serial)).toEqual(lost);
  expect(new Set(phone.serials()).size).toBe(phone.kept.length);
}, 30_000);
