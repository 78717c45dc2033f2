/**
 * Photographs on the phone and their way to the server in pieces. A photo is named by its sha256,
 * so sending it twice is sending it once. It knows no event: those carry only the name.
 */
import { sha256Hex } from '#lib/contract/canonical.ts';
import { PHOTO_CHUNK_BYTES } from '#lib/contract/fieldsync.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import { withStorage, type PhoneDatabase, type PhotoRow } from './database.ts';
import { SyncError } from './errors.ts';
import type { Remote } from './remote.ts';
import { photoPlace as placeOf } from './sealed-rows.ts';
import type { Photos } from './types-device.ts';

/** Sent photos are the first to go when room is needed; a week lets a person look again. */
const KEEP_SENT_MS = 7 * DAY_MS;

export const openPhotos = (db: PhoneDatabase, now: () => number): Photos => ({
  async put(photo) {
    const bytes = new Uint8Array(await photo.arrayBuffer());
    const sha256 = sha256Hex(bytes);
    const sealed = await sealPhoto(db, sha256, { mime: photo.type || 'image/jpeg', bytes });
    const row: PhotoRow = { sha256, sealed, at: now(), unsent: 1 };
    await withStorage(db, () =>
      db.transaction('rw', db.photo, async () => {
        if (!(await db.photo.get(sha256))) await db.photo.add(row);
      }),
    );
    return sha256;
  },
  async get(sha256) {
    const row = await withStorage(db, () => db.photo.get(sha256));
    if (!row) return null;
    const { mime, bytes } = await openPhoto(db, row);
    return new Blob([bytes], { type: mime });
  },
});

type Picture = { readonly mime: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** What the server reads again (server/sync/rescue.ts): length of the type(1) ‖ type ‖ bytes. */
export function sealPhoto(db: PhoneDatabase, sha256: string, { mime, bytes }: Picture) {
  const type = new TextEncoder().encode(mime);
  const plain = new Uint8Array(1 + type.length + bytes.length);
  plain[0] = type.length;
  plain.set(type, 1);
  plain.set(bytes, 1 + type.length);
  return db.vault.sealBytes(placeOf(sha256), plain);
}

async function openPhoto(db: PhoneDatabase, { sha256, sealed }: PhotoRow): Promise<Picture> {
  const plain = await db.vault.openBytes(placeOf(sha256), sealed);
  const from = 1 + plain[0]!;
  return { mime: new TextDecoder().decode(plain.subarray(1, from)), bytes: plain.slice(from) };
}

export const countUnsentPhotos = (db: PhoneDatabase): Promise<number> =>
  db.photo.where('unsent').equals(1).count();

/** Sends every unsent photo from where the server has it. Throws SyncError; photos stay. */
export async function sendPhotos(db: PhoneDatabase, remote: Remote): Promise<void> {
  const waiting = await withStorage(db, () => db.photo.where('unsent').equals(1).primaryKeys());
  for (const sha256 of waiting) {
    const row = await withStorage(db, () => db.photo.get(sha256));
    if (row) await sendPhoto(db, remote, row);
  }
}

async function sendPhoto(db: PhoneDatabase, remote: Remote, row: PhotoRow): Promise<void> {
  const { sha256 } = row;
  const { mime, bytes } = await openPhoto(db, row);
  let place = await remote.photoPlace(sha256);
  const most = Math.ceil(bytes.length / PHOTO_CHUNK_BYTES) + 2;
  for (let i = 0; !place.complete && i < most; i++) {
    const chunk = bytes.slice(place.offset, place.offset + PHOTO_CHUNK_BYTES);
    place = await remote.sendChunk(sha256, {
      bytes: chunk,
      offset: place.offset,
      total: bytes.length,
      mime,
      sha256: sha256Hex(chunk),
    });
  }
  if (!place.complete) throw new SyncError('server-error');
  const { unsent: _, ...sent } = row;
  await withStorage(db, () => db.photo.put(sent));
}

/** Removes photos that the server has had for a week. */
export const prunePhotos = (db: PhoneDatabase, now: number): Promise<number> =>
  withStorage(db, () =>
    db.photo.filter((row) => !row.unsent && row.at < now - KEEP_SENT_MS).delete(),
  );
