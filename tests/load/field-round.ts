/** A round of thousands of meters with a year of months behind each, written straight as rows. */
import type { App } from '#server/app.ts';
import type { Caller } from '#server/api/trpc.ts';

export type BigRound = { readonly roundId: number; readonly house: string };

const MONTHS = 12;
/** Cold water, litres: the total of the catalogue. */
const REGISTER = 10;

export async function makeBigRound(
  app: App,
  caller: Caller,
  { readerId, meters }: { readerId: string; meters: number },
): Promise<BigRound> {
  const house = `Большая, ${meters}`;
  await makePartitions(app);
  return app.db.withOrgSql(caller.orgId, async (client) => {
    const at = [caller.orgId, house, meters, readerId, REGISTER, MONTHS];
    const { rows } = await client.query<{ id: number }>(MAKE_ROUND, at.slice(0, 5));
    const roundId = rows[0]!.id;
    await client.query(MAKE_MONTHS, [roundId, REGISTER, MONTHS]);
    return { roundId, house };
  });
}

async function makePartitions(app: App): Promise<void> {
  for (let back = 0; back <= MONTHS; back++) {
    const month = new Date();
    month.setUTCMonth(month.getUTCMonth() - back, 1);
    await app.db.pool.query('SELECT ensure_archive_partition($1)', [
      month.toISOString().slice(0, 10),
    ]);
  }
}

const MAKE_ROUND = `
WITH house AS (
  INSERT INTO place (org_id, kind, name, address) VALUES ($1, 'house', $2, $2) RETURNING id
), flat AS (
  INSERT INTO place (org_id, parent_id, kind, name, address, floor)
  SELECT $1, house.id, 'flat', 'кв. ' || k, $2 || ', кв. ' || k, 1 + k / 4
    FROM house, generate_series(1, $3::int) AS k RETURNING id, name
), point AS (
  INSERT INTO metering_point (org_id, place_id, resource, role, name)
  SELECT $1, id, 'cold-water', 'consumer', name FROM flat RETURNING id
), numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS k FROM point
), meter AS (
  INSERT INTO meter (org_id, serial) SELECT $1, (90000000 + k * 37)::text FROM numbered
  RETURNING id
), register AS (
  INSERT INTO register (org_id, meter_id, register) SELECT $1, id, $5 FROM meter
), pair AS (
  SELECT m.id AS meter_id, p.id AS point_id, p.k
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS k FROM meter) m JOIN numbered p USING (k)
), installed AS (
  INSERT INTO installation (org_id, meter_id, point_id, from_at)
  SELECT $1, meter_id, point_id, now() - interval '2 years' FROM pair
), round AS (
  INSERT INTO round (org_id, house_id, name, due_on, assignee_id)
  SELECT $1, house.id, $2, current_date, $4 FROM house RETURNING id
), stops AS (
  INSERT INTO round_stop (org_id, round_id, meter_id, point_id, sequence)
  SELECT $1, round.id, meter_id, point_id, k FROM round, pair
)
SELECT id FROM round`;

/** One value at the beginning of each month, six cubic metres more every time. */
const MAKE_MONTHS = `
INSERT INTO reading_month (meter_id, month, register, base, present, d2, seal)
SELECT s.meter_id, (date_trunc('month', now()) - make_interval(months => b))::date, $2,
       400000 + 10 * s.sequence - 6000 * b, B'1' || repeat('0', 743)::bit(743), '{0}', ''
  FROM round_stop s, generate_series(0, $3::int - 1) AS b WHERE s.round_id = $1`;
