/**
 * What must happen by itself: daily partitions exist before readings need them, and closed months
 * leave the hot rows for the archive.
 *
 * It knows how far ahead partitions are kept and that two processes may run at once; the work is
 * done in server/readings. The server's entry starts it once; running it twice, or in two
 * processes, changes nothing more.
 */
import { DAY_MS, HOUR_MS, type Instant } from '#lib/base/interval.ts';
import type { Database } from '#server/db/client.ts';
import { archiveClosedMonths, type ArchiveResult } from '#server/readings/archive.ts';
import { makePartitions } from '#server/readings/partitions.ts';
import { hotFrom } from '#server/readings/window.ts';

const AHEAD_DAYS = 3;
const EVERY_MS = HOUR_MS;

/** Partitions from the hot window's start to the coming days, then the archive. */
export async function runUpkeep(
  db: Database,
  now: Instant,
): Promise<{ partitions: number; archive: ArchiveResult }> {
  const partitions = await makePartitions(db.pool, hotFrom(now), now + AHEAD_DAYS * DAY_MS);
  return { partitions, archive: await archiveClosedMonths(db.pool, now) };
}

type Host = { readonly db: Database; readonly clock: { now(): Instant } };

/**
 * Runs upkeep now and every hour; returns how to stop it. A failure (database away) is told once an
 * hour and tried again: ingest goes on, readings without a partition are kept as late ones.
 */
export function startUpkeep({ db, clock }: Host, log: (text: string) => void): () => void {
  const run = (): void => {
    runUpkeep(db, clock.now()).catch((error: unknown) => {
      log(`Upkeep failed and will be tried again: ${String(error)}`);
    });
  };
  run();
  const timer = setInterval(run, EVERY_MS);
  // Waiting for the next hour must not keep a process alive that has nothing else to do.
  timer.unref();
  return () => clearInterval(timer);
}
