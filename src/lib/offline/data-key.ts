/**
 * Where the data key of one person on one phone rests: wrapped by a key that cannot leave this
 * browser, before that by the PIN when there is one, and by the organisation's key, so that sealed
 * work is worth something to a supervisor when the PIN is forgotten (docs/adr/0030, X23).
 *
 * It knows wrappings and the patience with wrong PINs; it knows no row. A wrong PIN never deletes
 * anything.
 */
import { MINUTE_MS, SECOND_MS } from '#lib/base/interval.ts';
import { orgKeyText } from '#lib/contract/sealed.ts';
import { withStorage, type PhoneDatabase } from './database.ts';
import { sealTo } from './ecies.ts';
import { LockError } from './errors.ts';
import { wrappingKeyOfBrowser } from './keyring.ts';

type PinRule = { readonly salt: Uint8Array<ArrayBuffer>; readonly iterations: number };

export type KeptKey = {
  readonly v: 1;
  /** nonce ‖ ciphertext ‖ tag by the browser's key; null once the phone was blocked. */
  readonly wrapped: Uint8Array<ArrayBuffer> | null;
  /** With a PIN, what the browser's key wraps is itself wrapped by the PIN's key. */
  readonly pin: PinRule | null;
  /** For the organisation; null until its key is known. */
  readonly org: string | null;
};

const NAME = 'data-key';
const TRIES = 'pin-tries';
/** OWASP's least for PBKDF2 with SHA-256; about a third of a second on a cheap phone. */
const ITERATIONS = 600_000;
const FREE_TRIES = 3;
const FIRST_WAIT_MS = 15 * SECOND_MS;
const LONGEST_WAIT_MS = 60 * MINUTE_MS;
const NONCE_BYTES = 12;

const encoder = new TextEncoder();

export async function keptKey(db: PhoneDatabase): Promise<KeptKey | null> {
  const row = await withStorage(db, () => db.meta.get(NAME));
  return (row?.value as KeptKey | undefined) ?? null;
}

/** A new key for a storage that has none; of two tabs the first one's counts. */
export async function makeDataKey(db: PhoneDatabase, given?: Uint8Array<ArrayBuffer>) {
  const raw = given ?? crypto.getRandomValues(new Uint8Array(32));
  const wrapped = await wrap(await wrappingKeyOfBrowser(db), raw);
  const made: KeptKey = { v: 1, wrapped, pin: null, org: null };
  const stored = await withStorage(db, () =>
    db.transaction('rw', db.meta, async () => {
      const first = (await db.meta.get(NAME))?.value as KeptKey | undefined;
      if (first) return false;
      await db.meta.add({ name: NAME, value: made });
      return true;
    }),
  );
  if (stored) db.vault.unlock(raw);
  else await unlockDataKey(db, { pin: null, now: Date.now() });
}

/** Opens the vault of `db`. Throws LockError; what rests is untouched. */
export async function unlockDataKey(
  db: PhoneDatabase,
  { pin, now }: { pin: string | null; now: number },
): Promise<void> {
  const kept = await keptKey(db);
  if (!kept?.wrapped) throw new LockError('revoked');
  const inner = await unwrap(await wrappingKeyOfBrowser(db), kept.wrapped);
  if (!inner) throw new LockError('revoked');
  if (!kept.pin) return db.vault.unlock(inner);
  if (pin === null) throw new LockError('pin-needed', await about(db, now));
  // Counted before it is tried: killing the app must not give a free try.
  if (!(await countTry(db, now))) throw new LockError('pin-wait', await about(db, now));
  const raw = await unwrap(await pinKey(pin, kept.pin), inner);
  if (!raw) throw new LockError('pin-wrong', await about(db, now));
  await withStorage(db, () => db.meta.delete(TRIES));
  db.vault.unlock(raw);
}

export const hasPin = async (db: PhoneDatabase): Promise<boolean> =>
  (await keptKey(db))?.pin != null;

