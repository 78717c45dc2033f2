/** What a round's package says of each meter beside its values, in SQL. packages.ts calls it. */
import type pg from 'pg';
import type { MeterCard } from '#lib/contract/round.ts';

/** A stop whose meter was taken off meanwhile has no card. */
export const NO_CARD: MeterCard = {
  ...{ model: null, verificationDueOn: null, photo: null },
  ...{ seals: [], notes: [] },
};

type Row = MeterCard & { readonly meterId: number };

const NOTES = 3;

/**
 * Cards of a round's meters. The photograph is the newest that came with a note and has arrived
 * whole. Plan: the stops by their round, then keys and the index of notes by meter and time.
 */
export async function selectCards(
  client: pg.ClientBase,
  roundId: number,
): Promise<ReadonlyMap<number, MeterCard>> {
  const { rows } = await client.query<Row>(
    `SELECT m.id AS "meterId", m.model,
            to_char(m.verification_due_on, 'YYYY-MM-DD') AS "verificationDueOn",
            COALESCE(i.seals, '{}') AS seals, COALESCE(n.notes, '[]') AS notes, p.photo
       FROM round_stop s
       JOIN meter m ON m.id = s.meter_id
       LEFT JOIN LATERAL (
         SELECT seals FROM installation WHERE meter_id = m.id AND point_id = s.point_id
          ORDER BY from_at DESC LIMIT 1) i ON true
       LEFT JOIN LATERAL (
         SELECT json_agg(json_build_array(round(extract(epoch FROM x.at) * 1000), x.text, x.name)
                         ORDER BY x.at DESC) AS notes
           FROM (SELECT o.at, o.text, u.name FROM meter_note o
                   LEFT JOIN "user" u ON u.id = o.user_id
                  WHERE o.meter_id = m.id ORDER BY o.at DESC LIMIT ${NOTES}) x) n ON true
       LEFT JOIN LATERAL (
         SELECT encode(f.sha256, 'hex') AS photo
           FROM meter_note o CROSS JOIN LATERAL unnest(o.photos) AS x(name)
           JOIN photo f ON f.org_id = o.org_id AND f.complete
            AND f.sha256 = CASE WHEN x.name ~ '^[0-9a-f]{64}$' THEN decode(x.name, 'hex') END
          WHERE o.meter_id = m.id ORDER BY o.at DESC LIMIT 1) p ON true
      WHERE s.round_id = $1`,
    [roundId],
  );
  return new Map(rows.map(({ meterId, ...card }) => [meterId, card]));
}
