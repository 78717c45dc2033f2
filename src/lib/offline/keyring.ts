/**
 * Keys of this phone: an ECDH pair for which the server wraps meter keys, and an AES key that seals
 * what is kept at rest. Neither can be exported, meter keys exist only in memory and only during
 * the round's days (contract/round-keys.ts). It knows no protocol of meters.
 */
import { fromBase64, fromUtf8, toBase64 } from '#lib/base/bytes.ts';
import { keyContextText, NONCE_BYTES, wrappedKeyText } from '#lib/contract/round-keys.ts';
import { withStorage, type PhoneDatabase, type RoundKeys } from './database.ts';
import { KeyError } from './errors.ts';
import { openFacts, openRoundKeys } from './round-packs.ts';
import type { Keyring } from './types-device.ts';

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** `now` is the server's time as far as the phone knows it. */
export function openKeyring(
  db: PhoneDatabase,
  { device, now }: { device: string; now: () => Promise<number> },
): Keyring {
  return {
    publicKey: async () => publicPoint(await devicePair(db)),
    openRound: async (roundId) => {
      const row = await withStorage(db, () => db.round.get(roundId));
      const facts = row && (await openFacts(db, [row]))[0];
      if (!facts || (await now()) >= facts.keysValidTo) {
        await forgetKeys(db, [roundId]);
        throw new KeyError('key-expired');
      }
      const keys = await withStorage(db, () => openRoundKeys(db, roundId));
      if (!keys) return new Map();
      const wrapping = await wrappingKey(db, device, { ...keys, roundId });
      return new Map(await Promise.all(keys.wrapped.map((one) => unwrap(wrapping, one))));
    },
  };
}

/** Removes wrapped keys of rounds whose days are over; called at start and after every pull. */
export async function forgetExpiredKeys(db: PhoneDatabase, now: number): Promise<void> {
  const rounds = await openFacts(db, await withStorage(db, () => db.round.toArray()));
  const over = rounds.filter(({ keysValidTo }) => now >= keysValidTo);
  await forgetKeys(
    db,
    over.map(({ roundId }) => roundId),
  );
}

const forgetKeys = (db: PhoneDatabase, roundIds: readonly number[]): Promise<void> =>
  withStorage(db, () => db.roundKeys.bulkDelete([...roundIds]));

/** The phone is no longer trusted (X23): no meter key and nothing that could open one stays. */
export const forgetAllKeys = (db: PhoneDatabase): Promise<void> =>
  withStorage(db, () =>
    db.transaction('rw', db.roundKeys, db.keyring, async () => {
      await db.roundKeys.clear();
      await db.keyring.clear();
    }),
  );

async function wrappingKey(
  db: PhoneDatabase,
  device: string,
  { senderKey, roundId, keysValidTo }: RoundKeys & { roundId: number },
): Promise<CryptoKey> {
  const sender = fromBase64(senderKey);
  if (!sender.ok) throw new KeyError('key-unreadable');
  const { privateKey } = await devicePair(db);
  try {
    const raw = new Uint8Array(sender.value);
    const peer = await crypto.subtle.importKey('raw', raw, CURVE, false, []);
    const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: peer }, privateKey, 256);
    const material = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
    const info = new Uint8Array(fromUtf8(keyContextText({ device, roundId, keysValidTo })));
    return await crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: raw, info },
      material,
      { name: 'AES-GCM', length: 256 },
      false,
      ['decrypt'],
    );
  } catch {
    throw new KeyError('key-unreadable');
  }
}

async function unwrap(
  key: CryptoKey,
  [meterId, wrapped]: readonly [number, string],
): Promise<[number, Uint8Array]> {
  const sealed = fromBase64(wrapped);
  if (!sealed.ok) throw new KeyError('key-unreadable');
  const iv = new Uint8Array(sealed.value.subarray(0, NONCE_BYTES));
  const additionalData = new Uint8Array(fromUtf8(wrappedKeyText(meterId)));
  try {
    const plain = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv, additionalData },
      key,
      new Uint8Array(sealed.value.subarray(NONCE_BYTES)),
    );
    return [meterId, new Uint8Array(plain)];
  } catch {
    throw new KeyError('key-unreadable');
  }
}

export const publicPoint = async ({ publicKey }: CryptoKeyPair): Promise<string> =>
  toBase64(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)));

export const devicePair = (db: PhoneDatabase): Promise<CryptoKeyPair> =>
  oneKey(db, 'device', () => crypto.subtle.generateKey(CURVE, false, ['deriveBits']));

/** Wraps the data key of this person on this phone (data-key.ts; ASVS 5.0, 14.3.3). */
export const wrappingKeyOfBrowser = (db: PhoneDatabase): Promise<CryptoKey> =>
  oneKey(db, 'seal', () =>
    crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
  );

/** Two tabs may make a key at once; the one that is stored first is everybody's. */
async function oneKey<K extends CryptoKey | CryptoKeyPair>(
  db: PhoneDatabase,
  name: string,
  make: () => Promise<K>,
): Promise<K> {
  const before = await withStorage(db, () => db.keyring.get(name));
  if (before) return before.key as K;
  const made = await make();
  return withStorage(db, () =>
    db.transaction('rw', db.keyring, async () => {
      const first = await db.keyring.get(name);
      if (first) return first.key as K;
      await db.keyring.add({ name, key: made });
      return made;
    }),
  );
}
