/**
 * Everything that a phone's browser keeps for our origin, searched for what must not be there: each
 * table of IndexedDB, files of OPFS, caches, web storage, and the bytes of the profile on the disk.
 */
import type { Page } from '@playwright/test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A secret under a name that may be printed, in all spellings in which it could lie somewhere. */
export type Secret = { readonly name: string; readonly spellings: readonly string[] };

/** Spellings are Latin-1 text, a character a byte. */
export function secretKey(name: string, key: Uint8Array): Secret {
  const bytes = Buffer.from(key);
  const hex = bytes.toString('hex');
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  const list = [...key].join(',');
  const wide = [hex, hex.toUpperCase(), base64].map(utf16);
  return {
    name,
    spellings: [bytes.toString('latin1'), hex, hex.toUpperCase(), base64, list, ...wide],
  };
}

export const secretText = (text: string): Secret => ({
  name: text,
  spellings: [Buffer.from(text, 'utf8').toString('latin1'), utf16(text)],
});

const utf16 = (text: string): string => Buffer.from(text, 'utf16le').toString('latin1');

export const foundIn = (latin1: string, secrets: readonly Secret[]): string[] =>
  secrets.filter(({ spellings }) => spellings.some((s) => latin1.includes(s))).map((s) => s.name);

export type Dump = {
  /** "place: name of the secret" for each that was found. */
  readonly found: readonly string[];
  readonly bytes: number;
  readonly places: readonly string[];
  /** Keys of the browser that could be taken out of it. */
  readonly extractable: number;
};

/** Searches through the page's own doors: what is compressed on the disk is plain here. */
export async function dumpStorages(page: Page, secrets: readonly Secret[]): Promise<Dump> {
  const walked = await page.evaluate(readEverything);
  const texts = walked.parts.map(({ place, base64 }) => ({
    place,
    text: Buffer.from(base64, 'base64').toString('latin1'),
  }));
  return {
    found: texts.flatMap(({ place, text }) => foundIn(text, secrets).map((n) => `${place}: ${n}`)),
    bytes: texts.reduce((sum, { text }) => sum + text.length, 0),
    places: texts.map(({ place }) => place),
    extractable: walked.extractable,
  };
}

/** Runs in the page: one entry a table, file, cache and storage; values joined by a zero byte. */
async function readEverything() {
  const parts = new Map<string, BlobPart[]>();
  const state = { extractable: 0 };
  const add = (place: string, part: BlobPart) =>
    parts.set(place, [...(parts.get(place) ?? []), part, '\0']);
  const walk = (place: string, value: unknown): void => {
    if (value instanceof CryptoKey)
      state.extractable += Number(value.extractable && isSecret(value));
    else if (value instanceof Blob || value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      add(place, value as BlobPart);
    } else if (value && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) {
        add(place, key);
        walk(place, inner);
      }
    } else if (value !== undefined) add(place, String(value));
  };
  const isSecret = (key: CryptoKey): boolean => key.type !== 'public';
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name!);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error as Error);
    });
    for (const table of db.objectStoreNames) {
      const store = db.transaction(table).objectStore(table);
      const answers = [store.getAll(), store.getAllKeys()].map(
        (request) =>
          new Promise<unknown[]>((resolve) => {
            request.onsuccess = () => resolve(request.result as unknown[]);
          }),
      );
      const rows = (await Promise.all(answers)).flat();
      rows.forEach((row) => walk(`IndexedDB ${name} ${table}`, row));
    }
    db.close();
  }
  // The browser writes a file anew beside the old one and swaps them: one that changes or goes
  // while it is read is no state of the phone, so the whole folder is walked again.
  type Found = [string, ArrayBuffer];
  const files = async (folder: FileSystemDirectoryHandle, path: string): Promise<Found[]> => {
    const found: Found[] = [];
    for await (const [name, handle] of folder as unknown as AsyncIterable<
      [string, FileSystemDirectoryHandle | FileSystemFileHandle]
    >) {
      const at = `${path}/${name}`;
      if (handle.kind === 'directory') found.push(...(await files(handle, at)));
      else found.push([at, await (await handle.getFile()).arrayBuffer()]);
    }
    return found;
  };
  const walkFiles = async (): Promise<Found[]> => {
    for (let left = 20; ; left--) {
      try {
        return await files(await navigator.storage.getDirectory(), '');
      } catch (error) {
        if (left === 0 || !(error instanceof DOMException)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  for (const [path, bytes] of await walkFiles()) add(`OPFS ${path}`, bytes);
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      add(`cache ${name}`, request.url);
      add(`cache ${name}`, await (await cache.match(request))!.blob());
    }
  }
  walk('localStorage', { ...localStorage });
  walk('sessionStorage', { ...sessionStorage });
  add('cookies', document.cookie);
  const read = [...parts].map(async ([place, some]) => {
    const url = await new Promise<string>((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result as string);
      reader.onerror = () => reject(reader.error as Error);
      reader.readAsDataURL(new Blob(some));
    });
    return { place, base64: url.slice(url.indexOf(',') + 1) };
  });
  return { parts: await Promise.all(read), extractable: state.extractable };
}

/** The same in every file of a browser profile that no browser holds open. */
export function dumpProfile(
  folder: string,
  secrets: readonly Secret[],
): { found: string[]; bytes: number } {
  let bytes = 0;
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return [];
    const text = readFileSync(join(entry.parentPath, entry.name)).toString('latin1');
    bytes += text.length;
    return foundIn(text, secrets).map((name) => `${entry.name}: ${name}`);
  });
  return { found, bytes };
}
