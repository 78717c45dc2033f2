/** Figures of the board, each one statement. Knows tables; the service next to it knows meaning. */
import type { FindingKind, FindingLevel } from '#lib/domain/finding.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { inScope } from '#server/registry/scope.ts';
import { PAGE_SIZE, type Desk } from './types.ts';

export type Delivery = {
  readonly meters: number;
  readonly expected: number;
  readonly delivered: number;
  /** When the meters were last looked over; null = not yet. */
  readonly checkedAt: number | null;
};

/** Hourly values of the last day as the hourly check counted them, one row a meter. */
export async function selectDelivery({ client, within }: Desk): Promise<Delivery> {
  const { rows } = await client.query<Delivery>(
    `SELECT count(*) FILTER (WHERE d.expected > 0)::int AS meters,
            coalesce(sum(d.expected), 0)::int AS expected,
            coalesce(sum(d.delivered), 0)::int AS delivered,
            (extract(epoch FROM max(d.checked_at)) * 1000)::float8 AS "checkedAt"
       FROM meter_delivery d JOIN metering_point p ON p.id = d.point_id
      WHERE ${inScope('p.place_id', 1)}`,
    [within],
  );
  return rows[0]!;
}

export type FindingCount = {
  readonly kind: FindingKind;
  readonly level: FindingLevel;
  readonly meters: number;
};

export async function countFindings({ client, within }: Desk): Promise<FindingCount[]> {
  const { rows } = await client.query<FindingCount>(
    `SELECT f.kind, min(f.level) AS level, count(*)::int AS meters
       FROM finding f JOIN metering_point p ON p.id = f.point_id
      WHERE ${inScope('p.place_id', 1)} GROUP BY f.kind ORDER BY 3 DESC, 1`,
    [within],
  );
  return rows;
}

export type FindingFilter = { readonly kind: FindingKind | null; readonly page: number };

export type FindingRow = {
  readonly meterId: number;
  readonly pointId: number;
  readonly kind: FindingKind;
  readonly level: FindingLevel;
  readonly sinceAt: number;
  readonly amount: number | null;
  readonly serial: string;
  readonly resource: Resource;
  readonly address: string;
};

/** What needs somebody today first, then the newest. */
export async function selectFindings(
  { client, within }: Desk,
  { kind, page }: FindingFilter,
): Promise<FindingRow[]> {
  const { rows } = await client.query<FindingRow>(
    `SELECT f.meter_id AS "meterId", f.point_id AS "pointId", f.kind, f.level,
            (extract(epoch FROM f.since_at) * 1000)::float8 AS "sinceAt",
            f.amount::float8 AS amount, m.serial, p.resource, pl.address
       FROM finding f
       JOIN meter m ON m.id = f.meter_id
       JOIN metering_point p ON p.id = f.point_id
       JOIN place pl ON pl.id = p.place_id
      WHERE ($1::text IS NULL OR f.kind = $1) AND ${inScope('p.place_id', 2)}
      ORDER BY (f.level <> 'critical'), f.since_at DESC, f.meter_id, f.kind
      LIMIT ${PAGE_SIZE} OFFSET $3`,
    [kind, within, page * PAGE_SIZE],
  );
  return rows;
}

export async function countWaiting({ client, within }: Desk): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM install_request
      WHERE status = 'submitted' AND ${inScope('place_id', 1)}`,
    [within],
  );
  return rows[0]?.n ?? 0;
}
