import { describe, expect, test } from 'vitest';
import { likeliest, minutesLeft, signalBars, type Stop } from './likelihood.ts';

const stop = (meterId: number, floor: number, state: Stop['state'] = 'ahead'): Stop => ({
  meterId,
  sequence: meterId,
  entrance: '1',
  floor,
  state,
});
const SILENCE = { signals: new Map(), now: 0, count: 9 };
const ids = (stops: readonly Stop[]): number[] => stops.map(({ meterId }) => meterId);

describe('the next meter', () => {
  const stops = [stop(1, 1), stop(2, 1, 'read'), stop(3, 1), stop(4, 2), stop(5, 2, 'cannot')];

  test('follows the list at the start', () => {
    expect(ids(likeliest(stops, null, SILENCE))).toEqual([1, 3, 4]);
  });

  test('goes on from the last one, on the same floor first', () => {
    expect(ids(likeliest(stops, 2, SILENCE))).toEqual([3, 1, 4]);
  });

  test('names as many as are asked for, and those are the first of all', () => {
    const many = Array.from({ length: 300 }, (_, i) => stop((i * 7919) % 300, (i * 13) % 9));
    const all = ids(likeliest(many, 150, { ...SILENCE, count: many.length }));
    expect(all).toHaveLength(300);
    for (const count of [0, 1, 3, 50]) {
      expect(ids(likeliest(many, 150, { ...SILENCE, count }))).toEqual(all.slice(0, count));
    }
  });

  test('a strong signal pulls a meter forward, an old one does not', () => {
    const signals = new Map([[4, { rssiDbm: -50, at: 0 }]]);
    expect(ids(likeliest(stops, 2, { signals, now: 1000, count: 9 }))[0]).toBe(4);
    expect(ids(likeliest(stops, 2, { signals, now: 600_000, count: 9 }))[0]).toBe(3);
  });
});

test('bars and minutes', () => {
  expect([-100, -90, -80, -70, -50, null].map(signalBars)).toEqual([1, 2, 3, 4, 5, 3]);
  expect(minutesLeft([0, 60_000, 120_000], 10)).toBeNull();
  expect(minutesLeft([0, 60_000, 120_000, 180_000], 18)).toBe(18);
});
