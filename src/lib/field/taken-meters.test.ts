import { expect, test } from 'vitest';
import { TakenMeters } from './taken-meters.ts';

const stop = (meterId: number, state: 'ahead' | 'read' | 'doubt' | 'cannot') => ({
  meterId,
  state,
});

test('a reading taken back frees its meter, once', () => {
  const taken = new TakenMeters([stop(1, 'read'), stop(2, 'ahead')]);
  expect([...taken.ids]).toEqual([1]);
  expect(taken.follow([stop(1, 'ahead'), stop(2, 'ahead')])).toEqual([1]);
  expect(taken.ids.size).toBe(0);
  expect(taken.follow([stop(1, 'ahead'), stop(2, 'ahead')])).toEqual([]);
});

test('a meter that is being written down stays taken until its row shows it', () => {
  const taken = new TakenMeters([stop(1, 'ahead')]);
  taken.ids.add(1);
  expect(taken.follow([stop(1, 'ahead')])).toEqual([]);
  expect(taken.ids.has(1)).toBe(true);
  taken.follow([stop(1, 'doubt')]);
  expect(taken.follow([stop(1, 'cannot')])).toEqual([1]);
});

test('a meter typed by hand meanwhile is not read over', () => {
  const taken = new TakenMeters([stop(1, 'ahead')]);
  taken.follow([stop(1, 'read')]);
  expect(taken.ids.has(1)).toBe(true);
});
