/**
 * A storage for practice: the same engine on a database of its own, whose server is deaf.
 *
 * It knows that nothing of it may ever leave the phone or touch the person's own storage: it has no
 * address to send to, no second copy and no mark. lib/state opens one and drops it.
 */
import { Dexie } from 'dexie';
import { PROTO } from '#lib/contract/fieldsync.ts';
import type { RoundPackage } from '#lib/contract/round.ts';
import { SyncError } from './errors.ts';
import { openOffline, storageName } from './open.ts';
import type { Remote } from './remote.ts';
import type { Offline } from './types.ts';

const practiceUser = (userId: string): string => `training-${userId}`;

/** Hands out one round and takes nothing. */
function deafRemote(round: () => RoundPackage): Remote {
  const nobody = async (): Promise<never> => {
    throw new SyncError('offline');
  };
  return {
    pull: async ({ cursor }) => {
      const put = () => ({
        ...{ seq: '1', op: 'put' as const, kind: 'round', rev: '1' },
        ...{ id: String(round().roundId), data: round() },
      });
      return { proto: PROTO, changes: cursor === null ? [put()] : [], cursor: '1', more: false };
    },
    registerDevice: async ({ device }) => ({ proto: PROTO, device }),
    ...{ push: nobody, receiptKey: nobody, recover: nobody },
    ...{ rescue: nobody, photoPlace: nobody, sendChunk: nobody },
  };
}

/** Takes up a practice that was begun. Throws StorageError, LockError. */
export async function openTraining(userId: string, round: () => RoundPackage): Promise<Offline> {
  const offline = await openOffline({
    userId: practiceUser(userId),
    remote: deafRemote(round),
    isPractice: true,
  });
  await offline.rounds.refresh();
  return offline;
}

const DROP_TRIES = 20;
const DROP_PAUSE_MS = 150;

/**
 * After `close`: nothing of the practice stays on the phone. A screen that still asks a moment
 * later opens the storage anew, so it is deleted until it stays away.
 */
export async function dropTraining(userId: string): Promise<void> {
  const name = storageName(practiceUser(userId));
  for (let i = 0; i < DROP_TRIES; i++) {
    await Dexie.delete(name);
    await new Promise((resolve) => setTimeout(resolve, DROP_PAUSE_MS));
    if (!(await Dexie.exists(name))) return;
  }
}
