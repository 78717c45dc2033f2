/** SQL of the journal. Called by events.ts inside a transaction of one organisation. */
import type pg from 'pg';
import type { MeterEvent } from './events.ts';

/** At most one line a code, meter and UTC day: a low battery is told by every telegram. */
export async function insertEvents(
  client: pg.ClientBase,
  orgId: number,
  events: readonly MeterEvent[],
): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO meter_event (meter_id, at, code, org_id, source, detail)
     SELECT u.meter_id, u.at, u.code, $1, u.source, u.detail
       FROM unnest($2::int4[], $3::timestamptz[], $4::text[], $5::text[], $6::jsonb[])
            AS u(meter_id, at, code, source, detail)
      WHERE NOT EXISTS (
        SELECT FROM meter_event e
         WHERE e.meter_id = u.meter_id AND e.code = u.code
           AND e.at >= date_trunc('day', u.at, 'UTC')
           AND e.at < date_trunc('day', u.at, 'UTC') + interval '1 day')
     ON CONFLICT DO NOTHING`,
    [
      orgId,
      events.map((e) => e.meterId),
      events.map((e) => new Date(e.at)),
      events.map((e) => e.code),
      events.map((e) => e.source),
      events.map((e) => JSON.stringify(e.detail ?? {})),
    ],
  );
  return rowCount ?? 0;
}
