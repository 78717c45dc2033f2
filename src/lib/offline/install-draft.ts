/**
 * A tenant's unfinished installation and its pictures, on this phone until the server has them.
 *
 * It knows the draft in hand, those laid aside, and pictures by their hash; it knows no step and
 * no screen. lib/state calls it. Its database is its own, because a tenant may install before the
 * phone has anything else to keep. What rests is sealed by a key that cannot leave this browser.
 */
import { Dexie, type EntityTable } from 'dexie';

type StoredDraft = {
  /** `own`: what the server last said of this person's requests, for a screen without a network. */
  readonly key: 'draft' | 'own' | `aside:${string}`;
  readonly at: number;
  readonly sealed?: Sealed;
  /** As versions before the sealing wrote it. */
  readonly json?: string;
};
type StoredPhoto = { readonly sha256: string; readonly sealed?: Sealed; readonly blob?: Blob };
type Sealed = { readonly iv: Uint8Array<ArrayBuffer>; readonly body: ArrayBuffer };
type KeyRow = { readonly name: 'seal'; readonly key: CryptoKey };

class InstallDatabase extends Dexie {
  readonly draft!: EntityTable<StoredDraft, 'key'>;
  readonly photo!: EntityTable<StoredPhoto, 'sha256'>;
  readonly keyring!: EntityTable<KeyRow, 'name'>;
  constructor(name: string) {
    super(name);
    this.version(1).stores({ draft: 'key', photo: 'sha256' });
    this.version(2).stores({ keyring: 'name' });
  }
}

export type InstallDrafts = {
  load(): Promise<unknown>;
  save(draft: unknown): Promise<void>;
  /** After the server's answer: the draft goes, and all pictures but those named. */
  clear(keep: readonly string[]): Promise<void>;
  /** Lays a draft aside while another is in hand. */
  layAside(id: string, draft: unknown): Promise<void>;
  /** What was laid aside, oldest first; what does not open here is left out. */
  loadAside(): Promise<readonly unknown[]>;
  dropAside(id: string): Promise<void>;
  loadOwn(): Promise<unknown>;
  /** `null` forgets it: somebody else may sign in on this phone. */
  saveOwn(own: unknown): Promise<void>;
  putPhoto(sha256: string, blob: Blob): Promise<void>;
  getPhoto(sha256: string): Promise<Blob | null>;
};

export function openInstallDrafts(name = 'kilter-install'): InstallDrafts {
  const db = new InstallDatabase(name);
  const seal = sealWith(() => keyOf(db));
  const load = async (key: StoredDraft['key']): Promise<unknown> => {
    const stored = await db.draft.get(key);
    if (stored?.json !== undefined) {
      const old: unknown = JSON.parse(stored.json);
      await save(key, old);
      return old;
    }
    const text = stored?.sealed && (await seal.open(key, stored.sealed));
    return text ? (JSON.parse(new TextDecoder().decode(text)) as unknown) : null;
  };
  const save = async (key: StoredDraft['key'], value: unknown): Promise<void> => {
    const sealed = await seal.close(key, new TextEncoder().encode(JSON.stringify(value)));
    await db.draft.put({ key, at: Date.now(), sealed });
  };
  const putPhoto = async (sha256: string, blob: Blob): Promise<void> => {
    // The type goes in front, ended by a zero that no type has.
    const type = new TextEncoder().encode(`${blob.type}\0`);
    const bytes = new Uint8Array(await new Blob([type, blob]).arrayBuffer());
    await db.photo.put({ sha256, sealed: await seal.close(sha256, bytes) });
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
    layAside: (id, draft) => save(`aside:${id}`, draft),
    async loadAside() {
      const keys = await db.draft.where('key').startsWith('aside:').primaryKeys();
      const drafts: unknown[] = [];
      for (const key of keys) drafts.push(await load(key));
      return drafts.filter((draft) => draft !== null);
    },
    dropAside: (id) => db.draft.delete(`aside:${id}`),
    loadOwn: () => load('own'),
    saveOwn: (own) => save('own', own),
    putPhoto,
    async getPhoto(sha256) {
      const stored = await db.photo.get(sha256);
      if (stored?.blob) {
        await putPhoto(sha256, stored.blob);
        return stored.blob;
      }
      const plain = stored?.sealed && (await seal.open(sha256, stored.sealed));
      if (!plain) return null;
      const bytes = new Uint8Array(plain);
      const end = bytes.indexOf(0);
      const type = new TextDecoder().decode(bytes.subarray(0, end));
      return new Blob([bytes.slice(end + 1)], { type });
    },
  };
}

/** Cannot leave this browser. Of two tabs, the first one's key is everybody's. */
async function keyOf(db: InstallDatabase): Promise<CryptoKey> {
  const before = await db.keyring.get('seal');
  if (before) return before.key;
  const usages: KeyUsage[] = ['encrypt', 'decrypt'];
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, usages);
  return db.transaction('rw', db.keyring, async () => {
    const first = await db.keyring.get('seal');
    if (first) return first.key;
    await db.keyring.add({ name: 'seal', key: made });
    return made;
  });
}

function sealWith(key: () => Promise<CryptoKey>) {
  const cipher = (place: string, iv: Uint8Array<ArrayBuffer>) => ({
    name: 'AES-GCM',
    iv,
    additionalData: new TextEncoder().encode(place),
  });
  return {
    async close(place: string, plain: Uint8Array<ArrayBuffer>): Promise<Sealed> {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      return { iv, body: await crypto.subtle.encrypt(cipher(place, iv), await key(), plain) };
    },
    /** Null when it does not open here: then it is a draft we do not have. */
    async open(place: string, { iv, body }: Sealed): Promise<ArrayBuffer | null> {
      const opened = crypto.subtle.decrypt(cipher(place, iv), await key(), body);
      return opened.catch(() => null);
    },
  };
}
