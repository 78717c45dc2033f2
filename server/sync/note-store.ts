/**
 * Notes about meters and confirmations of safety, taken out of their events so that the desk can
 * find them.
 */
import type pg from 'pg';

export type NewNote = {
  readonly eventId: string;
  readonly meterId: number;
  readonly userId: string;
  readonly at: number;
  readonly text: string;
  readonly photos: readonly string[];
};

export type NewSafety = {
  readonly eventId: string;
  readonly roundId: number | null;
  readonly meterId: number | null;
  readonly userId: string;
  readonly at: number;
  readonly work: string;
  readonly points: readonly string[];
};

/** PostgreSQL keeps no NUL in a text; the event has it all the same. */
const plain = (text: string): string => text.replaceAll('\0', '');

export async function insertNotes(
  client: pg.ClientBase,
  orgId: number,
  notes: readonly NewNote[],
): Promise<void> {
  for (const { eventId, meterId, userId, at, text, photos } of notes) {
    await client.query(
      `INSERT INTO meter_note (event_id, org_id, meter_id, user_id, at, text, photos)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
      [eventId, orgId, meterId, userId, new Date(at), plain(text), photos.map(plain)],
    );
  }
}

export async function insertSafety(
  client: pg.ClientBase,
  orgId: number,
  rows: readonly NewSafety[],
): Promise<void> {
  for (const { eventId, roundId, meterId, userId, at, work, points } of rows) {
    await client.query(
      `INSERT INTO safety_confirmation
         (event_id, org_id, round_id, meter_id, user_id, at, work, points)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
      [eventId, orgId, roundId, meterId, userId, new Date(at), work, points],
    );
  }
}
