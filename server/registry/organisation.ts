/** Facts of the organisation itself that services of every domain need. */
import type pg from 'pg';

/** IANA zone whose civil days bills follow. Runs inside the organisation's transaction. */
export async function organisationZone(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ zone: string }>(
    'SELECT time_zone AS zone FROM organisation WHERE id = app_org()',
  );
  return rows[0]?.zone ?? 'UTC';
}
