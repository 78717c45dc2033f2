/** What stands beside a reading: photographs of its capture, notes about its meter. In SQL. */
import type { Desk } from './types.ts';

export type Note = { readonly at: number; readonly text: string; readonly by: string | null };

/** Photographs by event, those that have arrived whole. */
export async function selectPhotos(
  { client }: Desk,
  eventIds: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await client.query<{ id: string; photos: string[] }>(
    `SELECT e.id::text AS id, array_agg(x.name) AS photos
       FROM capture_event e
       CROSS JOIN LATERAL jsonb_array_elements_text(CASE
         WHEN jsonb_typeof(e.canonical::jsonb #> '{body,photos}') = 'array'
         THEN e.canonical::jsonb #> '{body,photos}' ELSE '[]' END) AS x(name)
       JOIN photo p ON p.org_id = e.org_id AND p.complete
        AND p.sha256 = CASE WHEN x.name ~ '^[0-9a-f]{64}$' THEN decode(x.name, 'hex') END
      WHERE e.id = ANY($1::uuid[]) GROUP BY e.id`,
    [eventIds],
  );
  return new Map(rows.map(({ id, photos }) => [id, photos]));
}

/** The last three notes of each meter, the newest first. */
export async function selectNotes(
  { client }: Desk,
  meterIds: readonly number[],
): Promise<Map<number, Note[]>> {
  const { rows } = await client.query<Note & { meterId: number }>(
    `SELECT k.id AS "meterId", (extract(epoch FROM n.at) * 1000)::float8 AS at, n.text,
            u.name AS by
       FROM unnest($1::int4[]) AS k(id)
       CROSS JOIN LATERAL (SELECT at, text, user_id FROM meter_note
         WHERE meter_id = k.id ORDER BY at DESC LIMIT 3) n
       LEFT JOIN "user" u ON u.id = n.user_id ORDER BY n.at DESC`,
    [meterIds],
  );
  const notes = new Map<number, Note[]>();
  for (const { meterId, ...note } of rows) {
    notes.set(meterId, [...(notes.get(meterId) ?? []), note]);
  }
  return notes;
}
