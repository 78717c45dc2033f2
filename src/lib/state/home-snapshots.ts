/**
 * The last answers a resident got, kept sealed on this phone for when there is no network.
 *
 * It knows who is signed in here and lib/offline's store; it knows no screen. Pages of /home load
 * it lazily through ask.ts, home-deliver.ts keeps unsent readings in the same store. Never throws:
 * a phone that keeps nothing still shows what the server says.
 */
import { createApi } from '#lib/api/client.ts';
import type { Snapshots } from '#lib/offline/types-device.ts';

const WHO_KEY = 'kilter-home-who';

/** The person's id, remembered so that a start without network needs no server. */
async function whoIsHere(): Promise<string | null> {
  const saved = localStorage.getItem(WHO_KEY);
  if (saved && !navigator.onLine) return saved;
  try {
    const me = await createApi(fetch).account.getMe.query();
    if (!me) return null;
    localStorage.setItem(WHO_KEY, me.userId);
    return me.userId;
  } catch {
    return saved;
  }
}

async function open(): Promise<Snapshots | null> {
  const userId = await whoIsHere();
  if (!userId) return null;
  try {
    const { openOffline } = await import('#lib/offline/open.ts');
    return (await openOffline({ userId })).snapshots;
  } catch {
    return null;
  }
}

// Browser only (ask.ts loads this file there): one store for the life of the page.
let opened: Promise<Snapshots | null> | null = null;
export const snapshots = (): Promise<Snapshots | null> => (opened ??= open());

export async function keep(key: string, data: unknown): Promise<void> {
  await (await snapshots())?.put(key, data).catch(() => undefined);
}

export async function recall<T>(
  key: string,
): Promise<{ readonly data: T; readonly at: number } | null> {
  const store = await snapshots();
  return store ? store.get<T>(key).catch(() => null) : null;
}
