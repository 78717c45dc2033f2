/**
 * Photographs in pieces: named by the sha256 of the whole, continued where the last piece ended. It
 * knows offsets and hashes; it knows no event. The endpoint /api/photo and tests call it.
 */
import { createHash } from 'node:crypto';
import { PHOTO_CHUNK_BYTES } from '#lib/contract/fieldsync.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { AppError } from '#server/errors.ts';
import { appendPhoto, lockPhoto, restartPhoto, selectPhoto, type PhotoRow } from './photo-store.ts';

/** Larger than any phone's picture after lib/field/photo.ts, small enough for a table. */
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
const MIMES = ['image/jpeg', 'image/webp', 'image/png'];

export type Place = { readonly offset: number; readonly complete: boolean };

/** Where an upload stands; 0 when nothing has arrived. */
export const photoPlace = (app: App, caller: Caller, sha256: string): Promise<Place> =>
  app.db.withOrgSql(caller.orgId, async (client) => placeOf(await selectPhoto(client, sha256)));

export type Piece = {
  readonly sha256: string;
  readonly offset: number;
  readonly total: number;
  readonly mime: string;
  readonly bytes: Uint8Array;
  /** Hash of this piece alone. */
  readonly pieceSha256: string;
};

/**
 * Takes a piece and answers where to go on. A piece that does not continue what is there changes
 * nothing; a whole that is not its name begins again. Throws `invalid` for pieces no phone sends.
 */
export async function takePiece(app: App, caller: Caller, piece: Piece): Promise<Place> {
  check(piece);
  return app.db.withOrgSql(caller.orgId, async (client) => {
    const { orgId, userId } = caller;
    const row = await lockPhoto(client, { ...piece, orgId, userId });
    if (row.complete || row.offset !== piece.offset) return placeOf(row);
    const whole = Buffer.concat([row.body, piece.bytes]);
    const complete = whole.length === row.sizeBytes;
    if (complete && hex(whole) !== piece.sha256) {
      await restartPhoto(client, piece.sha256);
      return { offset: 0, complete: false };
    }
    await appendPhoto(client, piece.sha256, { bytes: piece.bytes, complete });
    return { offset: whole.length, complete };
  });
}

/** The picture for a screen; only complete ones exist. Throws `not-found`. */
export async function readPhotoBytes(
  app: App,
  caller: Caller,
  sha256: string,
): Promise<{ readonly bytes: Buffer; readonly mime: string }> {
  const row = await app.db.withOrgSql(caller.orgId, (client) => selectPhoto(client, sha256));
  const staff = caller.roles.some((role) => !['resident', 'tenant'].includes(role));
  if (!row?.complete || (!staff && row.userId !== caller.userId)) {
    throw new AppError('not-found', 'There is no such picture.');
  }
  return { bytes: row.body, mime: row.mime };
}

const placeOf = (row: PhotoRow | null): Place => ({
  offset: row?.offset ?? 0,
  complete: row?.complete ?? false,
});

const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function check(piece: Piece): void {
  const { offset, total, bytes } = piece;
  const whole = (n: number) => Number.isSafeInteger(n) && n >= 0;
  if (!whole(offset) || !whole(total) || total === 0 || total > MAX_PHOTO_BYTES) {
    throw new AppError('invalid', 'The size or offset of the picture is not possible.');
  }
  if (bytes.length === 0 || bytes.length > PHOTO_CHUNK_BYTES || offset + bytes.length > total) {
    throw new AppError('invalid', 'The piece of the picture has an impossible length.');
  }
  if (!MIMES.includes(piece.mime)) throw new AppError('invalid', 'Not a kind of picture we keep.');
  if (hex(bytes) !== piece.pieceSha256) {
    throw new AppError('invalid', 'The piece was damaged on its way.');
  }
}
