/**
 * Photographs that come whole and small: the wizard's three pictures.
 *
 * It knows content addresses: the name of a picture is the hash of its bytes. It does not know what
 * is on it. Procedures of server/api/install call it; a reader's pictures come in chunks elsewhere.
 */
import { createHash } from 'node:crypto';
import type { Tx } from '#server/db/client.ts';
import { AppError } from '#server/errors.ts';
import type { Caller } from '#server/api/trpc.ts';
import { staffPlaces } from './access.ts';
import type { By } from './install-requests.ts';
import { placesWithin } from './scope.ts';

const MAX_BYTES = 300 * 1024;

type NewPhoto = { readonly sha256: string; readonly mime: string; readonly body: string };

/** Stores once; the same picture again is no error. Throws `invalid` when the hash differs. */
export async function putPhoto(tx: Tx, by: By, photo: NewPhoto): Promise<void> {
  const bytes = new Uint8Array(Buffer.from(photo.body, 'base64'));
  const sha256 = new Uint8Array(createHash('sha256').update(bytes).digest());
  if (Buffer.from(sha256).toString('hex') !== photo.sha256) {
    throw new AppError('invalid', 'The picture does not match its hash.');
  }
  if (bytes.length > MAX_BYTES) throw new AppError('invalid', 'The picture is too large.');
  const { orgId } = by.caller;
  const where = { orgId_sha256: { orgId, sha256 } };
  if (await tx.photo.findUnique({ where, select: { complete: true } })) return;
  await tx.photo.create({
    data: {
      sha256,
      orgId,
      sizeBytes: bytes.length,
      offset: bytes.length,
      mime: photo.mime,
      body: bytes,
      complete: true,
      userId: by.caller.userId,
      createdAt: new Date(by.now),
    },
  });
}

/** The picture as a data address; null when it has not arrived or shows another's place. */
export async function readPhoto(tx: Tx, caller: Caller, name: string): Promise<string | null> {
  if (!(await isWithin(tx, caller, name))) return null;
  const sha256 = new Uint8Array(Buffer.from(name, 'hex'));
  const where = { orgId_sha256: { orgId: caller.orgId, sha256 } };
  const row = await tx.photo.findUnique({ where });
  if (!row?.complete) return null;
  return `data:${row.mime};base64,${Buffer.from(row.body).toString('base64')}`;
}

/** A narrowed operator sees the pictures of requests for the own places. */
async function isWithin(tx: Tx, caller: Caller, name: string): Promise<boolean> {
  const ids = await placesWithin(tx, staffPlaces(caller));
  if (ids === null) return true;
  const shows = (photo: string) => ({ body: { path: ['photos', photo], equals: name } });
  const found = await tx.installRequest.findFirst({
    where: { placeId: { in: ids }, OR: ['number', 'dial', 'seal'].map(shows) },
    select: { id: true },
  });
  return found !== null;
}
