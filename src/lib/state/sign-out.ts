/**
 * Asked before a person leaves this phone: is anything of theirs still only here (I11)? It knows
 * the storage of lib/offline; the account page calls it. Signing out never deletes what is kept.
 */

/** The reader as his app remembers him; without it a start without network opens nothing. */
export const WHO_KEY = 'kilter-field-who';

/** The same for residents. */
export const HOME_WHO_KEY = 'kilter-home-who';

/** After signing out: who picks up the phone next sees no round, not even without a network. */
export async function leavePhone(userId: string): Promise<void> {
  for (const key of [WHO_KEY, HOME_WHO_KEY]) localStorage.removeItem(key);
  const { leavePhone: forget } = await import('#lib/offline/open.ts');
  // A browser that opens no storage has none to leave behind.
  await forget(userId).catch(() => {});
}

/** Tries to send first; the number of records and photos that are still unsent. */
export async function unsentHere(userId: string): Promise<number> {
  const { countShut, hasStorage, openOffline } = await import('#lib/offline/open.ts');
  try {
    if (!(await hasStorage(userId))) return 0;
    const offline = await openOffline({ userId, withRounds: false });
    try {
      return (await offline.sync.maySignOut()).unsent;
    } finally {
      offline.close();
    }
  } catch (error) {
    // A storage behind a PIN is counted without opening it; what it holds has to be sent first.
    if ((error as Error).name === 'LockError') return countShut(userId).catch(() => 0);
    // A browser that opens no storage has kept nothing of this person that it could show us.
    return 0;
  }
}
