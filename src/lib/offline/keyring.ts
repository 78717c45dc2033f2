/**
 * Keys of this phone: an ECDH pair for which the server wraps meter keys, and an AES key that seals
 * what is kept at rest. Neither can be exported, meter keys exist only in memory and only during
 * the round's days (contract/round-keys.ts). It knows no protocol of meters.
 */
import { fromBase64, fromUtf8, toBase64 } from '#lib/base/bytes.ts';
import { must } from '#lib/base/assert.ts';
import { keyContextText, NONCE_BYTES, wrappedKeyText } from '#lib/contract/round-keys.ts';
import { withStorage, type MeterRow, type PhoneDatabase, type RoundRow } from './database.ts';
import { KeyError } from './errors.ts';
import type { Keyring } from './types-device.ts';

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** `now` is the server's time as far as the phone knows it. */
export function openKeyring(
  db: PhoneDatabase,
  { device, now }: { device: string; now: () => Promise<number> },
): Keyring {
  return {
    publicKey: async () => {
      const { publicKey } = await devicePair(db);
      return toBase64(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)));
    },
    openRound: async (roundId) => {
      const round = await withStorage(db, () => db.round.get(roundId));
      if (!round || (await now()) >= round.keysValidTo) {
        await forgetKeys(db, roundId);
        throw new KeyError('key-expired');
      }
      const rows = await withStorage(db, () => db.meter.where({ roundId }).toArray());
      const wrapped = rows.filter((row) => row.wrappedKey !== null);
      if (wrapped.length === 0) return new Map();
      const wrapping = await wrappingKey(db, device, round);
      const open = await Promise.all(wrapped.map((row) => unwrap(wrapping, row)));
      return new Map(open);
    },
  };
}

/** Removes wrapped keys of rounds whose days are over; called at start and after every pull. */
export async function forgetExpiredKeys(db: PhoneDatabase, now: number): Promise<void> {
  const rounds = await withStorage(db, () => db.round.toArray());
  for (const { roundId, keysValidTo } of rounds) {
    if (now >= keysValidTo) await forgetKeys(db, roundId);
  }
}

const forgetKeys = (db: PhoneDatabase, roundId: number): Promise<void> =>
  withStorage(db, () =>
    db.transaction('rw', db.round, db.meter, async () => {
      await db.round.update(roundId, { senderKey: null });
      const rows = await db.meter.where({ roundId }).toArray();
      const sealed = rows.filter((row) => row.wrappedKey !== null);
      await db.meter.bulkPut(sealed.map((row) => ({ ...row, wrappedKey: null })));
    }),
  );

async function wrappingKey(
  db: PhoneDatabase,
  device: string,
  { senderKey, roundId, keysValidTo }: RoundRow,
): Promise<CryptoKey> {
  const sender = fromBase64(senderKey ?? '');
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

async function unwrap(key: CryptoKey, row: MeterRow): Promise<[number, Uint8Array]> {
  const sealed = fromBase64(must(row.wrappedKey, 'no wrapped key'));
  if (!sealed.ok) throw new KeyError('key-unreadable');
  const iv = new Uint8Array(sealed.value.subarray(0, NONCE_BYTES));
  const additionalData = new Uint8Array(fromUtf8(wrappedKeyText(row.meterId)));
  try {
    const plain = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv, additionalData },
      key,
      new Uint8Array(sealed.value.subarray(NONCE_BYTES)),
    );
    return [row.meterId, new Uint8Array(plain)];
  } catch {
    throw new KeyError('key-unreadable');
  }
}

const devicePair = (db: PhoneDatabase): Promise<CryptoKeyPair> =>
  oneKey(db, 'device', () => crypto.subtle.generateKey(CURVE, false, ['deriveBits']));

/** Seals what rests on the phone (ASVS 5.0, 14.3.3). */
export const sealingKey = (db: PhoneDatabase): Promise<CryptoKey> =>
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
