/**
 * Unsent work as a sealed container: saved as a file, handed to a colleague, carried for one (X9,
 * X10). It knows rows as they rest and opens none: giving works with a forgotten PIN and on a
 * blocked phone, carrying works without any key. Containers are described in contract/rescue.ts.
 */
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { sha256Hex } from '#lib/contract/canonical.ts';
import { readContainer, splitContainer, writeContainer } from '#lib/contract/rescue.ts';
import { live, withStorage, PhoneDatabase, type CarriedRow } from './database.ts';
import { keptKey } from './data-key.ts';
import { RescueError, SyncError, type SyncErrorCode } from './errors.ts';
import type { Remote } from './remote.ts';
import type { Carried, Rescue } from './types-device.ts';
import { Vault } from './vault.ts';

/** Sent containers stay for a while, so that the colleague can be shown that it worked. */
const KEEP_SENT_MS = 7 * DAY_MS;
/** What was refused is offered again: a server may learn of a phone later. */
const RETRY_MS = HOUR_MS;
const REFUSALS: readonly SyncErrorCode[] = ['bad-answer', 'forbidden'];

type Means = { readonly userId: string; readonly now: () => number };

export const openRescue = (db: PhoneDatabase, { userId, now }: Means): Rescue => ({
  give: (withPhotos) => sealedWork(db, { userId, withPhotos, now: now() }),
  take: (bytes) => carry(db, bytes, now()),
  carried: () =>
    live(async () => {
      const rows = await db.carried.toArray();
      return rows.sort((a, b) => b.at - a.at).map(viewOf);
    }),
});

/** The same for a storage that stays shut. Throws RescueError. */
export async function saveShutWork(dbName: string, means: Means) {
  const db = new PhoneDatabase(dbName, new Vault(null));
  try {
    return await sealedWork(db, { userId: means.userId, withPhotos: true, now: means.now() });
  } finally {
    db.close();
  }
}

async function sealedWork(
  db: PhoneDatabase,
  { userId, withPhotos, now }: { userId: string; withPhotos: boolean; now: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const dataKey = (await keptKey(db))?.org;
  if (!dataKey) throw new RescueError('no-org-key');
  const { head, rows, pictures } = await withStorage(db, () =>
    db.transaction('r', db.event, db.head, db.photo, async () => ({
      head: await db.head.get('head'),
      rows: await db.event.orderBy('[unsentEpoch+n]').toArray(),
      pictures: withPhotos ? await db.photo.where('unsent').equals(1).toArray() : [],
    })),
  );
  if (!head || rows.length + pictures.length === 0) throw new RescueError('nothing-unsent');
  const bytes = writeContainer({
    head: {
      device: head.device,
      user: userId,
      dataKey,
      at: now,
      events: rows.length,
      photos: pictures.length,
    },
    events: rows.map(({ id, epoch, n, sealed }) => ({ id, epoch, n, sealed })),
    photos: pictures.map(({ sha256, sealed }) => ({ sha256, sealed })),
  });
  return new Uint8Array(bytes);
}

async function carry(
  db: PhoneDatabase,
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
): Promise<Carried> {
  const read = readContainer(bytes);
  if (!read.ok) throw new RescueError(read.error.code === 'torn' ? 'torn' : 'not-kilter');
  const { device, events, photos } = read.value.head;
  const row: CarriedRow = { sha256: sha256Hex(bytes), at, device, events, photos, bytes };
  return withStorage(db, () =>
    db.transaction('rw', db.carried, async () => {
      const before = await db.carried.get(row.sha256);
      if (!before) await db.carried.add(row);
      return viewOf(before ?? row);
    }),
  );
}

/**
 * Sends what is carried, in pieces the server takes. A container that it refuses (of another
 * organisation, say) stays and holds up nothing else. Throws SyncError; what is unsent stays.
 */
export async function sendCarried(db: PhoneDatabase, remote: Remote, now: number): Promise<void> {
  const rows = await withStorage(db, () => db.carried.toArray());
  for (const row of rows) {
    if (row.sent && row.sent.at < now - KEEP_SENT_MS) await db.carried.delete(row.sha256);
    if (row.sent || (row.refusedAt !== undefined && now < row.refusedAt + RETRY_MS)) continue;
    const done = await sendOne(row, remote, now);
    await withStorage(db, () => db.carried.put(done));
  }
}

async function sendOne(row: CarriedRow, remote: Remote, now: number): Promise<CarriedRow> {
  const read = readContainer(row.bytes);
  if (!read.ok) return { ...row, refusedAt: now };
  let received = 0;
  try {
    for (const piece of splitContainer(read.value)) {
      const { epochs } = await remote.rescue(new Uint8Array(writeContainer(piece)));
      received += epochs.reduce((sum, { receipts }) => sum + receipts.length, 0);
    }
  } catch (error) {
    if (!(error instanceof SyncError) || !REFUSALS.includes(error.code)) throw error;
    return { ...row, refusedAt: now };
  }
  const { refusedAt: _, ...sent } = row;
  return { ...sent, sent: { at: now, received } };
}

const viewOf = ({ bytes: _, sha256, sent, refusedAt, ...row }: CarriedRow): Carried => ({
  id: sha256,
  ...row,
  refused: refusedAt !== undefined,
  sentAt: sent?.at ?? null,
  received: sent?.received ?? 0,
});
