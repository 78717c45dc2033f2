/** Takes back readings whose capture was voided after it counted. Only server/sync calls it. */
import type pg from 'pg';

export type Voided = { readonly meterId: number; readonly register: number; readonly at: number };

/**
 * The stored value stays as evidence; a correction above it says `suspect`, and nothing is counted
 * from that. Only a person's own captures can be taken back. Returns what must be counted anew.
 */
export async function voidReadings(
  client: pg.ClientBase,
  eventIds: readonly string[],
  userId: string,
): Promise<Voided[]> {
  if (eventIds.length === 0) return [];
  const { rows } = await client.query<{ meterId: number; register: number; ms: string }>(
    `INSERT INTO reading_correction (meter_id, register, ts, version, value, status, method,
                                     user_id, reason, old_sha256)
     SELECT o.meter_id, o.register, o.ts,
            1 + COALESCE((SELECT max(c.version) FROM reading_correction c
              WHERE c.meter_id = o.meter_id AND c.register = o.register AND c.ts = o.ts), 0),
            r.value, (r.status & ~7) | 4, 'edited', $2, 'voided',
            sha256(convert_to(r.value || '|' || r.status, 'UTF8'))
       FROM reading_origin o
       JOIN LATERAL (SELECT value, status FROM reading
         WHERE meter_id = o.meter_id AND register = o.register AND ts = o.ts LIMIT 1) r ON true
      WHERE o.event_id = ANY($1::uuid[]) AND o.user_id = $2
     RETURNING meter_id AS "meterId", register, (extract(epoch FROM ts) * 1000)::bigint AS ms`,
    [eventIds, userId],
  );
  return rows.map(({ meterId, register, ms }) => ({ meterId, register, at: Number(ms) }));
}
