/**
 * Brings in captured readings whose ingest failed the first time: the events are stored and
 * receipted, only their readings wait in capture_pending. server/sync does the work; the server's
 * entry starts this once. Running it twice changes nothing more.
 */
import { MINUTE_MS } from '#lib/base/interval.ts';
import type { App } from '#server/app.ts';
import { takeInPending } from '#server/sync/take-in.ts';

const EVERY_MS = 5 * MINUTE_MS;

/** One pass over every organisation. */
export async function runPending(app: App): Promise<void> {
  const orgs = await app.db.prisma.organisation.findMany({ select: { id: true } });
  for (const { id } of orgs) await takeInPending(app, id);
}

export function startPending(app: App, log: (text: string) => void): () => void {
  const timer = setInterval(() => {
    runPending(app).catch((error: unknown) => log(`Readings still wait: ${String(error)}`));
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
