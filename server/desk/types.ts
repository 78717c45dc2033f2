/** What the desk's services need to know of their caller. */
import type pg from 'pg';

export type Desk = {
  readonly client: pg.ClientBase;
  readonly orgId: number;
  readonly now: number;
  /** Subtrees of places the person is narrowed to; null = the whole organisation. */
  readonly within: readonly number[] | null;
};

/** Page of a list. */
export const PAGE_SIZE = 50;
