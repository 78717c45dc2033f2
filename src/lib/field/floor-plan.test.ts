import { expect, test } from 'vitest';
import type { Resource } from '#lib/domain/resource.ts';
import { floorPlan } from './floor-plan.ts';

type Where = { flat: string | null; entrance: string | null; floor: number | null };
let id = 0;
const stop = (where: Partial<Where>, resource: Resource = 'cold-water') => ({
  ...{ meterId: ++id, address: 'A', flat: null, entrance: null, floor: null },
  ...where,
  resource,
});

test('entrances, floors from the top, flats by number', () => {
  const plan = floorPlan([
    stop({ entrance: '2', floor: 1, flat: '21' }),
    stop({ entrance: '1', floor: 1, flat: '10' }),
    stop({ entrance: '1', floor: 1, flat: '9' }),
    stop({ entrance: '1', floor: 5, flat: '17' }),
    stop({ entrance: '1', floor: 1, flat: '9' }, 'electricity'),
  ]);
  const shape = plan.map(({ entrance, floors }) => [
    entrance,
    floors.map(({ floor, cells }) => [floor, cells.map((c) => `${c.flat}:${c.meters.length}`)]),
  ]);
  expect(shape).toEqual([
    [
      '1',
      [
        [5, ['17:1']],
        [1, ['9:2', '10:1']],
      ],
    ],
    ['2', [[1, ['21:1']]]],
  ]);
});

test('what the registry does not say stands last, and every meter stands once', () => {
  const meters = [
    stop({ flat: '3' }),
    stop({ entrance: '1', floor: null, flat: null }),
    stop({ entrance: '1', floor: 0, flat: '1' }),
    stop({ entrance: '1', floor: 2, flat: '5' }),
  ];
  const plan = floorPlan(meters);
  expect(plan.map(({ entrance }) => entrance)).toEqual(['1', null]);
  expect(plan[0]!.floors.map(({ floor }) => floor)).toEqual([2, 0, null]);
  const drawn = plan.flatMap(({ floors }) => floors.flatMap(({ cells }) => cells));
  const ids = drawn.flatMap((cell) => cell.meters.map(({ meterId }) => meterId));
  expect([...ids].sort()).toEqual(meters.map(({ meterId }) => meterId).sort());
});
