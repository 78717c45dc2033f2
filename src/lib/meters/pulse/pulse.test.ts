import { describe, expect, test } from 'vitest';
import { decimal, formatDecimal } from '#lib/base/decimal.ts';
import { createPrng } from '#lib/base/prng.ts';
import { makeRecord } from '../mbus/build.ts';
import { decodeRecords, encodeRecords } from '../mbus/records.ts';
import type { DataRecord } from '../telegram.ts';
import {
  dialOf,
  FLAG_BITS,
  isCounting,
  pulsesBetween,
  readChannels,
  readFlags,
  writeChannels,
  writeFlags,
  type PulseChannel,
} from './channels.ts';
import {
  countSample,
  lineStateOf,
  powerBetween,
  startCount,
  weightOf,
  type LineState,
} from './s0.ts';

const channel = (n: number, pulses: bigint, bits = 0): PulseChannel => ({
  channel: n,
  pulses,
  ...readFlags(BigInt(bits)),
});

function recordsOf(channels: readonly PulseChannel[]): readonly DataRecord[] {
  const made = writeChannels(channels).map(({ quantity, subunit, value }) => {
    const coding = quantity === 'counter' ? 'int32' : 'int16';
    const record = makeRecord({ quantity, unit: '', subunit, value, coding });
    if (!record.ok) throw new Error(record.error.detail);
    return record.value;
  });
  return decodeRecords(encodeRecords({ records: made })).records;
}

test('channels with all combinations of flags go through a telegram and come back', () => {
  for (let bits = 0; bits < 8; bits++) {
    const channels = [channel(1, 12n), channel(2, 4_000_000_000n / 2n, bits), channel(3, 0n)];
    expect(readChannels(recordsOf(channels))).toEqual(channels);
    expect(writeFlags(readFlags(BigInt(bits)))).toBe(bits);
  }
});

test('only present counters of the inputs are channels', () => {
  const [counter, flags] = recordsOf([channel(1, 5n, FLAG_BITS.magnet)]);
  expect(readChannels([{ ...counter!, storage: 1 }, flags!])).toEqual([]);
  expect(readChannels([{ ...counter!, subunit: 0 }, flags!])).toEqual([]);
  expect(readChannels([{ ...counter!, subunit: 7 }, flags!])).toEqual([]);
  expect(readChannels([{ ...counter!, value: { kind: 'invalid', value: null } }])).toEqual([]);
  expect(readChannels([counter!])).toEqual([channel(1, 5n)]);
});

test('a broken or shorted wire counts nothing that may be believed; a magnet is a flag', () => {
  expect([0, 1, 2, 4, 7].map((bits) => isCounting(readFlags(BigInt(bits))))).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
});

test('pulses become the dial, exactly', () => {
  const meter = { start: decimal(1_234_560, -4), startPulses: 1000n, weight: decimal(1, -3) };
  expect(formatDecimal(dialOf(1007n, meter))).toBe('123.4630');
});

test('a counter begins again at 0, or was restarted', () => {
  expect(pulsesBetween(10n, 25n, 32)).toEqual({ ok: true, value: 15n });
  expect(pulsesBetween(0xffff_fff0n, 4n, 32)).toEqual({ ok: true, value: 20n });
  expect(pulsesBetween(1000n, 4n, 32)).toMatchObject({ error: { code: 'counter_reset' } });
});

test('a supervised wire tells four states, with hysteresis between the two of the switch', () => {
  const currents = [0, 149, 150, 1200, 1201, 2099, 2100, 6500, 6501, 1500];
  let state: LineState = 'open';
  expect(currents.map((ua) => (state = lineStateOf(ua, state)))).toEqual([
    'wire-break',
    'wire-break',
    'open',
    'open',
    'open',
    'open',
    'closed',
    'closed',
    'short-circuit',
    'open',
  ]);
  expect(lineStateOf(1500, 'closed')).toBe('closed');
});

describe('counting', () => {
  /** Holds each state for its milliseconds, sampled every five. */
  function count(steps: readonly (readonly [LineState, number])[]) {
    let now = startCount(0);
    let at = 0;
    for (const [state, lasts] of steps) {
      for (const end = at + lasts; at < end; at += 5) now = countSample(now, state, at);
    }
    return countSample(now, 'open', at);
  }

  test('pulses of 30 ms count, shorter ones are ignored', () => {
    const pulse = (ms: number) =>
      [
        ['open', 100],
        ['closed', ms],
      ] as const;
    expect(count([...pulse(30), ...pulse(200), ...pulse(35)])).toMatchObject({ pulses: 3 });
    expect(count([...pulse(25), ...pulse(5), ...pulse(60)])).toMatchObject({
      pulses: 1,
      ignored: 2,
    });
  });

  test('a contact that bounces counts once', () => {
    expect(
      count([
        ['open', 100],
        ['closed', 40],
        ['open', 10],
        ['closed', 40],
        ['open', 100],
      ]).pulses,
    ).toBe(1);
    expect(
      count([
        ['open', 100],
        ['closed', 10],
        ['open', 5],
        ['closed', 60],
        ['open', 100],
      ]).pulses,
    ).toBe(1);
  });

  test('a bounce before a later pulse loses none', () => {
    const bouncing = [
      ['open', 100],
      ['closed', 10],
      ['open', 5],
      ['closed', 60],
    ] as const;
    expect(count([...bouncing, ...bouncing, ...bouncing]).pulses).toBe(3);
  });

  test('a wire that breaks or is shorted counts nothing', () => {
    expect(
      count([
        ['open', 99],
        ['wire-break', 500],
        ['open', 99],
      ]).pulses,
    ).toBe(0);
    expect(
      count([
        ['open', 99],
        ['short-circuit', 500],
        ['open', 99],
      ]).pulses,
    ).toBe(0);
  });

  test('as many pulses as were given, whatever their lengths', () => {
    const prng = createPrng(31);
    for (let i = 0; i < 50; i++) {
      const pulses = prng.int(0, 40);
      const steps = Array.from({ length: pulses }, () => [
        ['open', 5 * prng.int(7, 40)] as const,
        ['closed', 5 * prng.int(7, 40)] as const,
      ]).flat();
      expect(count([['open', 50], ...steps]).pulses).toBe(pulses);
    }
  });
});

test('constants of name plates', () => {
  expect(formatDecimal(weightOf(1000)!)).toBe('0.001000000');
  expect(formatDecimal(weightOf(96)!)).toBe('0.010416667');
  expect([weightOf(0), weightOf(1.5)]).toEqual([null, null]);
  expect(powerBetween(1000, 3600)).toBe(1000);
  expect(powerBetween(1000, 0)).toBeNull();
});
