import { expect, test } from 'vitest';
import type { MeterView } from '#lib/offline/types.ts';
import { VisitInVain } from './visit.svelte.ts';

const meter = (meterId: number) => ({ meterId }) as MeterView;

test('what is told belongs to the meter before which it was begun, and to no other', () => {
  const visit = new VisitInVain();
  visit.begin(meter(1));
  visit.shooting = true;
  visit.took('a'.repeat(64));
  visit.tell({ cardLeft: true, nextVisitOn: '2026-12-01' });
  expect([visit.isOpen, visit.shooting, visit.told.photos.length]).toEqual([true, false, 1]);
  visit.end();
  // The sheet still shows its meter and keeps what was told while it goes.
  expect(visit.meter).toEqual(meter(1));
  expect(visit.told).toMatchObject({ cardLeft: true, nextVisitOn: '2026-12-01' });
  visit.begin(meter(2));
  expect([visit.meter, visit.told]).toEqual([
    meter(2),
    { photos: [], cardLeft: false, nextVisitOn: null },
  ]);
});
