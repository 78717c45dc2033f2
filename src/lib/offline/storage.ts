/**
 * How much room the browser gives us and whether it promised to keep it. It changes nothing except
 * asking for that promise. lib/offline uses it.
 */
import type { StorageReport } from './types-device.ts';

export async function storageReport(): Promise<StorageReport> {
  const storage = navigator.storage;
  const estimate = await storage?.estimate?.().catch(() => null);
  const used = estimate?.usage ?? null;
  return {
    persisted: (await storage?.persisted?.().catch(() => null)) ?? null,
    usedBytes: used,
    freeBytes: estimate?.quota === undefined || used === null ? null : estimate.quota - used,
  };
}

/** Browsers may refuse; the report then says so and the app shows it. */
export async function askToPersist(): Promise<void> {
  await navigator.storage?.persist?.().catch(() => false);
}
