/** The daily partitions of reading_hot, for the upkeep job; see store.ts. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import { ensurePartitions } from './store.ts';

/** Makes the partitions of the UTC days from `first` to `last`; returns how many were new. */
export const makePartitions = (pool: pg.Pool, first: Instant, last: Instant): Promise<number> =>
  ensurePartitions(pool, first, last);
