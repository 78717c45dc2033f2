/** SQL of exchanges: their versions, and what hangs where. exchange*.ts of this folder call it. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import type { RegisterText } from './meter-store.ts';

/** Meters of this number; an unknown manufacturer may be any. The spare ones first. */
export async function namesakes(
  client: pg.ClientBase,
  serial: string,
  manufacturer: string | null,
): Promise<{ meterId: number; hangsAt: number | null }[]> {
  const { rows } = await client.query(
    `SELECT m.id AS "meterId", i.point_id AS "hangsAt"
       FROM meter m LEFT JOIN installation i ON i.meter_id = m.id AND i.to_at IS NULL
      WHERE m.serial = $1 AND ($2::text IS NULL OR m.manufacturer IS NULL OR m.manufacturer = $2)
      ORDER BY (i.point_id IS NOT NULL), (m.manufacturer IS DISTINCT FROM $2), m.id DESC`,
    [serial, manufacturer],
  );
  return rows;
}

export async function multiplierOf(
  client: pg.ClientBase,
  meterId: number,
  register: number,
): Promise<string> {
  const { rows } = await client.query<{ multiplier: string }>(
    'SELECT multiplier::text FROM register WHERE meter_id = $1 AND register = $2',
    [meterId, register],
  );
  return rows[0]?.multiplier ?? '1';
}

/** The plate of a meter that was on a shelf, as somebody reads it now, with its register. */
export async function hangSpare(
  client: pg.ClientBase,
  m: {
    readonly orgId: number;
    readonly meterId: number;
    readonly register: number;
    readonly multiplier: string;
    readonly digits: number;
    readonly decimals: number;
    readonly radioId: string | null;
    readonly protocol: string;
  },
): Promise<void> {
  await client.query(
    `UPDATE meter SET radio_id = coalesce(upper($2), radio_id),
            protocol = CASE WHEN protocol = 'none' THEN $3 ELSE protocol END WHERE id = $1`,
    [m.meterId, m.radioId, m.protocol],
  );
  await client.query(
    `INSERT INTO register (meter_id, register, org_id, multiplier, digits, decimals)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (meter_id, register) DO UPDATE SET multiplier = EXCLUDED.multiplier`,
    [m.meterId, m.register, m.orgId, m.multiplier, m.digits, m.decimals],
  );
}

/** A pulse module stays at the pipe: its channel counts for the new meter from its start value. */
export async function moveModule(
  client: pg.ClientBase,
  move: { from: number; to: number; weight: string | null; start: string },
): Promise<void> {
  await client.query(
    `UPDATE meter n SET module_id = o.module_id, module_channel = o.module_channel
       FROM meter o WHERE o.id = $1 AND n.id = $2 AND o.module_id IS NOT NULL`,
    [move.from, move.to],
  );
  await client.query(
    `UPDATE pulse_channel SET meter_id = $2, start_value = $4::numeric,
            pulse_weight = coalesce($3::numeric, pulse_weight) WHERE meter_id = $1`,
    [move.from, move.to, move.weight, move.start],
  );
}

/** Stops of rounds that still go there lead to the meter that hangs there now. */
export async function swapStops(
  client: pg.ClientBase,
  swap: { pointId: number; from: number; to: number; openOnly: boolean },
): Promise<void> {
  await client.query(
    `UPDATE round_stop s SET meter_id = $3 FROM round r
      WHERE r.id = s.round_id AND s.point_id = $1 AND s.meter_id = $2
        AND (NOT $4 OR r.status IN ('planned', 'active'))
        AND NOT EXISTS (
          SELECT FROM round_stop o WHERE o.round_id = s.round_id AND o.meter_id = $3)`,
    [swap.pointId, swap.from, swap.to, swap.openOnly],
  );
}

export type ExchangeState = 'applied' | 'conflict' | 'settled' | 'voided';

export type ExchangeVersion = {
  readonly id: string;
  readonly version: number;
  readonly pointId: number;
  readonly oldMeterId: number;
  readonly newMeterId: number | null;
  readonly at: Instant;
  readonly state: ExchangeState;
  readonly source: 'field' | 'desk';
  readonly body: MeterExchanged;
  readonly userId: string | null;
  readonly why: string | null;
};

