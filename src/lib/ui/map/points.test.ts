import { expect, test } from 'vitest';
import { pointIcon, type MapPoint } from './points.ts';

const point = (more: Partial<MapPoint>): MapPoint => ({
  ...{ id: '1', at: { latUdeg: 0, lonUdeg: 0 }, kind: 'house', done: 0, total: 8, words: '<b>' },
  ...more,
});

test('the ring fills with the work, and what is left stands in it', () => {
  const full = (2 * Math.PI * 19).toFixed(1);
  expect(pointIcon(point({}))).toContain(`stroke-dasharray="0.0 ${full}"`);
  expect(pointIcon(point({ done: 2 }))).toContain('>6</text>');
  expect(pointIcon(point({ done: 4 }))).toContain(`stroke-dasharray="${(Math.PI * 19).toFixed(1)}`);
  expect(pointIcon(point({ done: 8 }))).toContain('class="tick"');
  expect(pointIcon(point({ done: 8 }))).not.toContain('<text');
});

test('the next house and houses of others look different; words never become markup', () => {
  expect(pointIcon(point({ kind: 'next' }))).toContain('class="next"');
  expect(pointIcon(point({}))).not.toContain('class="next"');
  expect(pointIcon(point({ kind: 'other' }))).toContain('class="far"');
  expect(pointIcon(point({}))).not.toContain('<b>');
});
