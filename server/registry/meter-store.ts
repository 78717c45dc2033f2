/** SQL that makes meters and moves them. Called by the services of this folder. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';

export type NewMeter = {
  readonly orgId: number;
  readonly pointId: number;
  readonly register: number;
  readonly serial: string;
  readonly manufacturer: string | null;
  readonly model?: string | null;
  readonly radioId: string | null;
  readonly radioVersion: number | null;
  readonly protocol: string;
  readonly digits: number;
  readonly decimals: number;
  readonly multiplier: string;
  readonly fromAt: Instant;
  /** Decimal text in the register's unit; null when it is not known. */
  readonly startValue: string | null;
  readonly seals: readonly string[];
};

/** A meter with its register, hung at its point; null when the serial is in use. */
export async function insertMeter(client: pg.ClientBase, m: NewMeter): Promise<number | null> {
  const taken = await client.query(
    'SELECT 1 FROM meter WHERE serial = $1 AND manufacturer IS NOT DISTINCT FROM $2',
    [m.serial, m.manufacturer],
  );
  if (taken.rowCount) return null;
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO meter (org_id, serial, manufacturer, radio_id, radio_version, protocol, digits,
                        decimals, model)
     VALUES ($1, $2, $3, upper($4), $5, $6, $7, $8, $9) RETURNING id`,
    [
      m.orgId,
      m.serial,
      m.manufacturer,
      m.radioId,
      m.radioVersion,
      m.protocol,
      m.digits,
      m.decimals,
      m.model ?? null,
    ],
  );
  const meterId = rows[0]!.id;
  await client.query(
    `INSERT INTO register (meter_id, register, org_id, multiplier, digits, decimals)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [meterId, m.register, m.orgId, m.multiplier, m.digits, m.decimals],
  );
  const registers = m.startValue === null ? [] : [{ register: m.register, value: m.startValue }];
  const { orgId, pointId, fromAt, seals } = m;
  await hangMeter(client, { orgId, meterId, pointId, fromAt, registers, seals });
  return meterId;
}

export type RegisterText = { readonly register: number; readonly value: string };

/** An installation that begins; `registers` are the values at its start. */
export async function hangMeter(
  client: pg.ClientBase,
  stay: {
    readonly orgId: number;
    readonly meterId: number;
    readonly pointId: number;
    readonly fromAt: Instant;
    readonly registers: readonly RegisterText[];
    readonly seals: readonly string[];
  },
): Promise<void> {
  const { orgId, meterId, pointId, fromAt, registers, seals } = stay;
  await client.query(
    `INSERT INTO installation (org_id, meter_id, point_id, from_at, start_registers, seals)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [orgId, meterId, pointId, new Date(fromAt), JSON.stringify(registers), seals],
  );
}

export type OpenInstallation = {
  readonly id: number;
  readonly meterId: number;
  readonly fromAt: Instant;
};

/** What hangs at the point now, locked until the transaction ends. */
export async function openInstallationOf(
  client: pg.ClientBase,
  pointId: number,
): Promise<OpenInstallation | null> {
  const { rows } = await client.query<{ id: number; meterId: number; from: Date }>(
    `SELECT id, meter_id AS "meterId", from_at AS from FROM installation
      WHERE point_id = $1 AND to_at IS NULL ORDER BY from_at DESC LIMIT 1 FOR UPDATE`,
    [pointId],
  );
  const row = rows[0];
  return row ? { id: row.id, meterId: row.meterId, fromAt: row.from.getTime() } : null;
}

export async function serialOf(client: pg.ClientBase, meterId: number): Promise<string> {
  const { rows } = await client.query<{ serial: string }>(
    'SELECT serial FROM meter WHERE id = $1',
    [meterId],
  );
  return rows[0]?.serial ?? '';
}

export async function closeInstallation(
  client: pg.ClientBase,
  id: number,
  end: { at: Instant; registers: readonly RegisterText[] },
): Promise<void> {
  await client.query('UPDATE installation SET to_at = $2, end_registers = $3 WHERE id = $1', [
    id,
    new Date(end.at),
    JSON.stringify(end.registers),
  ]);
}

export type KnownMeter = {
  readonly id: number;
  readonly serial: string;
  readonly manufacturer: string | null;
  readonly radioId: string | null;
  readonly radioVersion: number | null;
  readonly protocol: string;
  readonly digits: number;
  readonly decimals: number;
  readonly address: string | null;
  readonly register: number | null;
  readonly multiplier: string | null;
};

/** Meters of these serials with where they hang now. */
export async function selectBySerial(
  client: pg.ClientBase,
  serials: readonly string[],
): Promise<KnownMeter[]> {
  const { rows } = await client.query<KnownMeter>(
    `SELECT m.id, m.serial, m.manufacturer, m.radio_id AS "radioId",
            m.radio_version AS "radioVersion", m.protocol, m.digits, m.decimals, p.address,
            r.register, r.multiplier::text AS multiplier
       FROM meter m
       LEFT JOIN installation i ON i.meter_id = m.id AND i.to_at IS NULL
       LEFT JOIN metering_point mp ON mp.id = i.point_id
       LEFT JOIN place p ON p.id = mp.place_id
       LEFT JOIN register r ON r.meter_id = m.id
      WHERE m.serial = ANY($1::text[]) ORDER BY m.id, r.register`,
    [serials],
  );
  return rows;
}
