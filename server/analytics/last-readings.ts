/** The newest reading of registers: almost always a row of the last days, else from any tier. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import { readLast } from '#server/readings/service.ts';
import { selectLastHot } from './home-store.ts';

export type LastReading = {
  readonly at: Instant;
  readonly value: bigint;
  readonly status: number;
};

/** One a key, in order; null where nothing was ever read. */
export async function lastReadings(
  client: pg.ClientBase,
  keys: readonly { readonly meterId: number; readonly register: number }[],
  now: Instant,
): Promise<(LastReading | null)[]> {
  const found: (LastReading | null)[] = keys.map(() => null);
  for (const row of await selectLastHot(client, keys, now)) {
    found[row.n - 1] = { at: Number(row.ms), value: BigInt(row.value), status: row.status };
  }
  const missing = keys.flatMap((key, i) => (found[i] ? [] : [{ ...key, i }]));
  if (missing.length === 0) return found;
  const older = await readLast(client, missing, now + 1);
  missing.forEach(({ i }, k) => {
    found[i] = older[k] ?? null;
  });
  return found;
}
