/**
 * A person's last answers from the server, so that the home screen shows something true, with its
 * age, when there is no network. Sealed at rest with a key that cannot leave this browser. It knows
 * no shape of what it keeps.
 */
import superjson from 'superjson';
import { withStorage, type PhoneDatabase } from './database.ts';
import { sealingKey } from './keyring.ts';
import type { Snapshots } from './types-device.ts';

export function openSnapshots(db: PhoneDatabase, now: () => number): Snapshots {
  return {
    async put(key, data) {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const text = new TextEncoder().encode(superjson.stringify(data));
      const sealed = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(key) },
        await sealingKey(db),
        text,
      );
      await withStorage(db, () => db.snapshot.put({ key, at: now(), iv, data: sealed }));
    },
    async get<T>(key: string) {
      const row = await withStorage(db, () => db.snapshot.get(key));
      if (!row) return null;
      try {
        const text = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: row.iv, additionalData: new TextEncoder().encode(key) },
          await sealingKey(db),
          row.data,
        );
        return { data: superjson.parse<T>(new TextDecoder().decode(text)), at: row.at };
      } catch {
        // A copy that does not open is a copy we do not have; the network brings a new one.
        return null;
      }
    },
  };
}
