/**
 * What is wrong in the town, by name. Placed relative to the end of the data, so that today's
 * screens show a leak of two and a half days whenever the town is made.
 */
import { DAY_MS, HOUR_MS, type Instant } from '#lib/base/interval.ts';
import type { Resource } from '#lib/domain/resource.ts';
import type { TownFault } from './types.ts';

export type PlannedFault = {
  readonly kind: TownFault['kind'];
  readonly house: string;
  /** Null = every home of the entrance. */
  readonly number: number | null;
  readonly entrance?: number;
  readonly resource: Resource | null;
  /** Hours before the end of the data; 0 = still there. */
  readonly fromHoursAgo: number;
  readonly toHoursAgo: number;
  readonly amount: number;
};

export const PLANNED_FAULTS: readonly PlannedFault[] = [
  {
    kind: 'leak',
    house: 'Лесная, 14',
    number: 37,
    resource: 'cold-water',
    fromHoursAgo: 61,
    toHoursAgo: 0,
    amount: 12,
  },
  {
    kind: 'leak',
    house: 'Речная, 3',
    number: 5,
    resource: 'hot-water',
    fromHoursAgo: 24 * 131,
    toHoursAgo: 24 * 122,
    amount: 7,
  },
  {
    kind: 'stuck',
    house: 'Лесная, 14',
    number: 12,
    resource: 'hot-water',
    fromHoursAgo: 24 * 41,
    toHoursAgo: 0,
    amount: 0,
  },
  {
    kind: 'slowed',
    house: 'Лесная, 14',
    number: 51,
    resource: 'electricity',
    fromHoursAgo: 24 * 77,
    toHoursAgo: 0,
    amount: 0.55,
  },
  {
    kind: 'exchange',
    house: 'Лесная, 14',
    number: 8,
    resource: 'cold-water',
    fromHoursAgo: 24 * 103 + 9,
    toHoursAgo: 24 * 103 + 9,
    amount: 0,
  },
  {
    kind: 'late',
    house: 'Лесная, 16',
    number: null,
    entrance: 2,
    resource: null,
    fromHoursAgo: 24 * 27,
    toHoursAgo: 24 * 27 - 30,
    amount: 52,
  },
  {
    kind: 'gap',
    house: 'Лесная, 14',
    number: 24,
    resource: 'electricity',
    fromHoursAgo: 24 * 33,
    toHoursAgo: 24 * 33 - 31,
    amount: 0,
  },
];

/** The truth record of a planned fault; `amount` of late data is how many hours later it came. */
export function recordFault(p: PlannedFault, meters: readonly number[], toAt: Instant): TownFault {
  const end = toAt - p.toHoursAgo * HOUR_MS;
  const record = {
    kind: p.kind,
    meters,
    fromAt: toAt - p.fromHoursAgo * HOUR_MS,
    toAt: p.toHoursAgo === 0 ? null : end,
    amount: p.kind === 'late' ? 0 : p.amount,
  };
  return p.kind === 'late'
    ? { ...record, receivedAt: Math.min(end + p.amount * HOUR_MS, toAt - DAY_MS) }
    : record;
}
