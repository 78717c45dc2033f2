import { expect, test } from 'vitest';
import { z } from 'zod/mini';
import { DAY_MS } from '#lib/base/interval.ts';
import { ZRoundPackage } from '#lib/contract/round.ts';
import { judgeReading } from '../plausibility.ts';
import { TRAINING_TASKS, tasksDone } from './tasks.ts';
import { trainingRound } from './round.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const round = trainingRound(NOW, { round: 'Practice', house: 'Practice house' });

test('the practice round has the shape that a server sends, and every kind of meter', () => {
  expect(z.parse(ZRoundPackage, round)).toEqual(round);
  expect(new Set(round.meters.map(({ protocol }) => protocol)).size).toBe(3);
  expect(new Set(round.meters.map(({ serial }) => serial)).size).toBe(round.meters.length);
  expect(round.meters.every(({ wrappedKey }) => wrappedKey === null)).toBe(true);
});

test('an ordinary month is no doubt, ten of them are one', () => {
  for (const meter of round.meters) {
    const last = BigInt(meter.history[0]![1]);
    const month = last - BigInt(meter.history[1]![1]);
    const view = { ...meter, roundId: 1, hasKey: false, capture: null };
    expect(meter.history[0]![0]).toBe(NOW - 30 * DAY_MS);
    expect(judgeReading(view, last + month, NOW).doubt).toBeNull();
    expect(judgeReading(view, last + 10n * month, NOW).doubt?.code).toBe('too-high');
  }
});

test('each task is done by its own deed', () => {
  const read = (body: Record<string, unknown>) => ({
    type: 'reading.captured',
    body: { source: 'typed', flags: [], photos: [], ...body },
  });
  expect([...tasksDone([])]).toEqual([]);
  expect([...tasksDone([read({})])]).toEqual(['typed']);
  expect([...tasksDone([read({ source: 'radio', flags: ['too-high'] })])]).toEqual([
    'radio',
    'doubt',
  ]);
  const rest = ['safety.confirmed', 'access.failed', 'meter.exchanged', 'reading.voided'];
  const all = [
    ...rest.map((type) => ({ type, body: {} })),
    ...[read({ source: 'radio' }), read({ flags: ['equal'] })],
    ...[read({ photos: ['a'] }), read({ source: 'optical' })],
  ];
  expect([...tasksDone(all)]).toEqual([...TRAINING_TASKS]);
});
