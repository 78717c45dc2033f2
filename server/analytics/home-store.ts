/** SQL behind the resident's services. Called by server/analytics only, in one organisation. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import { QUALITIES } from '#lib/domain/reading.ts';

export type PlaceRow = {
  readonly id: number;
  readonly name: string;
  readonly address: string;
  readonly object_type: string | null;
  readonly area_m2: string | null;
  readonly persons: number | null;
  readonly object_id: number;
  readonly object_address: string;
  readonly household_id: number | null;
  readonly since_ms: string | null;
  readonly facts: { persons?: number | null; areaM2?: number | null; compare?: boolean } | null;
  readonly hourly_ms: string | null;
  readonly zone: string;
  readonly currency: string;
};

/**
 * The dwellings a person lives in: by household, or by a resident's membership of the place. The
 * object is the house above a flat, or the settlement a cottage belongs to.
 */
export async function selectHomes(
  client: pg.ClientBase,
  ask: { userId: string; placeIds: readonly number[] },
): Promise<PlaceRow[]> {
  const { rows } = await client.query<PlaceRow>(
    `WITH RECURSIVE own AS (
       SELECT h.place_id AS id FROM household_member m JOIN household h ON h.id = m.household_id
        WHERE m.user_id = $1 AND m.to_at IS NULL AND h.to_at IS NULL
       UNION SELECT unnest($2::int[])),
     up AS (
       SELECT o.id AS home, p.id, p.parent_id, p.kind, p.address, 0 AS step
         FROM own o JOIN place p ON p.id = o.id
       UNION ALL
       SELECT u.home, p.id, p.parent_id, p.kind, p.address, u.step + 1
         FROM up u JOIN place p ON p.id = u.parent_id WHERE u.step < 8)
     SELECT p.id, p.name, p.address, p.object_type, p.area_m2, p.persons,
            coalesce(obj.id, p.id) AS object_id, coalesce(obj.address, p.address) AS object_address,
            hh.id AS household_id, extract(epoch FROM hh.from_at) * 1000 AS since_ms, hh.facts,
            extract(epoch FROM hm.hourly_from) * 1000 AS hourly_ms,
            org.time_zone AS zone, org.currency
       FROM own o
       JOIN place p ON p.id = o.id
       CROSS JOIN organisation org
       LEFT JOIN LATERAL (
         SELECT u.id, u.address FROM up u
          WHERE u.home = p.id AND u.step > 0
            AND (p.object_type = 'cottage' OR u.kind = 'house')
          ORDER BY u.step LIMIT 1) obj ON true
       LEFT JOIN household hh ON hh.place_id = p.id AND hh.to_at IS NULL
       LEFT JOIN household_member hm ON hm.household_id = hh.id AND hm.user_id = $1
      ORDER BY p.id`,
    [ask.userId, ask.placeIds],
  );
  return rows;
}

export type PointRow = {
  readonly point_id: number;
  readonly name: string;
  readonly hint: string | null;
  readonly colour: string | null;
  readonly resource: string;
  readonly meter_id: number | null;
  readonly serial: string;
  readonly model: string | null;
  readonly protocol: string;
  readonly digits: number;
  readonly decimals: number;
  readonly due: string | null;
  readonly from_ms: string;
  readonly to_ms: string | null;
};

export async function selectPoints(client: pg.ClientBase, placeId: number): Promise<PointRow[]> {
  const { rows } = await client.query<PointRow>(
    `SELECT mp.id AS point_id, mp.name, mp.hint, mp.colour, mp.resource, m.id AS meter_id,
            m.serial, m.model, m.protocol, m.digits, m.decimals,
            m.verification_due_on::text AS due,
            extract(epoch FROM i.from_at) * 1000 AS from_ms,
            extract(epoch FROM i.to_at) * 1000 AS to_ms
       FROM metering_point mp
       LEFT JOIN installation i ON i.point_id = mp.id
       LEFT JOIN meter m ON m.id = i.meter_id
      WHERE mp.place_id = $1 AND mp.role = 'consumer'
      ORDER BY array_position(ARRAY['electricity','cold-water','hot-water','gas','heat'],
                              mp.resource), mp.id, i.from_at`,
    [placeId],
  );
  return rows;
}

