/**
 * The second copy of unsent work (X9): every captured event is appended, sealed, to a file outside
 * IndexedDB; receipts make the file shorter. It knows frames and when to write; what is taken back
 * from a copy is in copy-plan.ts.
 *
 * A capture never waits for it: "saved" is the strict transaction's word (I1). What is appended is
 * behind by milliseconds, and `flush` tells when it is not.
 */
import { Dexie } from 'dexie';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import { readFrames, writeFrame, type Frame } from '#lib/contract/frames.ts';
import { concatBytes } from '#lib/base/bytes.ts';
import { openCopyFile, type CopyFile } from './copy-file.ts';
import type { CopyView, Named } from './copy-plan.ts';
import type { PhoneDatabase, SealedEventRow } from './database.ts';
import { keptKey } from './data-key.ts';
import type { Head } from './engine.ts';
import { StorageError } from './errors.ts';
import { eventPlace, openEvents } from './sealed-rows.ts';

export type SealedNamed = Named & { readonly sealed: Uint8Array };
export type CopyRead = CopyView<SealedNamed> & {
  readonly device: string;
  readonly user: string;
};

export type SecondCopy = {
  /** What the file says; null when it is empty, foreign or of no use. */
  read(): Promise<CopyRead | null>;
  /** Appends behind the capture; errors are told by `behind`. */
  keep(events: readonly FieldEvent[]): void;
  /** Writes the file anew from what is unsent. */
  rewrite(): Promise<void>;
  /** Resolves when everything given to `keep` is in the file, or was given up. */
  flush(): Promise<void>;
  /** Empties the file into another one, which nobody reads and nobody deletes. */
  setAside(): Promise<void>;
  /** Unsent records that are perhaps not in the file; 0 when all are. */
  readonly behind: number;
  close(): void;
};

export const copyNameOf = (userId: string): string => `${userId}.copy`;

export async function openSecondCopy(
  db: PhoneDatabase,
  userId: string,
): Promise<SecondCopy | null> {
  const file = await openCopyFile(copyNameOf(userId));
  return file && secondCopyIn(file, db, userId);
}

export function secondCopyIn(file: CopyFile, db: PhoneDatabase, userId: string): SecondCopy {
  let waiting: FieldEvent[] = [];
  let writing: Promise<void> | null = null;
  let behind = 0;
  // Set while the file may lack its head or records: then appending alone would save nothing.
  let broken = false;
  const rewrite = async (): Promise<void> => {
    try {
      await file.replace(() => wholeCopy(db, userId));
      [behind, broken] = [0, false];
    } catch (error) {
      broken = true;
      behind = Math.max(behind, await countUnsent(db));
      throw error;
    }
  };
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const some = waiting;
      waiting = [];
      try {
        if (broken) await rewrite();
        else await file.append(await framesOf(db, some));
      } catch {
        // A full or closed file must not stop a capture; the next one tries all again.
        if (!broken) behind += some.length;
        broken = true;
      }
    }
  };
  return {
    read: async () => readCopy(await file.read(), userId),
    keep(events) {
      waiting.push(...events);
      writing ??= drain().finally(() => (writing = null));
    },
    rewrite,
    async setAside() {
      const bytes = await file.read();
      if (bytes.length === 0) return;
      const aside = await openCopyFile(`${userId}.${Date.now()}.copy`);
      if (!aside) throw new StorageError('storage-refused');
      await aside.replace(() => Promise.resolve(bytes));
      await file.replace(() => Promise.resolve(new Uint8Array()));
    },
    async flush() {
      while (writing) await writing;
    },
    get behind() {
      return behind + waiting.length;
    },
    close: () => file.close(),
  };
}

/** Nothing more is told of a storage that was closed meanwhile. */
const countUnsent = async (db: PhoneDatabase): Promise<number> =>
  db.isOpen() ? db.event.orderBy('[unsentEpoch+n]').count() : 0;

async function framesOf(db: PhoneDatabase, events: readonly FieldEvent[]) {
  const frames = events.map(async (event) => eventFrame(event, await sealUnsent(db, event)));
  return new Uint8Array(concatBytes(...(await Promise.all(frames)).map(writeFrame)));
}

const sealUnsent = ({ vault }: PhoneDatabase, event: FieldEvent) =>
  vault.sealLater(eventPlace(event.id), { event, receipt: null, receiptAt: null });

const eventFrame = ({ id, epoch, n, prev, hash }: Named, body: Uint8Array): Frame => ({
  head: { t: 'event', id, epoch, n, prev, hash },
  body,
});

/** Head and what may not leave as one moment saw them; null before there is a head. */
async function wholeCopy(
  db: PhoneDatabase,
  userId: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const found = await db.transaction('r', db.event, db.head, async () => ({
    head: await db.head.get('head'),
    rows: await rowsToCopy(db),
  }));
  if (!found.head) return null;
  const { key: _, ...head } = found.head;
  const org = (await keptKey(db))?.org ?? null;
  const first = { t: 'phone', v: 1, device: head.device, user: userId, org, head };
  const rows = await openEvents(db, found.rows);
  const frames = rows.map(async ({ event, receipt }, i) =>
    // Taken back it is unsent, whatever a server that was set back once said of it.
    eventFrame(event, receipt ? await sealUnsent(db, event) : found.rows[i]!.sealed),
  );
  const all = [{ head: first, body: new Uint8Array() }, ...(await Promise.all(frames))];
  return new Uint8Array(concatBytes(...all.map(writeFrame)));
}

/** Unsent rows, and acknowledged ones above the mark of their epoch; see isCopied. */
async function rowsToCopy(db: PhoneDatabase): Promise<SealedEventRow[]> {
  const head = await db.head.get('head');
  const above = (head?.epochs ?? []).map(({ epoch, hw }) =>
    db.event.where('[epoch+n]').between([epoch, hw], [epoch, Dexie.maxKey], false).toArray(),
  );
  const unsent = await db.event.orderBy('[unsentEpoch+n]').toArray();
  const rows = [...unsent, ...(await Promise.all(above)).flat()];
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

export function readCopy(bytes: Uint8Array, userId: string): CopyRead | null {
  const { frames } = readFrames(bytes);
  const first = frames[0]?.head;
  if (first?.['t'] !== 'phone' || first['v'] !== 1 || first['user'] !== userId) return null;
  return {
    device: String(first['device']),
    user: userId,
    head: first['head'] as Head,
    events: frames
      .slice(1)
      .flatMap(({ head, body }): SealedNamed[] =>
        head['t'] === 'event' ? [{ ...(head as unknown as Named), sealed: body }] : [],
      ),
  };
}
