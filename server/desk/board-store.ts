/** Figures of the board, each one statement. Knows tables; the service next to it knows meaning. */
import type { Desk } from './types.ts';

type Delivery = { expected: number; delivered: number; silent: number };

/**
 * Hourly values of the last 24 hours from registers that reported at all in the last ten days: a
 * meter that never sends is not late. The hour that runs is not expected yet.
 */
export async function selectDelivery({ client, now }: Desk): Promise<Delivery> {
  const { rows } = await client.query<{ registers: string; delivered: string; silent: string }>(
    `WITH known AS (
       SELECT meter_id, register,
              count(*) FILTER (WHERE ts >= to_timestamp($1 / 1000.0) - interval '24 hours')
                AS fresh
         FROM reading_hot
        WHERE ts >= to_timestamp($1 / 1000.0) - interval '10 days'
          AND ts < to_timestamp($1 / 1000.0)
        GROUP BY meter_id, register HAVING count(*) > 24)
     SELECT count(*) AS registers, coalesce(sum(least(fresh, 24)), 0) AS delivered,
            count(DISTINCT meter_id) FILTER (WHERE fresh = 0) AS silent FROM known`,
    [now],
  );
  const row = rows[0];
  return {
    expected: Number(row?.registers ?? 0) * 24,
    delivered: Number(row?.delivered ?? 0),
    silent: Number(row?.silent ?? 0),
  };
}

export type SilentMeter = {
  pointId: number;
  serial: string;
  address: string;
  resource: string;
  lastAt: number;
};

/** Meters that reported in the last ten days and not in the last 24 hours, longest first. */
export async function selectSilent({ client, now }: Desk): Promise<SilentMeter[]> {
  const { rows } = await client.query<SilentMeter>(
    `WITH known AS (
       SELECT meter_id, max(ts) AS last FROM reading_hot
        WHERE ts >= to_timestamp($1 / 1000.0) - interval '10 days'
        GROUP BY meter_id HAVING count(*) > 24
           AND max(ts) < to_timestamp($1 / 1000.0) - interval '24 hours')
     SELECT p.id AS "pointId", m.serial, pl.address, p.resource,
            (extract(epoch FROM k.last) * 1000)::float8 AS "lastAt"
       FROM known k
       JOIN meter m ON m.id = k.meter_id
       JOIN installation i ON i.meter_id = m.id AND i.to_at IS NULL
       JOIN metering_point p ON p.id = i.point_id
       JOIN place pl ON pl.id = p.place_id
      ORDER BY k.last LIMIT 12`,
    [now],
  );
  return rows;
}

export type ImportRow = {
  id: number;
  kind: string;
  fileName: string;
  at: number;
  total: number;
  kept: number;
};

export async function selectImports({ client }: Desk, limit: number): Promise<ImportRow[]> {
  const { rows } = await client.query<ImportRow>(
    `SELECT id, kind, file_name AS "fileName", (extract(epoch FROM at) * 1000)::float8 AS at,
            rows_total AS total, rows_kept AS kept
       FROM import_run ORDER BY at DESC LIMIT $1`,
    [limit],
  );
  return rows;
}

export async function countWaiting({ client }: Desk): Promise<number> {
  const { rows } = await client.query<{ n: string }>(
    `SELECT count(*) AS n FROM install_request WHERE status = 'submitted'`,
  );
  return Number(rows[0]?.n ?? 0);
}
