/**
 * The data key while the app is open: it seals what goes to rest and opens what comes back
 * (contract/sealed.ts). It knows bytes and places, no table's meaning; where the key itself rests
 * is data-key.ts.
 *
 * One row is sealed and opened at once, because a transaction of IndexedDB ends while anybody
 * waits; many rows are opened by the platform's cipher, outside of one. What was opened stays in
 * memory as long as the key does: a list is read again after every capture.
 */
import { gcm } from '@noble/ciphers/aes.js';
import { assert } from '#lib/base/assert.ts';
import { sealedText, SEAL_NONCE_BYTES } from '#lib/contract/sealed.ts';
import { StorageError } from './errors.ts';

export type Sealed = Uint8Array<ArrayBuffer>;
export type Place = { readonly table: string; readonly key: string };

type Opened = { readonly nonce: string; readonly value: unknown };

/** More than a round of 10 000 meters with a day's captures needs. */
const MOST_OPENED = 30_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Vault {
  #raw: Uint8Array<ArrayBuffer> | null;
  #platform: Promise<CryptoKey> | null = null;
  readonly #opened = new Map<string, Opened>();

  /** `raw` is 32 bytes and belongs to the vault from here on; null makes one that is shut. */
  constructor(raw: Uint8Array<ArrayBuffer> | null) {
    assert(raw === null || raw.length === 32, 'a data key has 32 bytes');
    this.#raw = raw;
  }

  get isOpen(): boolean {
    return this.#raw !== null;
  }

  /** Takes over the key of `other`; a shut vault becomes this one without anybody rewiring. */
  unlock(raw: Uint8Array<ArrayBuffer>): void {
    assert(raw.length === 32, 'a data key has 32 bytes');
    this.#raw = raw;
    this.#platform = null;
  }

  /** The key and everything opened with it leave the memory; what rests stays sealed. */
  forget(): void {
    this.#raw?.fill(0);
    this.#raw = null;
    this.#platform = null;
    this.#opened.clear();
  }

  /** For wrapping the key itself; a copy. Throws StorageError `storage-shut`. */
  rawCopy(): Uint8Array<ArrayBuffer> {
    return this.#key().slice();
  }

  /** JSON values only; the value is remembered as given, so do not change it afterwards. */
  seal({ table, key }: Place, value: unknown): Sealed {
    const nonce = newNonce();
    const cipher = gcm(this.#key(), nonce, aad(table, key));
    const sealed = joined(nonce, cipher.encrypt(encoder.encode(JSON.stringify(value))));
    this.#remember({ table, key }, sealed, value);
    return sealed;
  }

  /** Throws StorageError `storage-unreadable`: changed, moved, or somebody else's. */
  open<T>({ table, key }: Place, sealed: Uint8Array): T {
    const known = this.#recall(table, key, sealed);
    if (known) return known.value as T;
    const nonce = sealed.subarray(0, SEAL_NONCE_BYTES);
    try {
      const cipher = gcm(this.#key(), nonce, aad(table, key));
      const plain = cipher.decrypt(sealed.subarray(SEAL_NONCE_BYTES));
      return this.#parsed<T>(table, key, { sealed, plain });
    } catch (error) {
      throw unreadable(error);
    }
  }

  /** Like `open` for many rows; never inside a transaction. */
  openMany<T>(table: string, rows: readonly { key: string; sealed: Uint8Array }[]): Promise<T[]> {
    return Promise.all(
      rows.map(async ({ key, sealed }) => {
        const known = this.#recall(table, key, sealed);
        if (known) return known.value as T;
        const plain = await this.openBytes({ table, key }, sealed);
        return this.#parsed<T>(table, key, { sealed, plain });
      }),
    );
  }

  /** Like `seal` for many or large values; never inside a transaction. */
  sealLater(place: Place, value: unknown): Promise<Sealed> {
    return this.sealBytes(place, encoder.encode(JSON.stringify(value)));
  }

  async sealBytes({ table, key }: Place, plain: Uint8Array<ArrayBuffer>): Promise<Sealed> {
    const iv = newNonce();
    const additionalData = aad(table, key);
    const cipher = { name: 'AES-GCM', iv, additionalData };
    const sealed = await crypto.subtle.encrypt(cipher, await this.#platformKey(), plain);
    return joined(iv, new Uint8Array(sealed));
  }

  /** Throws StorageError `storage-unreadable`. */
  async openBytes({ table, key }: Place, sealed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(sealed);
    const iv = bytes.subarray(0, SEAL_NONCE_BYTES);
    const cipher = { name: 'AES-GCM', iv, additionalData: aad(table, key) };
    try {
      const body = bytes.subarray(SEAL_NONCE_BYTES);
      return new Uint8Array(await crypto.subtle.decrypt(cipher, await this.#platformKey(), body));
    } catch (error) {
      throw unreadable(error);
    }
  }

  #key(): Uint8Array<ArrayBuffer> {
    if (!this.#raw) throw new StorageError('storage-shut');
    return this.#raw;
  }

  #platformKey(): Promise<CryptoKey> {
    const raw = this.#key();
    this.#platform ??= crypto.subtle.importKey('raw', raw, 'AES-GCM', false, [
      'encrypt',
      'decrypt',
    ]);
    return this.#platform;
  }

  #recall(table: string, key: string, sealed: Uint8Array): Opened | null {
    const known = this.#opened.get(`${table}|${key}`);
    return known?.nonce === nonceOf(sealed) ? known : null;
  }

  #remember({ table, key }: Place, sealed: Uint8Array, value: unknown): void {
    if (this.#opened.size >= MOST_OPENED) this.#opened.clear();
    this.#opened.set(`${table}|${key}`, { nonce: nonceOf(sealed), value });
  }

  #parsed<T>(table: string, key: string, of: { sealed: Uint8Array; plain: Uint8Array }): T {
    const value = JSON.parse(decoder.decode(of.plain)) as T;
    this.#remember({ table, key }, of.sealed, value);
    return value;
  }
}

/** A nonce is drawn for every sealing, so it also tells two sealings of one row apart. */
const nonceOf = (sealed: Uint8Array): string =>
  String.fromCharCode(...sealed.subarray(0, SEAL_NONCE_BYTES));

const newNonce = (): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(SEAL_NONCE_BYTES));

const aad = (table: string, key: string): Uint8Array<ArrayBuffer> =>
  encoder.encode(sealedText(table, key));

function joined(nonce: Uint8Array, body: Uint8Array): Sealed {
  const sealed = new Uint8Array(nonce.length + body.length);
  sealed.set(nonce);
  sealed.set(body, nonce.length);
  return sealed;
}

const unreadable = (cause: unknown): StorageError =>
  cause instanceof StorageError ? cause : new StorageError('storage-unreadable', { cause });
