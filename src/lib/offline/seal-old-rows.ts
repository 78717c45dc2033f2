/**
 * Takes over what a version before the sealing left in clear: events, rounds, pictures. Nothing is
 * deleted before its sealed form is committed, and a phone that is switched off in between goes on
 * where it stopped, because a row is either clear or sealed and says which.
 */
import type { RoundPackage } from '#lib/contract/round.ts';
import type {
  OldEventRow,
  OldMeterRow,
  OldPhotoRow,
  OldRoundRow,
  PhoneDatabase,
} from './database.ts';
import { sealPhoto } from './photos.ts';
import { putRound, sealRound } from './round-packs.ts';
import { asOld, sealEvent, sealTrail } from './sealed-rows.ts';

const DONE = 'sealed-rows';
const EVENTS_AT_ONCE = 200;

export async function sealOldRows(db: PhoneDatabase): Promise<void> {
  if ((await db.meta.get(DONE))?.value === true) return;
  await sealEvents(db);
  await sealRounds(db);
  await sealPhotos(db);
  // Sealed with a key of the browser alone; a new one comes with the next answer.
  await db.snapshot.filter((row) => !('sealed' in row)).delete();
  await db.meta.put({ name: DONE, value: true });
}

async function sealEvents(db: PhoneDatabase): Promise<void> {
  const old = asOld<OldEventRow, string>(db.event);
  for (;;) {
    const left = await db.transaction('rw', db.event, async () => {
      const clear = old.filter((row) => 'event' in row).limit(EVENTS_AT_ONCE);
      const rows = await clear.toArray();
      await db.event.bulkPut(rows.map((row) => sealEvent(db, row)));
      return rows.length;
    });
    if (left < EVENTS_AT_ONCE) return;
  }
}

async function sealRounds(db: PhoneDatabase): Promise<void> {
  const old = asOld<OldRoundRow, number>(db.round);
  for (const row of await old.filter((r) => !('sealed' in r)).toArray()) {
    const rows = await db.meter.where({ roundId: row.roundId }).toArray();
    const { downloadedAt, ...round } = row;
    const meters = rows.map(({ roundId: _, trail: __, ...meter }: OldMeterRow) => meter);
    const pack: RoundPackage = { ...round, meters };
    const sealed = await sealRound(db, pack, downloadedAt);
    await db.transaction('rw', [db.round, db.pack, db.stop, db.roundKeys, db.meter], async () => {
      await putRound(db, sealed);
      const visited = rows.filter(({ trail }) => trail.length > 0);
      await db.stop.bulkPut(visited.map((meter) => sealTrail(db, meter, meter.trail)));
      await db.meter.where({ roundId: row.roundId }).delete();
    });
  }
  // Meters of no round are what an interrupted removal left.
  await db.meter.clear();
}

async function sealPhotos(db: PhoneDatabase): Promise<void> {
  const old = asOld<OldPhotoRow, string>(db.photo);
  for (const { blob, ...row } of await old.filter((r) => 'blob' in r).toArray()) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const mime = blob.type || 'image/jpeg';
    await db.photo.put({ ...row, sealed: await sealPhoto(db, row.sha256, { mime, bytes }) });
  }
}