/** Sets, changes or (null) removes the PIN of an open vault. */
export async function setPin(db: PhoneDatabase, pin: string | null): Promise<void> {
  const raw = db.vault.rawCopy();
  const rule: PinRule | null =
    pin === null
      ? null
      : { salt: crypto.getRandomValues(new Uint8Array(16)), iterations: ITERATIONS };
  const inner = rule ? await wrap(await pinKey(pin!, rule), raw) : raw;
  const wrapped = await wrap(await wrappingKeyOfBrowser(db), inner);
  raw.fill(0);
  await change(db, (kept) => ({ ...kept, wrapped, pin: rule }));
}

/** The wrapping for the organisation, made once; null when its key is no point. */
export async function wrapForOrganisation(
  db: PhoneDatabase,
  { orgKey, device, userId }: { orgKey: string; device: string; userId: string },
): Promise<string | null> {
  const before = (await keptKey(db))?.org;
  if (before) return before;
  const raw = db.vault.rawCopy();
  const sealed = await sealTo(orgKey, orgKeyText(device, userId), raw);
  raw.fill(0);
  if (!sealed.ok) return null;
  await change(db, (kept) => ({ ...kept, org: kept.org ?? sealed.value }));
  return sealed.value;
}

/** The phone was blocked: only the organisation can open what rests from here on. */
export async function forgetDataKey(db: PhoneDatabase): Promise<void> {
  await change(db, (kept) => ({ ...kept, wrapped: null, pin: null }));
  db.vault.forget();
}

const change = (db: PhoneDatabase, work: (kept: KeptKey) => KeptKey): Promise<void> =>
  withStorage(db, () =>
    db.transaction('rw', db.meta, async () => {
      const kept = (await db.meta.get(NAME))?.value as KeptKey | undefined;
      if (kept) await db.meta.put({ name: NAME, value: work(kept) });
    }),
  );

type Tries = { readonly count: number; readonly at: number };

async function about(db: PhoneDatabase, now: number) {
  const tries = (await withStorage(db, () => db.meta.get(TRIES)))?.value as Tries | undefined;
  const records = await withStorage(db, () => db.event.orderBy('[unsentEpoch+n]').count());
  return { waitMs: waitOf(tries, now), records };
}

/** Never longer than the rule: a clock that was wrong at the last try must not lock for years. */
function waitOf(tries: Tries | undefined, now: number): number {
  if (!tries) return 0;
  const wait = pinWaitMs(tries.count);
  return Math.min(wait, Math.max(0, tries.at + wait - now));
}

/** After `count` wrong PINs: three are free, then each doubles the wait up to an hour. */
export const pinWaitMs = (count: number): number =>
  count < FREE_TRIES
    ? 0
    : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(count - FREE_TRIES, 20));

/** False when it is too early for a try; looked at and counted at once, whatever other tabs do. */
const countTry = (db: PhoneDatabase, now: number): Promise<boolean> =>
  withStorage(db, () =>
    db.transaction('rw', db.meta, async () => {
      const before = (await db.meta.get(TRIES))?.value as Tries | undefined;
      const may = waitOf(before, now) === 0;
      const count = (before?.count ?? 0) + (may ? 1 : 0);
      // What was counted in the future of a clock that was set right waits from now on.
      const at = may ? now : Math.min(now, before?.at ?? now);
      await db.meta.put({ name: TRIES, value: { count, at } });
      return may;
    }),
  );

async function pinKey(pin: string, { salt, iterations }: PinRule): Promise<CryptoKey> {
  const text = encoder.encode(pin.normalize('NFKC'));
  const material = await crypto.subtle.importKey('raw', text, 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

async function wrap(key: CryptoKey, plain: Uint8Array<ArrayBuffer>) {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const body = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain));
  const out = new Uint8Array(NONCE_BYTES + body.length);
  out.set(iv);
  out.set(body, NONCE_BYTES);
  return out;
}

async function unwrap(
  key: CryptoKey,
  wrapped: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const iv = wrapped.slice(0, NONCE_BYTES);
  try {
    const body = wrapped.slice(NONCE_BYTES);
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, body));
  } catch {
    return null;
  }
}
