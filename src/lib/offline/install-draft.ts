/**
 * A tenant's unfinished installation and its pictures, on this phone until the server has them.
 *
 * It knows one draft at a time and pictures by their hash; it knows no step and no screen.
 * lib/state calls it. Its database is its own, because a tenant may install before the phone has
 * anything else to keep.
 */
import { Dexie, type EntityTable } from 'dexie';

export type StoredDraft = {
  /** `own`: what the server last said of this person's requests, for a screen without a network. */
  readonly key: 'draft' | 'own';
  readonly at: number;
  readonly json: string;
};
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
  /** After the server's answer: the draft goes, and all pictures but those named. */
  clear(keep: readonly string[]): Promise<void>;
  loadOwn(): Promise<unknown>;
  /** `null` forgets it: somebody else may sign in on this phone. */
  saveOwn(own: unknown): Promise<void>;
  putPhoto(sha256: string, blob: Blob): Promise<void>;
  getPhoto(sha256: string): Promise<Blob | null>;
};

export function openInstallDrafts(name = 'kilter-install'): InstallDrafts {
  const db = new InstallDatabase(name);
  const load = async (key: StoredDraft['key']): Promise<unknown> => {
    const stored = await db.draft.get(key);
    return stored ? (JSON.parse(stored.json) as unknown) : null;
  };
  const save = async (key: StoredDraft['key'], value: unknown): Promise<void> => {
    await db.draft.put({ key, at: Date.now(), json: JSON.stringify(value) });
  };
  return {
    load: () => load('draft'),
    save: (draft) => save('draft', draft),
    async clear(keep) {
      await db.transaction('rw', db.draft, db.photo, async () => {
        await db.draft.delete('draft');
        await db.photo
          .where('sha256')
          .noneOf([...keep])
          .delete();
      });
    },
    loadOwn: () => load('own'),
    saveOwn: (own) => save('own', own),
    async putPhoto(sha256, blob) {
      await db.photo.put({ sha256, blob });
    },
    async getPhoto(sha256) {
      return (await db.photo.get(sha256))?.blob ?? null;
    },
  };
}
