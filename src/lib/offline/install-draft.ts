/**
 * A tenant's unfinished installation and its pictures, on this phone until the server has them.
 *
 * It knows one draft at a time and pictures by their hash; it knows no step and no screen.
 * lib/state calls it. Its database is its own, because a tenant may install before the phone has
 * anything else to keep.
 */
import { Dexie, type EntityTable } from 'dexie';

export type StoredDraft = { readonly key: 'draft'; readonly at: number; readonly json: string };
type StoredPhoto = { readonly sha256: string; readonly blob: Blob };

class InstallDatabase extends Dexie {
  readonly draft!: EntityTable<StoredDraft, 'key'>;
  readonly photo!: EntityTable<StoredPhoto, 'sha256'>;
  constructor(name: string) {
    super(name);
    this.version(1).stores({ draft: 'key', photo: 'sha256' });
  }
}

export type InstallDrafts = {
  load(): Promise<unknown>;
  save(draft: unknown): Promise<void>;
  /** After the server's answer: the draft goes, its pictures with it. */
  clear(): Promise<void>;
  putPhoto(sha256: string, blob: Blob): Promise<void>;
  getPhoto(sha256: string): Promise<Blob | null>;
};

export function openInstallDrafts(name = 'kilter-install'): InstallDrafts {
  const db = new InstallDatabase(name);
  return {
    async load() {
      const stored = await db.draft.get('draft');
      return stored ? (JSON.parse(stored.json) as unknown) : null;
    },
    async save(draft) {
      await db.draft.put({ key: 'draft', at: Date.now(), json: JSON.stringify(draft) });
    },
    async clear() {
      await db.transaction('rw', db.draft, db.photo, async () => {
        await db.draft.clear();
        await db.photo.clear();
      });
    },
    async putPhoto(sha256, blob) {
      await db.photo.put({ sha256, blob });
    },
    async getPhoto(sha256) {
      return (await db.photo.get(sha256))?.blob ?? null;
    },
  };
}
