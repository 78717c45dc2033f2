/**
 * Record headers that full radio frames have shown, kept from round to round: a meter that sends a
 * full frame once in hours is read by its compact ones today. They say how a meter writes, nothing
 * of whom it belongs to. lib/state reads them before it listens and keeps them afterwards.
 */
import { withStorage, type PhoneDatabase } from './database.ts';

export type RadioFormats = {
  /** Hex, as `exportFormats` gave it; empty on a new phone. Throws StorageError. */
  load(): Promise<readonly string[]>;
  /** Replaces what was kept. Throws StorageError. */
  keep(rows: readonly string[]): Promise<void>;
};

const NAME = 'radio-formats';

export function openRadioFormats(db: PhoneDatabase): RadioFormats {
  return {
    load: () =>
      withStorage(db, async () => {
        const value = (await db.meta.get(NAME))?.value;
        // An older or damaged row is worth nothing, and costs nothing: formats are heard again.
        return Array.isArray(value) ? value.filter((row) => typeof row === 'string') : [];
      }),
    keep: (rows) =>
      withStorage(db, async () => {
        await db.meta.put({ name: NAME, value: [...rows] });
      }),
  };
}
