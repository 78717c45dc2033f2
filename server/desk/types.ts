/** What the desk's services need to know of their caller. */
import type pg from 'pg';

export type Desk = {
  readonly client: pg.ClientBase;
  readonly orgId: number;
  readonly now: number;
};

/** Page of a list. */
export const PAGE_SIZE = 50;
