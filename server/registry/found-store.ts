/** SQL behind found-meters.ts, inside a transaction of one organisation. */
import type pg from 'pg';
import type { MeterUnknown } from '#lib/contract/unknown-meter.ts';
import { inScope } from './scope.ts';

export type ToldFound = {
  /** The event's id. */
  readonly id: string;
  readonly userId: string;
  readonly at: number;
  readonly body: MeterUnknown;
};

/** The place is the one of the meter beside it, else the house of the round. */
export async function insertFound(
  client: pg.ClientBase,
  orgId: number,
  { id, userId, at, body }: ToldFound,
): Promise<void> {
  const { roundId, besideId, serial, radioId, resource } = body;
  await client.query(
    `INSERT INTO found_meter (event_id, org_id, round_id, place_id, serial, radio_id, resource,
                              user_id, at, body)
     VALUES ($1, $2, $3, coalesce(
       (SELECT p.place_id FROM installation i JOIN metering_point p ON p.id = i.point_id
         WHERE i.meter_id = $4 ORDER BY i.from_at DESC LIMIT 1),
       (SELECT house_id FROM round WHERE id = $3)), $5, $6, $7, $8, $9, $10)
     ON CONFLICT DO NOTHING`,
    [id, orgId, roundId, besideId, serial, radioId, resource, userId, new Date(at), body],
  );
}

/** Only what nobody decided yet, and only a person's own. */
export async function withdrawOwn(
  client: pg.ClientBase,
  userId: string,
  ids: readonly string[],
): Promise<void> {
  await client.query(
    `UPDATE found_meter SET state = 'withdrawn'
      WHERE event_id = ANY($1::uuid[]) AND user_id = $2 AND state = 'open'`,
    [ids, userId],
  );
}

export type LockedFound = ToldFound & { readonly state: string };

/** The row, held until the transaction ends: of two decisions the second one waits and sees. */
export async function lockFound(
  client: pg.ClientBase,
  id: string,
  within: readonly number[] | null,
): Promise<LockedFound | null> {
  const { rows } = await client.query<LockedFound & { at: Date }>(
    `SELECT event_id::text AS id, user_id AS "userId", at, body, state FROM found_meter
      WHERE event_id = $1 AND ${inScope('place_id', 2)} FOR UPDATE`,
    [id, within],
  );
  const row = rows[0];
  return row ? { ...row, at: row.at.getTime() } : null;
}

export type Decided = {
  readonly id: string;
  readonly state: 'known' | 'entered' | 'not-ours';
  readonly meterId: number | null;
  readonly by: string;
  readonly at: number;
  readonly why: string;
};

export async function writeDecided(client: pg.ClientBase, d: Decided): Promise<void> {
  await client.query(
    `UPDATE found_meter SET state = $2, meter_id = $3, decided_by = $4, decided_at = $5, why = $6
      WHERE event_id = $1`,
    [d.id, d.state, d.meterId, d.by, new Date(d.at), d.why],
  );
}

/** Whether the meter hangs within reach and has this register. */
export async function hasRegister(
  client: pg.ClientBase,
  { meterId, register }: { readonly meterId: number; readonly register: number },
  within: readonly number[] | null,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM register r WHERE r.meter_id = $1 AND r.register = $2 AND EXISTS (
       SELECT FROM installation i JOIN metering_point p ON p.id = i.point_id
        WHERE i.meter_id = r.meter_id AND i.to_at IS NULL AND ${inScope('p.place_id', 3)})`,
    [meterId, register, within],
  );
  return Boolean(rowCount);
}

export async function isPlaceWithin(
  client: pg.ClientBase,
  placeId: number,
  within: readonly number[] | null,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM place WHERE id = $1 AND ${inScope('place.id', 2)}`,
    [placeId, within],
  );
  return Boolean(rowCount);
}

/** The stop that was still ahead is read by what the reader found. */
export async function readStop(
  client: pg.ClientBase,
  { id, userId, at, body }: ToldFound,
  meterId: number,
): Promise<void> {
  await client.query(
    `UPDATE round_stop s SET state = 'read', event_id = $3, visited_at = $4, visited_by = $5,
            visited_source = $6
       FROM round r WHERE (r.id = $1 OR r.split_of = $1) AND s.round_id = r.id
        AND s.meter_id = $2 AND s.state = 'ahead'`,
    [body.roundId, meterId, id, new Date(at), userId, body.source],
  );
}
