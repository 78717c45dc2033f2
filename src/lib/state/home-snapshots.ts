/**
 * What a resident's phone keeps: the last answers, sealed, and the own readings until the server
 * has signed for them.
 *
 * It knows who is signed in here and lib/offline; it knows no screen. Pages of /home load it lazily
 * through ask.ts and home-outbox.svelte.ts. Never throws: a phone that keeps nothing still shows
 * what the server says.
 */
import { createApi } from '#lib/api/client.ts';
import type { Offline } from '#lib/offline/types.ts';
import { HOME_WHO_KEY } from './sign-out.ts';

/** The person's id, remembered so that a start without network needs no server. */
async function whoIsHere(): Promise<string | null> {
  const saved = localStorage.getItem(HOME_WHO_KEY);
  if (saved && !navigator.onLine) return saved;
  try {
    const me = await createApi(fetch).account.getMe.query();
    if (!me) return null;
    localStorage.setItem(HOME_WHO_KEY, me.userId);
    return me.userId;
  } catch {
    return saved;
  }
}

async function open(): Promise<Offline | null> {
  const userId = await whoIsHere();
  if (!userId) return null;
  try {
    const { openOffline } = await import('#lib/offline/open.ts');
    const offline = await openOffline({ userId, withRounds: false });
    // Only a phone that holds something back has a reason to call the server by itself.
    offline.sync.status.subscribe(({ unsent, unsentPhotos }) => {
      if (unsent + unsentPhotos > 0) offline.sync.start();
    });
    return offline;
  } catch {
    return null;
  }
}

// Browser only (ask.ts loads this file there): one store for the life of the page.
let opened: Promise<Offline | null> | null = null;
export const offline = (): Promise<Offline | null> => (opened ??= open());

export async function keep(key: string, data: unknown): Promise<void> {
  await (await offline())?.snapshots.put(key, data).catch(() => undefined);
}

export async function recall<T>(
  key: string,
): Promise<{ readonly data: T; readonly at: number } | null> {
  const phone = await offline();
  return phone ? phone.snapshots.get<T>(key).catch(() => null) : null;
}
