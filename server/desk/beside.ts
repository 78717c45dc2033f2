/**
 * Photographs and notes for a page of rows, in two questions whatever its length. It knows rows
 * with a meter and an event; lists of the desk call it.
 */
import { selectNotes, selectPhotos, type Note } from './beside-store.ts';
import type { Desk } from './types.ts';

type Row = { readonly meterId: number; readonly eventId: string | null };
export type Beside = { readonly photos: readonly string[]; readonly notes: readonly Note[] };

export async function attachBeside<T extends Row>(
  desk: Desk,
  rows: readonly T[],
): Promise<(T & Beside)[]> {
  const events = rows.flatMap(({ eventId }) => eventId ?? []);
  const photos = await selectPhotos(desk, events);
  const notes = await selectNotes(desk, [...new Set(rows.map(({ meterId }) => meterId))]);
  return rows.map((row) => ({
    ...row,
    photos: photos.get(row.eventId ?? '') ?? [],
    notes: notes.get(row.meterId) ?? [],
  }));
}