export async function insertVersion(
  client: pg.ClientBase,
  orgId: number,
  v: ExchangeVersion,
): Promise<void> {
  await client.query(
    `INSERT INTO meter_exchange (id, version, org_id, point_id, old_meter_id, new_meter_id, at,
                                 state, source, body, user_id, why)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      v.id,
      v.version,
      orgId,
      v.pointId,
      v.oldMeterId,
      v.newMeterId,
      new Date(v.at),
      v.state,
      v.source,
      JSON.stringify(v.body),
      v.userId,
      v.why,
    ],
  );
}

type By = { readonly ids: readonly string[] } | { readonly pointId: number };
export type ExchangeRow = ExchangeVersion & {
  readonly person: string | null;
  readonly createdAt: number;
};

/** Every version, the newest exchange first and its newest version first. */
export async function selectVersions(client: pg.ClientBase, by: By): Promise<ExchangeRow[]> {
  const [where, value] =
    'ids' in by ? ['e.id = ANY($1::uuid[])', by.ids] : ['e.point_id = $1', by.pointId];
  const { rows } = await client.query<ExchangeRow>(
    `SELECT e.id, e.version, e.point_id AS "pointId", e.old_meter_id AS "oldMeterId",
            e.new_meter_id AS "newMeterId", (extract(epoch FROM e.at) * 1000)::float8 AS at,
            e.state, e.source, e.body, e.user_id AS "userId", e.why, u.name AS person,
            (extract(epoch FROM e.created_at) * 1000)::float8 AS "createdAt"
       FROM meter_exchange e LEFT JOIN "user" u ON u.id = e.user_id
      WHERE ${where} ORDER BY e.at DESC, e.id, e.version DESC`,
    [value],
  );
  return rows;
}

/** The version that counts of each exchange, newest first. */
export async function selectCurrent(client: pg.ClientBase, by: By): Promise<ExchangeRow[]> {
  const seen = new Set<string>();
  return (await selectVersions(client, by)).filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** The two installations that meet at an exchange get what a later version says. */
export async function writeEnds(
  client: pg.ClientBase,
  e: {
    pointId: number;
    oldMeterId: number;
    newMeterId: number;
    at: Instant;
    end: readonly RegisterText[];
    start: readonly RegisterText[];
    seals: readonly string[];
  },
): Promise<void> {
  const at = new Date(e.at);
  await client.query(
    `UPDATE installation SET end_registers = $4
      WHERE point_id = $1 AND meter_id = $2 AND to_at = $3`,
    [e.pointId, e.oldMeterId, at, JSON.stringify(e.end)],
  );
  await client.query(
    `UPDATE installation SET start_registers = $4, seals = $5
      WHERE point_id = $1 AND meter_id = $2 AND from_at = $3`,
    [e.pointId, e.newMeterId, at, JSON.stringify(e.start), e.seals],
  );
}

/** Undoes the two installations; false when something else was hung since. */
export async function unhang(
  client: pg.ClientBase,
  e: { pointId: number; oldMeterId: number; newMeterId: number; at: Instant },
): Promise<boolean> {
  const at = new Date(e.at);
  const gone = await client.query(
    `DELETE FROM installation
      WHERE point_id = $1 AND meter_id = $2 AND from_at = $3 AND to_at IS NULL`,
    [e.pointId, e.newMeterId, at],
  );
  if (!gone.rowCount) return false;
  await client.query(
    `UPDATE installation SET to_at = NULL, end_registers = NULL
      WHERE point_id = $1 AND meter_id = $2 AND to_at = $3`,
    [e.pointId, e.oldMeterId, at],
  );
  return true;
}

export async function renameMeter(
  client: pg.ClientBase,
  meterId: number,
  serial: string,
): Promise<void> {
  await client.query('UPDATE meter SET serial = $2 WHERE id = $1', [meterId, serial]);
}
