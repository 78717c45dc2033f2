/**
 * Looks over every meter once an hour; see server/analytics/findings.ts. The server's entry starts
 * it once; running it twice, or in two processes, changes nothing more.
 */
import { HOUR_MS, type Instant } from '#lib/base/interval.ts';
import { checkMeters } from '#server/analytics/findings.ts';
import type { Database } from '#server/db/client.ts';

type Host = { readonly db: Database; readonly clock: { now(): Instant } };

/** One pass over every organisation. */
export async function runFindings({ db, clock }: Host): Promise<number> {
  let findings = 0;
  for (const { id } of await db.prisma.organisation.findMany({ select: { id: true } })) {
    findings += (await checkMeters(db, id, clock.now())).findings;
  }
  return findings;
}

export function startFindings(host: Host, log: (text: string) => void): () => void {
  const run = (): void => {
    runFindings(host).catch((error: unknown) => {
      log(`Meters were not checked and will be in an hour: ${String(error)}`);
    });
  };
  run();
  const timer = setInterval(run, HOUR_MS);
  timer.unref();
  return () => clearInterval(timer);
}
