/** SQL over usage_month. Called by service.ts. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import type { RegisterKey } from './types.ts';

export type HouseUsageRow = {
  readonly pointId: number;
  readonly placeId: number;
  readonly meterId: number;
  readonly register: number;
  readonly resource: string;
  readonly role: string;
  /** `YYYY-MM`. */
  readonly month: string;
  readonly daily: readonly (number | null)[];
  readonly coverage: readonly number[];
  readonly total: number;
};

type Row = Omit<HouseUsageRow, 'daily' | 'total'> & {
  readonly daily: readonly (string | null)[];
  readonly total: string;
};

/** Plan: the subtree of places (a few hundred rows), then one index probe a meter and month. */
export async function selectHouseUsage(
  client: pg.ClientBase,
  ask: { placeId: number; first: string; last: string },
): Promise<HouseUsageRow[]> {
  const { rows } = await client.query<Row>(
    `WITH RECURSIVE below AS (
       SELECT id FROM place WHERE id = $1
       UNION ALL SELECT p.id FROM place p JOIN below b ON p.parent_id = b.id)
     SELECT DISTINCT mp.id AS "pointId", mp.place_id AS "placeId", u.meter_id AS "meterId",
            u.register, mp.resource, mp.role, to_char(u.month, 'YYYY-MM') AS month,
            u.daily, u.coverage, u.total
       FROM below b
       JOIN metering_point mp ON mp.place_id = b.id
       JOIN installation i ON i.point_id = mp.id
       JOIN usage_month u ON u.meter_id = i.meter_id
      WHERE u.month BETWEEN $2::date AND $3::date
        AND i.from_at < u.month + interval '1 month 1 day'
        AND (i.to_at IS NULL OR i.to_at > u.month - interval '1 day')
      ORDER BY mp.id, u.register, month, u.meter_id`,
    [ask.placeId, `${ask.first}-01`, `${ask.last}-01`],
  );
  return rows.map((row) => ({
    ...row,
    daily: row.daily.map((units) => (units === null ? null : Number(units))),
    total: Number(row.total),
  }));
}

/** 10th and 90th percentile of the last months' days, by `"meterId/register"`. */
export async function selectUsualPerDay(
  client: pg.ClientBase,
  keys: readonly RegisterKey[],
  before: Instant,
): Promise<Map<string, readonly [bigint, bigint]>> {
  const { rows } = await client.query<{
    meter_id: number;
    register: number;
    low: string;
    high: string;
  }>(
    `SELECT meter_id, register,
            CASE WHEN known THEN measured[1] ELSE spread[1] END AS low,
            CASE WHEN known THEN measured[2] ELSE spread[2] END AS high
       FROM (
         SELECT meter_id, register, count(*) FILTER (WHERE c >= 50) >= 14 AS known,
                count(*) AS days,
                percentile_disc(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY d)
                  FILTER (WHERE c >= 50) AS measured,
                percentile_disc(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY d) AS spread
           FROM usage_month u
           JOIN (SELECT DISTINCT * FROM unnest($1::int4[], $2::int2[]) AS k(meter_id, register)) k
                USING (meter_id, register)
           CROSS JOIN LATERAL unnest(u.daily, u.coverage) AS x(d, c)
          WHERE d IS NOT NULL
            AND u.month >= (to_timestamp($3::float8 / 1000) - interval '4 months')::date
            AND u.month <= to_timestamp($3::float8 / 1000)::date
          GROUP BY meter_id, register) f
      WHERE known OR days >= 56`,
    [keys.map((k) => k.meterId), keys.map((k) => k.register), before],
  );
  return new Map(
    rows.map((r) => [`${r.meter_id}/${r.register}`, [BigInt(r.low), BigInt(r.high)] as const]),
  );
}

export type MeterUsageRow = {
  readonly meterId: number;
  readonly register: number;
  /** `YYYY-MM`. */
  readonly month: string;
  readonly daily: readonly (number | null)[];
};

/** Plan: one index probe a meter and month. */
export async function selectMeterUsage(
  client: pg.ClientBase,
  ask: { keys: readonly RegisterKey[]; first: string; last: string },
): Promise<MeterUsageRow[]> {
  const { rows } = await client.query<Omit<MeterUsageRow, 'daily'> & Pick<Row, 'daily'>>(
    `SELECT u.meter_id AS "meterId", u.register, to_char(u.month, 'YYYY-MM') AS month, u.daily
       FROM unnest($1::int4[], $2::int2[]) AS k(meter_id, register)
       JOIN usage_month u USING (meter_id, register)
      WHERE u.month BETWEEN $3::date AND $4::date`,
    [
      ask.keys.map((k) => k.meterId),
      ask.keys.map((k) => k.register),
      `${ask.first}-01`,
      `${ask.last}-01`,
    ],
  );
  return rows.map((row) => ({
    ...row,
    daily: row.daily.map((units) => (units === null ? null : Number(units))),
  }));
}
