import { expect, test } from 'vitest';
import { moved } from './reorder.ts';

test.each<[number, number, string]>([
  [0, 2, 'bcad'],
  [3, 0, 'dabc'],
  [1, 2, 'acbd'],
  [2, 2, 'abcd'],
  [0, 4, 'abcd'],
  [0, -1, 'abcd'],
  [9, 1, 'abcd'],
])('row %i goes to place %i', (from, to, wanted) => {
  expect(moved([...'abcd'], from, to).join('')).toBe(wanted);
});
