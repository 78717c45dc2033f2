/**
 * Meters picked for a round, in SQL: by places, sectors and what is due. Called by plan.ts inside a
 * transaction of one organisation.
 *
 * Plan: from the chosen places down the tree, or, where none is chosen, from the index of what is
 * due; never over all meters. One more than a round holds is enough to say "too many".
 */
import { inScope } from '#server/registry/scope.ts';
import { naturally } from './natural-order.ts';
import type { Desk } from './types.ts';

/** Meters a round may hold. */
export const ROUND_LIMIT = 10_000;

export type Due = {
  /** No reading since the date, or a verification that ends by it. */
  readonly kind: 'reading' | 'verification';
  /** YYYY-MM-DD of the organisation's calendar. */
  readonly date: string;
};

export type Pick = {
  readonly placeIds: readonly number[];
  readonly sectorIds: readonly number[];
  readonly resource: string | null;
  readonly due: Due | null;
};

/** Who walks a whole house reads its common meters too: with them its balance closes there. */
const BY_PLACE = `
  SELECT mp.id AS point_id, i.meter_id, mp.resource, mp.place_id
    FROM below b
    JOIN metering_point mp ON mp.place_id = b.id
    JOIN installation i ON i.point_id = mp.id AND i.to_at IS NULL`;
const BY_VERIFICATION = `
  SELECT mp.id AS point_id, i.meter_id, mp.resource, mp.place_id
    FROM (SELECT id FROM meter WHERE verification_due_on <= $5::date
           ORDER BY verification_due_on LIMIT ${4 * ROUND_LIMIT}) m
    JOIN installation i ON i.meter_id = m.id AND i.to_at IS NULL
    JOIN metering_point mp ON mp.id = i.point_id AND mp.role <> 'house'`;
/** The hourly check knows what reported lately; whatever it did not hear of may be due. */
const BY_READING = `
  SELECT mp.id AS point_id, d.meter_id, mp.resource, mp.place_id
    FROM (SELECT meter_id, point_id FROM meter_delivery
           WHERE last_at IS NULL OR last_at < $5::date
           ORDER BY last_at NULLS FIRST LIMIT ${4 * ROUND_LIMIT}) d
    JOIN installation i ON i.meter_id = d.meter_id AND i.to_at IS NULL
    JOIN metering_point mp ON mp.id = i.point_id AND mp.role <> 'house'`;

/** No tier holds a reading of the meter on or after the date; each probe is by a key. */
const UNREAD = `
  NOT EXISTS (SELECT FROM reading_origin o JOIN register g ON g.meter_id = o.meter_id
       AND g.register = o.register WHERE o.meter_id = c.meter_id AND o.ts >= $5::date)
  AND NOT EXISTS (SELECT FROM register g JOIN reading_hot h ON h.meter_id = g.meter_id
       AND h.register = g.register WHERE g.meter_id = c.meter_id AND h.ts >= $5::date)
  AND NOT EXISTS (SELECT FROM register g JOIN reading_day y ON y.meter_id = g.meter_id
       AND y.register = g.register WHERE g.meter_id = c.meter_id AND y.day >= $5::date)
  AND NOT EXISTS (SELECT FROM register g JOIN reading_month n ON n.meter_id = g.meter_id
       AND n.register = g.register WHERE g.meter_id = c.meter_id
       AND n.month >= date_trunc('month', $5::date))`;

function sourceOf({ placeIds, sectorIds, due }: Pick): string {
  if (placeIds.length > 0 || sectorIds.length > 0 || !due) return BY_PLACE;
  return due.kind === 'verification' ? BY_VERIFICATION : BY_READING;
}

