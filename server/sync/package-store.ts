/** Rounds and their meters in SQL, for packages and pulls. Only server/sync calls it. */
import type pg from 'pg';
import type { RoundHouse } from '#lib/contract/round.ts';

export type RoundRow = {
  readonly id: number;
  readonly name: string;
  readonly house: string;
  /** YYYY-MM-DD */
  readonly dueOn: string;
  readonly status: string;
  readonly zone: string;
};

/** Rounds that the person has to walk; done and cancelled ones are over, old ones too. */
export async function selectMyRounds(
  client: pg.ClientBase,
  userId: string,
): Promise<readonly RoundRow[]> {
  const { rows } = await client.query<RoundRow>(
    `SELECT r.id, r.name, p.address AS house, to_char(r.due_on, 'YYYY-MM-DD') AS "dueOn", r.status,
            o.time_zone AS zone
       FROM round r JOIN place p ON p.id = r.house_id JOIN organisation o ON o.id = r.org_id
      WHERE r.assignee_id = $1 AND r.status IN ('planned', 'active')
        AND r.due_on > current_date - 60
      ORDER BY r.due_on, r.id LIMIT 50`,
    [userId],
  );
  return rows;
}

export type StopRow = {
  readonly meterId: number;
  readonly pointId: number;
  readonly sequence: number;
  readonly state: 'ahead' | 'read' | 'doubt' | 'cannot';
  readonly serial: string;
  readonly manufacturer: string | null;
  readonly radioId: string | null;
  readonly protocol: string;
  readonly resource: string;
  readonly hint: string | null;
  readonly kind: string;
  readonly place: string;
  readonly floor: number | null;
  readonly address: string;
  readonly entrance: string | null;
  readonly register: number | null;
  readonly digits: number;
  readonly decimals: number;
  readonly houseId: number;
};

/** Stops in walking order with the register that holds the total of the point's resource. */
export async function selectStops(
  client: pg.ClientBase,
  roundId: number,
): Promise<readonly StopRow[]> {
  const { rows } = await client.query<StopRow>(
    `SELECT s.meter_id AS "meterId", s.point_id AS "pointId", s.sequence, s.state, m.serial,
            m.manufacturer, m.radio_id AS "radioId", m.protocol, mp.resource, mp.hint, p.kind,
            p.name AS place, p.floor, p.address,
            CASE WHEN up.kind = 'entrance' THEN up.name END AS entrance,
            g.register, COALESCE(g.digits, m.digits) AS digits,
            COALESCE(g.decimals, m.decimals) AS decimals, s.house_id AS "houseId"
       FROM round_stop s
       JOIN meter m ON m.id = s.meter_id
       JOIN metering_point mp ON mp.id = s.point_id
       JOIN place p ON p.id = mp.place_id
       LEFT JOIN place up ON up.id = p.parent_id
       LEFT JOIN LATERAL (
         SELECT r.register, r.digits, r.decimals FROM register r
           JOIN register_type t ON t.id = r.register
          WHERE r.meter_id = m.id AND t.resource = mp.resource AND t.zone = 0
          ORDER BY r.register LIMIT 1) g ON true
      WHERE s.round_id = $1 ORDER BY s.sequence, s.meter_id`,
    [roundId],
  );
  return rows;
}

/** Houses of a round in walking order, with where they stand when somebody said so. */
export async function selectHouses(
  client: pg.ClientBase,
  roundId: number,
): Promise<readonly RoundHouse[]> {
  const { rows } = await client.query<RoundHouse>(
    `SELECT p.id AS "houseId", p.address, (p.latitude * 1000000)::int AS "latUdeg",
            (p.longitude * 1000000)::int AS "lonUdeg"
       FROM (SELECT house_id, min(sequence) AS first FROM round_stop
              WHERE round_id = $1 GROUP BY house_id) s
       JOIN place p ON p.id = s.house_id ORDER BY s.first, p.id`,
    [roundId],
  );
  return rows;
}