export type UsageRow = {
  readonly meter_id: number;
  readonly register: number;
  readonly month: string;
  readonly daily: readonly (number | null)[];
  readonly coverage: readonly number[];
};

/** Daily use of meters by month; one index probe a meter. */
export async function selectUsage(
  client: pg.ClientBase,
  ask: { meterIds: readonly number[]; first: string; last: string },
): Promise<UsageRow[]> {
  const { rows } = await client.query<UsageRow>(
    `SELECT meter_id, register, to_char(month, 'YYYY-MM') AS month, daily::float8[] AS daily,
            coverage
       FROM usage_month
      WHERE meter_id = ANY($1) AND month BETWEEN $2::date AND $3::date`,
    [ask.meterIds, `${ask.first}-01`, `${ask.last}-01`],
  );
  return rows;
}

export type TariffRow = {
  readonly resource: string;
  readonly currency: string;
  readonly valid_from: string;
  readonly valid_to: string | null;
  readonly body: unknown;
};

export async function selectTariffs(client: pg.ClientBase): Promise<TariffRow[]> {
  const { rows } = await client.query<TariffRow>(
    `SELECT resource, currency, valid_from::text, valid_to::text, body FROM tariff
      ORDER BY valid_from`,
  );
  return rows;
}

/** Mean outdoor temperature by civil day, hundredths of a degree. */
export async function selectOutdoorDays(
  client: pg.ClientBase,
  ask: { zone: string; from: Instant; to: Instant },
): Promise<Map<string, number>> {
  const { rows } = await client.query<{ date: string; cdeg: number }>(
    `SELECT d.day::text AS date, d.cdeg FROM (
       SELECT (at AT TIME ZONE $1)::date AS day, avg(temp_cdeg)::float8 AS cdeg
         FROM weather_hour
        WHERE at >= to_timestamp($2::float8 / 1000) AND at < to_timestamp($3::float8 / 1000)
        GROUP BY 1) d`,
    [ask.zone, ask.from, ask.to],
  );
  return new Map(rows.map((row) => [row.date, row.cdeg]));
}

/** Outdoor temperature by hour, hundredths of a degree, by instant. */
export async function selectOutdoorHours(
  client: pg.ClientBase,
  ask: { from: Instant; to: Instant },
): Promise<Map<Instant, number>> {
  const { rows } = await client.query<{ ms: string; cdeg: number }>(
    `SELECT extract(epoch FROM at) * 1000 AS ms, temp_cdeg AS cdeg FROM weather_hour
      WHERE at >= to_timestamp($1::float8 / 1000) AND at < to_timestamp($2::float8 / 1000)`,
    [ask.from, ask.to],
  );
  return new Map(rows.map((row) => [Number(row.ms), row.cdeg]));
}

export async function selectBill(
  client: pg.ClientBase,
  ask: { householdId: number; month: string },
): Promise<{ totalMinor: number; currency: string } | null> {
  const { rows } = await client.query<{ total_minor: string; currency: string }>(
    'SELECT total_minor, currency FROM bill WHERE household_id = $1 AND month = $2::date',
    [ask.householdId, `${ask.month}-01`],
  );
  const row = rows[0];
  return row ? { totalMinor: Number(row.total_minor), currency: row.currency } : null;
}

export type PeerRow = {
  readonly place_id: number;
  readonly object_type: string;
  readonly area_m2: number | null;
  readonly persons: number | null;
  readonly house: string;
  readonly street: string;
  readonly district: string;
};

/** Dwellings of the organisation that take part in comparisons, with where they stand. */
export async function selectPeers(client: pg.ClientBase): Promise<PeerRow[]> {
  const { rows } = await client.query<PeerRow>(
    `WITH RECURSIVE up AS (
       SELECT p.id AS home, p.id, p.parent_id, p.kind, p.object_type, 0 AS step FROM place p
        WHERE p.object_type IN ('flat', 'cottage')
       UNION ALL
       SELECT u.home, p.id, p.parent_id, p.kind, u.object_type, u.step + 1
         FROM up u JOIN place p ON p.id = u.parent_id WHERE u.step < 8)
     SELECT p.id AS place_id, p.object_type,
            coalesce((h.facts->>'areaM2')::float8, p.area_m2::float8) AS area_m2,
            coalesce((h.facts->>'persons')::int, p.persons) AS persons,
            coalesce(min(u.id) FILTER (WHERE u.step > 0 AND
              (u.kind = 'house' OR (p.object_type = 'cottage' AND u.kind = 'district'))), 0)::text
              AS house,
            coalesce(min(u.id) FILTER (WHERE u.kind = 'street'), 0)::text AS street,
            coalesce(min(u.id) FILTER (WHERE u.kind = 'district'), 0)::text AS district
       FROM place p
       JOIN up u ON u.home = p.id
       LEFT JOIN household h ON h.place_id = p.id AND h.to_at IS NULL
      WHERE coalesce((h.facts->>'compare')::boolean, true)
      GROUP BY p.id, h.facts`,
  );
  return rows;
}

