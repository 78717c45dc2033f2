/**
 * Between rows as they rest and rows as the app knows them. It knows which part of a row stays
 * clear for the indexes and under which place the rest is sealed; it knows no rule and no key.
 *
 * `open…` and `seal…` of one row are immediate and may run inside a transaction; those of many are
 * for outside of one.
 */
import type { Table } from 'dexie';
import type { EventRow, PhoneDatabase, SealedEventRow, StopRow, Trail } from './database.ts';
import type { Held } from './engine.ts';
import type { Place } from './vault.ts';

export const eventPlace = (id: string): Place => ({ table: 'event', key: id });
export const stopPlace = (roundId: number, meterId: number): Place => ({
  table: 'stop',
  key: `${roundId}/${meterId}`,
});
export const roundPlace = (roundId: number): Place => ({ table: 'round', key: String(roundId) });
export const packPlace = (roundId: number, part: number): Place => ({
  table: 'pack',
  key: `${roundId}/${part}`,
});
export const roundKeysPlace = (roundId: number): Place => ({
  table: 'roundKeys',
  key: String(roundId),
});
export const photoPlace = (sha256: string): Place => ({ table: 'photo', key: sha256 });
export const snapshotPlace = (key: string): Place => ({ table: 'snapshot', key });

export function sealEvent(
  { vault }: PhoneDatabase,
  { event, receipt, receiptAt, ...clear }: EventRow,
): SealedEventRow {
  const held: Held = { event, receipt, receiptAt };
  return { ...clear, sealed: vault.seal(eventPlace(clear.id), held) };
}

export function openEvent({ vault }: PhoneDatabase, row: SealedEventRow): EventRow {
  const { sealed, ...clear } = row;
  return { ...clear, ...vault.open<Held>(eventPlace(row.id), sealed) };
}

export async function openEvents(
  { vault }: PhoneDatabase,
  rows: readonly SealedEventRow[],
): Promise<EventRow[]> {
  const named = rows.map(({ id, sealed }) => ({ key: eventPlace(id).key, sealed }));
  const held = await vault.openMany<Held>('event', named);
  return rows.map(({ sealed: _, ...clear }, i) => ({ ...clear, ...held[i]! }));
}

export const openTrail = ({ vault }: PhoneDatabase, row: StopRow): Trail =>
  vault.open<Trail>(stopPlace(row.roundId, row.meterId), row.sealed);

export const sealTrail = (
  { vault }: PhoneDatabase,
  { roundId, meterId }: { readonly roundId: number; readonly meterId: number },
  trail: Trail,
): StopRow => ({ roundId, meterId, sealed: vault.seal(stopPlace(roundId, meterId), trail) });

/** Trails by meter id. */
export async function openTrails(
  { vault }: PhoneDatabase,
  rows: readonly StopRow[],
): Promise<ReadonlyMap<number, Trail>> {
  const named = rows.map((row) => ({
    key: stopPlace(row.roundId, row.meterId).key,
    sealed: row.sealed,
  }));
  const trails = await vault.openMany<Trail>('stop', named);
  return new Map(rows.map(({ meterId }, i) => [meterId, trails[i]!]));
}

/** The table, for rows that were written before there was a key (seal-old-rows.ts). */
export const asOld = <Row, Key>(table: unknown): Table<Row, Key> => table as Table<Row, Key>;
