/**
 * A person's last answers from the server, so that the home screen shows something true, with its
 * age, when there is no network. Sealed at rest with the person's data key. It knows no shape of
 * what it keeps.
 */
import superjson from 'superjson';
import { withStorage, type PhoneDatabase } from './database.ts';
import { snapshotPlace } from './sealed-rows.ts';
import type { Snapshots } from './types-device.ts';

export function openSnapshots(db: PhoneDatabase, now: () => number): Snapshots {
  return {
    async put(key, data) {
      const text = new TextEncoder().encode(superjson.stringify(data));
      const sealed = await db.vault.sealBytes(snapshotPlace(key), text);
      await withStorage(db, () => db.snapshot.put({ key, at: now(), sealed }));
    },
    async get<T>(key: string) {
      const row = await withStorage(db, () => db.snapshot.get(key));
      if (!row) return null;
      try {
        const text = await db.vault.openBytes(snapshotPlace(key), row.sealed);
        return { data: superjson.parse<T>(new TextDecoder().decode(text)), at: row.at };
      } catch {
        // A copy that does not open is a copy we do not have; the network brings a new one.
        return null;
      }
    },
  };
}