/** Dwellings whose people do not want to be part of any average. */
export async function selectOptedOut(client: pg.ClientBase): Promise<Set<number>> {
  const { rows } = await client.query<{ place_id: number }>(
    `SELECT place_id FROM household
      WHERE to_at IS NULL AND (facts->>'compare')::boolean IS FALSE`,
  );
  return new Set(rows.map((row) => row.place_id));
}

export type LastRow = {
  readonly n: number;
  readonly ms: string;
  readonly value: string;
  readonly status: number;
};

/** Quality bits of a value that waits for a person's decision (domain/reading.ts). */
const SUSPECT = QUALITIES.indexOf('suspect');

/** Newest trusted row of each register in the hot tier; plan: one index probe a partition. */
export async function selectLastHot(
  client: pg.ClientBase,
  keys: readonly { readonly meterId: number; readonly register: number }[],
  until: Instant,
): Promise<LastRow[]> {
  const { rows } = await client.query<LastRow>(
    `SELECT k.n::int AS n, extract(epoch FROM r.ts) * 1000 AS ms, r.value, r.status
       FROM unnest($1::int[], $2::int2[]) WITH ORDINALITY AS k(meter_id, register, n)
       CROSS JOIN LATERAL (
         SELECT ts, value, status FROM reading_hot h
          WHERE h.meter_id = k.meter_id AND h.register = k.register
            AND h.ts <= to_timestamp($3::float8 / 1000) AND (h.status & 7) <> ${SUSPECT}
          ORDER BY ts DESC LIMIT 1) r`,
    [keys.map((k) => k.meterId), keys.map((k) => k.register), until],
  );
  return rows;
}

/** Meters that hang at consumer points of one resource at or below a place. */
export async function selectObjectMeters(
  client: pg.ClientBase,
  ask: { objectId: number; resource: string; at: Instant },
): Promise<{ meter_id: number; place_id: number }[]> {
  const { rows } = await client.query<{ meter_id: number; place_id: number }>(
    `WITH RECURSIVE below AS (
       SELECT id FROM place WHERE id = $1
       UNION ALL SELECT p.id FROM place p JOIN below b ON p.parent_id = b.id)
     SELECT i.meter_id, mp.place_id
       FROM below b
       JOIN metering_point mp ON mp.place_id = b.id
       JOIN installation i ON i.point_id = mp.id
      WHERE mp.resource = $2 AND mp.role = 'consumer'
        AND i.from_at <= to_timestamp($3::float8 / 1000)
        AND (i.to_at IS NULL OR i.to_at > to_timestamp($3::float8 / 1000))`,
    [ask.objectId, ask.resource, ask.at],
  );
  return rows;
}

/** In which tier one reading lies and what seals it: its month's seal or its batch's hash, hex. */
export async function selectStored(
  client: pg.ClientBase,
  key: { meterId: number; register: number; at: Instant },
): Promise<{ tier: string; seal: string | null } | null> {
  const { rows } = await client.query<{ tier: string; seal: string | null }>(
    `SELECT r.tier, coalesce(
              (SELECT encode(b.sha256, 'hex') FROM reading_origin o
                 JOIN ingest_batch b ON b.id = o.batch_id
                WHERE o.meter_id = $1 AND o.register = $2
                  AND o.ts = to_timestamp($3::float8 / 1000) LIMIT 1),
              (SELECT encode(m.seal, 'hex') FROM reading_month m
                WHERE m.meter_id = $1 AND m.register = $2 AND r.tier = 'month'
                  AND m.month = date_trunc('month',
                        to_timestamp($3::float8 / 1000) AT TIME ZONE 'UTC')::date)) AS seal
       FROM reading r
      WHERE r.meter_id = $1 AND r.register = $2 AND r.ts = to_timestamp($3::float8 / 1000)
      LIMIT 1`,
    [key.meterId, key.register, key.at],
  );
  return rows[0] ?? null;
}

