import { expect, test } from 'vitest';
import { safetyFault, safetyPoints } from './safety.ts';

test('a round asks what its resources add, each point once', () => {
  expect(safetyPoints('round', [])).toEqual(['dressed', 'light', 'reachable']);
  const water = safetyPoints('round', ['hot-water', 'heat', 'cold-water']);
  expect(water).toEqual(['dressed', 'light', 'reachable', 'hot-parts', 'no-wells']);
  expect(safetyPoints('round', ['gas'])).toContain('gas-smell');
});

test('live work is blocked below group III, whatever was ticked (E-36)', () => {
  const points = safetyPoints('cabinet', []);
  const cabinet = { work: 'cabinet' as const, resources: [], points };
  expect(safetyFault(cabinet, null)).toBe('no-safety-group');
  expect(safetyFault(cabinet, 2)).toBe('no-safety-group');
  expect(safetyFault(cabinet, 3)).toBeNull();
  expect(safetyFault({ ...cabinet, points: points.slice(1) }, 5)).toBe('no-checklist');
});

test('a round needs no group but every point', () => {
  const round = { work: 'round' as const, resources: ['gas' as const] };
  expect(safetyFault({ ...round, points: safetyPoints('round', ['gas']) }, null)).toBeNull();
  expect(safetyFault({ ...round, points: safetyPoints('round', []) }, null)).toBe('no-checklist');
});
