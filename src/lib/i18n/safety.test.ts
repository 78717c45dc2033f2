import { expect, test } from 'vitest';
import { LIVE_CHECKLIST } from '#lib/domain/order.ts';
import { RESOURCES } from '#lib/domain/resource.ts';
import { safetyPoints } from '#lib/domain/safety.ts';
import { SAFETY_WORKS } from '#lib/domain/safety.table.ts';
import { safetyPoint, safetyWork } from './safety.ts';

test('every work and every point has words', () => {
  const points = SAFETY_WORKS.flatMap((work) => safetyPoints(work, RESOURCES));
  expect(points).toEqual(expect.arrayContaining([...LIVE_CHECKLIST]));
  for (const point of points) expect(safetyPoint(point)).not.toBe(point);
  for (const work of SAFETY_WORKS) expect(safetyWork(work)).not.toBe(work);
});