/** Total of a month and number of known days, by dwelling. */
export async function selectMonthTotals(
  client: pg.ClientBase,
  ask: { resource: string; register: number; month: string },
): Promise<Map<number, { units: number; days: number }>> {
  const { rows } = await client.query<{ place_id: number; units: number; days: number }>(
    `SELECT mp.place_id, sum(d.used)::float8 AS units, count(DISTINCT d.day)::int AS days
       FROM metering_point mp
       JOIN installation i ON i.point_id = mp.id
       JOIN usage_month u ON u.meter_id = i.meter_id AND u.register = $2 AND u.month = $3::date
       CROSS JOIN LATERAL unnest(u.daily) WITH ORDINALITY AS d(used, day)
      WHERE mp.resource = $1 AND mp.role = 'consumer' AND d.used IS NOT NULL
      GROUP BY mp.place_id`,
    [ask.resource, ask.register, `${ask.month}-01`],
  );
  return new Map(rows.map((row) => [row.place_id, { units: row.units, days: row.days }]));
}

export const updateFacts = (
  client: pg.ClientBase,
  householdId: number,
  facts: object,
): Promise<unknown> =>
  client.query('UPDATE household SET facts = facts || $2::jsonb WHERE id = $1', [
    householdId,
    JSON.stringify(facts),
  ]);

export const updateColour = (
  client: pg.ClientBase,
  pointId: number,
  colour: string | null,
): Promise<unknown> =>
  client.query('UPDATE metering_point SET colour = $2 WHERE id = $1', [pointId, colour]);

/** Consent stands with the person, from now on; taking it back closes what lies behind too. */
export const updateConsent = (
  client: pg.ClientBase,
  ask: { householdId: number; userId: string; from: Instant | null },
): Promise<unknown> =>
  client.query(
    `UPDATE household_member SET hourly_from = to_timestamp($3::float8 / 1000)
      WHERE household_id = $1 AND user_id = $2`,
    [ask.householdId, ask.userId, ask.from],
  );

/** First value of each packed month of registers, newest first: the dial month by month. */
export async function selectMonthStarts(
  client: pg.ClientBase,
  keys: readonly { readonly meterId: number; readonly register: number }[],
): Promise<Map<number, (readonly [Instant, number])[]>> {
  const { rows } = await client.query<{ meter_id: number; ms: string; base: string }>(
    `SELECT m.meter_id, m.base, extract(epoch FROM m.month::timestamp AT TIME ZONE 'UTC') * 1000
            + (position('1' IN m.present::text) - 1)::int8 * 3600000 AS ms
       FROM unnest($1::int[], $2::int2[]) AS k(meter_id, register)
       JOIN reading_month m USING (meter_id, register)
      ORDER BY m.month DESC`,
    [keys.map((k) => k.meterId), keys.map((k) => k.register)],
  );
  const starts = new Map<number, (readonly [Instant, number])[]>();
  for (const row of rows) {
    const list = starts.get(row.meter_id) ?? [];
    starts.set(row.meter_id, list);
    list.push([Number(row.ms), Number(row.base)]);
  }
  return starts;
}

/** Pictures that came with an event of this person and have arrived whole, in their order. */
export async function selectOwnPhotos(
  client: pg.ClientBase,
  userId: string,
  eventId: string | null,
): Promise<string[]> {
  if (eventId === null) return [];
  const { rows } = await client.query<{ name: string }>(
    `SELECT named.name
       FROM capture_event e
       CROSS JOIN LATERAL jsonb_array_elements_text(e.canonical::jsonb -> 'body' -> 'photos')
         WITH ORDINALITY AS named(name, place)
       JOIN photo p ON p.sha256 = decode(named.name, 'hex') AND p.org_id = e.org_id
      WHERE e.id = $1 AND e.user_id = $2 AND p.user_id = $2 AND p.complete
      ORDER BY named.place`,
    [eventId, userId],
  );
  return rows.map((row) => row.name);
}
