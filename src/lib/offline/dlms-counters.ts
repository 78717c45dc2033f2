/**
 * Invocation counters of ciphered DLMS sessions, kept before they are used: a counter that went out
 * twice under one key would give the key stream away (IEC 62056-5-3:2017 clause 5.3). Also the name
 * by which this phone speaks to meters. Knows no key: a device is a word made of its fingerprint.
 */
import { withStorage, type PhoneDatabase } from './database.ts';

export type DlmsCounters = {
  /** System title of this phone: three letters and five random bytes, made once. */
  title(): Promise<Uint8Array>;
  /** The first counter that was never promised to `device`; 0 for a new one. */
  next(device: string): Promise<number>;
  /** Everything below `next` counts as used from now on; never goes back. Throws StorageError. */
  reserve(device: string, next: number): Promise<void>;
};

const TITLE = 'dlms-title';
const nameOf = (device: string): string => `dlms-counter-${device}`;
const MAKER = Uint8Array.of(0x4b, 0x4c, 0x54);
const RANDOM_BYTES = 5;

export function openDlmsCounters(db: PhoneDatabase): DlmsCounters {
  const numberOf = async (device: string): Promise<number> => {
    const value = (await db.meta.get(nameOf(device)))?.value;
    return typeof value === 'number' ? value : 0;
  };
  return {
    title: () =>
      withStorage(db, () =>
        db.transaction('rw', db.meta, async () => {
          const kept = (await db.meta.get(TITLE))?.value;
          if (kept instanceof Uint8Array) return kept;
          const value = new Uint8Array(MAKER.length + RANDOM_BYTES);
          value.set(MAKER);
          value.set(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)), MAKER.length);
          await db.meta.add({ name: TITLE, value });
          return value;
        }),
      ),
    next: (device) => withStorage(db, () => numberOf(device)),
    reserve: (device, next) =>
      withStorage(db, () =>
        db.transaction('rw', db.meta, async () => {
          const before = await numberOf(device);
          await db.meta.put({ name: nameOf(device), value: Math.max(before, next) });
        }),
      ),
  };
}
