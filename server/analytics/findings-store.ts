/** SQL behind findings.ts. Called by it alone, inside transactions of one organisation. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import type { FindingKind, FindingLevel } from '#lib/domain/finding.ts';
import type { Resource } from '#lib/domain/resource.ts';

export type CheckedMeter = {
  readonly meterId: number;
  readonly pointId: number;
  readonly resource: Resource;
  readonly role: string;
  readonly protocol: string;
  /** flat, cottage, …; what is compared with what. */
  readonly objectType: string;
  readonly fromAt: Instant;
};

/** Installed meters behind the cursor, by id. Plan: the meters' primary key, then probes. */
export async function selectInstalled(
  client: pg.ClientBase,
  after: number,
  limit: number,
): Promise<CheckedMeter[]> {
  const { rows } = await client.query<CheckedMeter>(
    `SELECT DISTINCT ON (m.id) m.id AS "meterId", mp.id AS "pointId", mp.resource, mp.role,
            m.protocol, coalesce(pl.object_type, '') AS "objectType",
            (extract(epoch FROM i.from_at) * 1000)::float8 AS "fromAt"
       FROM meter m
       JOIN installation i ON i.meter_id = m.id AND i.to_at IS NULL
       JOIN metering_point mp ON mp.id = i.point_id
       JOIN place pl ON pl.id = mp.place_id
      WHERE m.id > $1 ORDER BY m.id LIMIT $2`,
    [after, limit],
  );
  return rows;
}

export type Count = { readonly meterId: number; readonly n: number; readonly sinceAt: Instant };

/** Contradictions that came in lately, by meter. */
export async function countConflicts(
  client: pg.ClientBase,
  meterIds: readonly number[],
  from: Instant,
): Promise<Count[]> {
  const { rows } = await client.query<Count>(
    `SELECT meter_id AS "meterId", count(*)::int AS n,
            (extract(epoch FROM min(ts)) * 1000)::float8 AS "sinceAt"
       FROM reading_conflict
      WHERE meter_id = ANY($1::int4[]) AND ts >= to_timestamp($2 / 1000.0) GROUP BY meter_id`,
    [meterIds, from],
  );
  return rows;
}

export type Report = Count & { readonly code: string };

/** What meters said about themselves lately, by meter and code. */
export async function selectReports(
  client: pg.ClientBase,
  meterIds: readonly number[],
  from: Instant,
): Promise<Report[]> {
  const { rows } = await client.query<Report>(
    `SELECT meter_id AS "meterId", code, count(*)::int AS n,
            (extract(epoch FROM min(at)) * 1000)::float8 AS "sinceAt"
       FROM meter_event
      WHERE meter_id = ANY($1::int4[]) AND meter_event.at >= to_timestamp($2 / 1000.0)
      GROUP BY meter_id, code`,
    [meterIds, from],
  );
  return rows;
}

export type NewFinding = {
  readonly meterId: number;
  readonly pointId: number;
  readonly kind: FindingKind;
  readonly level: FindingLevel;
  readonly sinceAt: Instant;
  readonly amount: number | null;
};

type Checked = { readonly orgId: number; readonly now: Instant; readonly meterIds: number[] };

/** The findings of these meters are exactly the new ones. Water that runs keeps its first hour. */
export async function replaceFindings(
  client: pg.ClientBase,
  { orgId, now, meterIds }: Checked,
  findings: readonly NewFinding[],
): Promise<void> {
  const keys = [findings.map((f) => f.meterId), findings.map((f) => f.kind)];
  await client.query(
    `DELETE FROM finding WHERE meter_id = ANY($1::int4[]) AND (meter_id, kind) NOT IN
       (SELECT * FROM unnest($2::int4[], $3::text[]))`,
    [meterIds, ...keys],
  );
  await client.query(
    `INSERT INTO finding AS f
            (meter_id, kind, org_id, point_id, level, since_at, amount, checked_at)
     SELECT u.meter_id, u.kind, $1, u.point_id, u.level, to_timestamp(u.since / 1000.0),
            u.amount, $2
       FROM unnest($3::int4[], $4::text[], $5::int4[], $6::text[], $7::float8[], $8::int8[])
            AS u(meter_id, kind, point_id, level, since, amount)
     ON CONFLICT (meter_id, kind) DO UPDATE
        SET point_id = EXCLUDED.point_id, level = EXCLUDED.level, amount = EXCLUDED.amount,
            checked_at = EXCLUDED.checked_at,
            since_at = CASE WHEN f.kind = 'water-never-stops'
                            THEN least(f.since_at, EXCLUDED.since_at) ELSE EXCLUDED.since_at END`,
    [
      orgId,
      new Date(now),
      ...keys,
      findings.map((f) => f.pointId),
      findings.map((f) => f.level),
      findings.map((f) => f.sinceAt),
      findings.map((f) => f.amount),
    ],
  );
}

export type Delivered = {
  readonly meterId: number;
  readonly pointId: number;
  readonly lastAt: Instant | null;
  readonly expected: number;
  readonly delivered: number;
};

export async function upsertDelivery(
  client: pg.ClientBase,
  { orgId, now }: { readonly orgId: number; readonly now: Instant },
  rows: readonly Delivered[],
): Promise<void> {
  await client.query(
    `INSERT INTO meter_delivery
            (meter_id, org_id, point_id, last_at, expected, delivered, checked_at)
     SELECT u.meter_id, $1, u.point_id, to_timestamp(u.last / 1000.0), u.expected, u.delivered, $2
       FROM unnest($3::int4[], $4::int4[], $5::float8[], $6::int2[], $7::int2[])
            AS u(meter_id, point_id, last, expected, delivered)
     ON CONFLICT (meter_id) DO UPDATE
        SET point_id = EXCLUDED.point_id, last_at = EXCLUDED.last_at,
            expected = EXCLUDED.expected, delivered = EXCLUDED.delivered,
            checked_at = EXCLUDED.checked_at`,
    [
      orgId,
      new Date(now),
      rows.map((r) => r.meterId),
      rows.map((r) => r.pointId),
      rows.map((r) => r.lastAt),
      rows.map((r) => r.expected),
      rows.map((r) => r.delivered),
    ],
  );
}

/** A meter that was taken off has no findings any more. */
export async function forgetRemoved(client: pg.ClientBase): Promise<void> {
  for (const table of ['finding', 'meter_delivery']) {
    await client.query(
      `DELETE FROM ${table} t WHERE NOT EXISTS (
         SELECT FROM installation i WHERE i.meter_id = t.meter_id AND i.to_at IS NULL)`,
    );
  }
}