export type Feed = {
  readonly pointId: number;
  readonly parentPointId: number | null;
  /** Points with a meter below this one; null where it is no common meter. */
  readonly feeds: number | null;
};

/** Who feeds whom among the round's points; points outside of every balance are left out. */
export async function selectFeeds(
  client: pg.ClientBase,
  roundId: number,
): Promise<readonly Feed[]> {
  const { rows } = await client.query<Feed>(
    `SELECT mp.id AS "pointId", mp.parent_id AS "parentPointId",
            CASE WHEN mp.role = 'house' THEN (
              SELECT count(*)::int FROM metering_point c WHERE c.parent_id = mp.id AND EXISTS (
                SELECT FROM installation i WHERE i.point_id = c.id AND i.to_at IS NULL)) END
              AS feeds
       FROM round_stop s JOIN metering_point mp ON mp.id = s.point_id
      WHERE s.round_id = $1 AND (mp.parent_id IS NOT NULL OR mp.role = 'house')`,
    [roundId],
  );
  return rows;
}

export async function selectDeviceKey(
  client: pg.ClientBase,
  device: string,
  userId: string,
): Promise<string | null> {
  const { rows } = await client.query<{ public_key: string | null }>(
    `SELECT public_key FROM field_device
      WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL`,
    [device, userId],
  );
  return rows[0]?.public_key ?? null;
}

/** Every transaction older than this has ended: what it wrote is visible, or never will be. */
export async function horizon(client: pg.ClientBase): Promise<bigint> {
  const { rows } = await client.query<{ xmin: string }>(
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin',
  );
  return BigInt(rows[0]!.xmin);
}

export type ChangeRow = { readonly xid: bigint; readonly seq: bigint; readonly key: string };

/**
 * Changes after `from` that no running transaction can precede (cursor.ts says the same). The order
 * names the table, because the plain names are the texts of the output here.
 */
export async function selectChanges(
  client: pg.ClientBase,
  from: { readonly xid: bigint; readonly seq: bigint },
  limit: number,
): Promise<readonly ChangeRow[]> {
  const { rows } = await client.query<{ xid: string; seq: string; key: string }>(
    `SELECT xid::text, seq::text, key FROM change_log
      WHERE kind = 'round' AND (xid, seq) > ($1::bigint, $2::bigint)
        AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      ORDER BY change_log.xid, change_log.seq LIMIT $3`,
    [String(from.xid), String(from.seq), limit],
  );
  return rows.map((row) => ({ xid: BigInt(row.xid), seq: BigInt(row.seq), key: row.key }));
}

/**
 * What each register showed when a UTC month began, newest first, by meter: [instant ms, integer in
 * register scale]. One packed row a month is read without unpacking its hours: sixty meters cost
 * 720 rows instead of half a million. Each meter comes as one line of text, for a driver takes
 * longer over a hundred thousand small rows than the database.
 */
export async function selectMonthStarts(
  client: pg.ClientBase,
  keys: readonly { readonly meterId: number; readonly register: number }[],
  since: Date,
): Promise<ReadonlyMap<number, [number, string][]>> {
  const { rows } = await client.query<{ meterId: number; starts: string }>(
    `SELECT r.meter_id AS "meterId",
            string_agg(
              (extract(epoch FROM r.month::timestamp AT TIME ZONE 'UTC') * 1000)::bigint || ':' ||
              r.base + CASE WHEN cardinality(r.d4) > 0 THEN r.d4[1] ELSE r.d2[1] END,
              ',' ORDER BY r.month DESC) AS starts
       FROM unnest($1::int4[], $2::int2[]) AS k(m, g)
       JOIN reading_month r ON r.meter_id = k.m AND r.register = k.g
      WHERE r.month >= $3::date AND get_bit(r.present, 0) = 1
      GROUP BY r.meter_id`,
    [keys.map((key) => key.meterId), keys.map((key) => key.register), since],
  );
  const read = (one: string): [number, string] => {
    const [at, value] = one.split(':');
    return [Number(at), value!];
  };
  return new Map(rows.map(({ meterId, starts }) => [meterId, starts.split(',').map(read)]));
}
