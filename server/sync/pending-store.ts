/** Events whose reading waits to be taken in, in SQL. Only take-in.ts calls it. */
import type pg from 'pg';

const BATCH_SIZE = 100;

export async function zoneOf(client: pg.ClientBase, orgId: number): Promise<string> {
  const { rows } = await client.query<{ zone: string }>(
    'SELECT time_zone AS zone FROM organisation WHERE id = $1',
    [orgId],
  );
  return rows[0]?.zone ?? 'UTC';
}

export async function addPending(
  client: pg.ClientBase,
  orgId: number,
  eventIds: readonly string[],
): Promise<void> {
  await client.query(
    `INSERT INTO capture_pending (event_id, org_id) SELECT unnest($1::uuid[]), $2
     ON CONFLICT DO NOTHING`,
    [eventIds, orgId],
  );
}

export type Pending = {
  readonly eventId: string;
  readonly device: string;
  readonly canonical: string;
  readonly prev: string;
  readonly hash: string;
};

export async function listPending(client: pg.ClientBase): Promise<Pending[]> {
  const { rows } = await client.query<Pending>(
    `SELECT e.id AS "eventId", e.device_id AS device, e.canonical,
            encode(e.prev, 'hex') AS prev, encode(e.hash, 'hex') AS hash
       FROM capture_pending p JOIN capture_event e ON e.id = p.event_id
      ORDER BY p.tries, e.server_seq LIMIT $1`,
    [BATCH_SIZE],
  );
  return rows;
}

export async function dropPending(client: pg.ClientBase, eventId: string): Promise<void> {
  await client.query('DELETE FROM capture_pending WHERE event_id = $1', [eventId]);
}

export async function failPending(
  client: pg.ClientBase,
  eventId: string,
  error: string,
): Promise<void> {
  await client.query(
    'UPDATE capture_pending SET tries = tries + 1, error = $2 WHERE event_id = $1',
    [eventId, error.slice(0, 500)],
  );
}
