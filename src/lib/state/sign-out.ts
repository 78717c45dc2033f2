/**
 * Asked before a person leaves this phone: is anything of theirs still only here (I11)? It knows
 * the storage of lib/offline; the account page calls it. Signing out never deletes what is kept.
 */

/** Tries to send first; the number of records and photos that are still unsent. */
export async function unsentHere(userId: string): Promise<number> {
  const { hasStorage, openOffline } = await import('#lib/offline/open.ts');
  try {
    if (!(await hasStorage(userId))) return 0;
    const offline = await openOffline({ userId, withRounds: false });
    try {
      return (await offline.sync.maySignOut()).unsent;
    } finally {
      offline.close();
    }
  } catch {
    // A browser that opens no storage has kept nothing of this person that it could show us.
    return 0;
  }
}
