/**
 * The journal of a meter: what it reported and what was done to it.
 *
 * It knows that a lasting state is one line a day and that the same thing is never written twice;
 * it knows no telegram. The ingest, approvals and exchanges write through it inside their own
 * transaction; the desk reads. Rows are never changed: the journal is evidence.
 */
import type pg from 'pg';
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { insertEvents } from './event-store.ts';

export type MeterEvent = {
  readonly meterId: number;
  readonly at: Instant;
  /** Has words in `src/routes/(desk)/desk/finding-words.ts`. */
  readonly code: string;
  /** Who says it: a source of readings, or `desk`. */
  readonly source: string;
  readonly detail?: Readonly<Record<string, string | number>>;
};

/** Writes what is new, answers how many lines that made. */
export async function recordEvents(
  client: pg.ClientBase,
  orgId: number,
  events: readonly MeterEvent[],
): Promise<number> {
  const first = new Map<string, MeterEvent>();
  for (const event of [...events].sort((a, b) => a.at - b.at)) {
    const key = `${event.meterId}/${event.code}/${Math.floor(event.at / DAY_MS)}`;
    if (!first.has(key)) first.set(key, event);
  }
  return first.size === 0 ? 0 : insertEvents(client, orgId, [...first.values()]);
}