/** `picked`: meter, point, place and house of what the pick names, at most one over the limit. */
const pickedOf = (pick: Pick): string => `
  WITH RECURSIVE below AS (
    SELECT unnest($1::int4[]) AS id
    UNION SELECT place_id FROM sector_place WHERE sector_id = ANY($2::int4[])
    UNION SELECT p.id FROM below b JOIN place p ON p.parent_id = b.id),
  candidate AS (${sourceOf(pick)}),
  picked AS MATERIALIZED (
    SELECT DISTINCT ON (c.meter_id) c.meter_id, c.point_id, c.resource, c.place_id
      FROM candidate c JOIN meter m ON m.id = c.meter_id
     WHERE ($3::text IS NULL OR c.resource = $3) AND ${inScope('c.place_id', 4)}
       AND ($5::date IS NULL OR CASE WHEN $6::text = 'verification'
            THEN m.verification_due_on <= $5::date ELSE ${UNREAD} END)
     LIMIT ${ROUND_LIMIT + 1})`;

const values = ({ within }: Desk, pick: Pick): unknown[] => [
  pick.placeIds,
  pick.sectorIds,
  pick.resource,
  within,
  pick.due?.date ?? null,
  pick.due?.kind ?? null,
];

export type HousePreview = {
  readonly houseId: number;
  readonly address: string;
  readonly meters: number;
  /** Seconds a meter took here within the last year; null = nobody walked here. */
  readonly pace: number | null;
};

/** Gaps longer than this were a way home, not a meter. */
export const PAUSE = `interval '20 minutes'`;

/** Houses in order of their numbers, each with its own pace of the last year. */
export async function selectPreview(desk: Desk, pick: Pick): Promise<HousePreview[]> {
  const { rows } = await desk.client.query<HousePreview>(
    `${pickedOf(pick)},
     house AS (SELECT h.id, count(*)::int AS meters
        FROM (SELECT house_of(place_id) AS id FROM picked) h GROUP BY h.id),
     gap AS (
       SELECT s.house_id, s.visited_at - lag(s.visited_at) OVER (
                PARTITION BY s.round_id, s.house_id, s.visited_by ORDER BY s.visited_at) AS took
         FROM round_stop s JOIN house ON house.id = s.house_id
        WHERE s.visited_at > to_timestamp($7 / 1000.0) - interval '400 days')
     SELECT house.id AS "houseId", p.address, house.meters, (
              SELECT extract(epoch FROM avg(took))::float8 FROM gap
               WHERE gap.house_id = house.id AND took < ${PAUSE}) AS pace
       FROM house JOIN place p ON p.id = house.id ORDER BY ${naturally('p.address')}, p.id`,
    [...values(desk, pick), desk.now],
  );
  return rows;
}

/**
 * What is picked and not yet on the round becomes stops behind those that are: houses by their
 * numbers, inside by entrance, floor from the top, flat. Returns how many were added.
 */
export async function insertPicked(desk: Desk, roundId: number, pick: Pick): Promise<number> {
  const { rowCount } = await desk.client.query(
    `${pickedOf(pick)},
     last AS (SELECT coalesce(max(sequence), 0)::int AS n FROM round_stop WHERE round_id = $7)
     INSERT INTO round_stop (round_id, meter_id, org_id, point_id, house_id, sequence)
     SELECT $7, x.meter_id, $8, x.point_id, x.house_id,
            last.n + row_number() OVER (
              ORDER BY ${naturally('h.address')}, h.id,
                       CASE WHEN up.kind = 'entrance' THEN up.sort ELSE 0 END,
                       pl.floor DESC NULLS LAST, pl.sort, ${naturally('pl.name')}, x.resource,
                       x.point_id)
       FROM (SELECT picked.*, house_of(place_id) AS house_id FROM picked) x
       CROSS JOIN last
       JOIN place h ON h.id = x.house_id
       JOIN place pl ON pl.id = x.place_id
       LEFT JOIN place up ON up.id = pl.parent_id
     ON CONFLICT (round_id, meter_id) DO NOTHING`,
    [...values(desk, pick), roundId, desk.orgId],
  );
  return rowCount ?? 0;
}

/** The round's place is its first house; null when it has no stops. */
export async function placeRound({ client }: Desk, roundId: number): Promise<void> {
  await client.query(
    `UPDATE round SET house_id = s.house_id
       FROM (SELECT house_id FROM round_stop WHERE round_id = $1 ORDER BY sequence LIMIT 1) s
      WHERE id = $1 AND round.house_id <> s.house_id`,
    [roundId],
  );
}
