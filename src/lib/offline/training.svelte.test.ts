/** Practice in a real browser: everything is kept, nothing leaves, nothing stays. */
import { Dexie } from 'dexie';
import { afterEach, expect, test, vi } from 'vitest';
import { trainingRound } from '#lib/field/training/round.ts';
import { openOffline, storageName } from './open.ts';
import { dropTraining, openTraining } from './training.ts';

const NAMES = { round: 'Practice', house: 'Practice house' };
const USER = 'trainee';
const now = (live: {
  subscribe(run: (value: readonly unknown[]) => void): () => void;
}): Promise<readonly unknown[]> =>
  new Promise((resolve) => {
    const stop = live.subscribe((value) => {
      resolve(value);
      queueMicrotask(() => stop());
    });
  });

afterEach(async () => {
  vi.restoreAllMocks();
  await dropTraining(USER);
  await Dexie.delete(storageName(USER));
});

test('a capture of the practice reaches neither server nor outbox of the person', async () => {
  const asked = vi.spyOn(globalThis, 'fetch');
  const real = await openOffline({ userId: USER });
  const practice = await openTraining(USER, () => trainingRound(Date.now(), NAMES));
  const [round] = (await now(practice.rounds.list())) as { roundId: number }[];
  const meters = (await now(practice.rounds.meters(round!.roundId))) as { meterId: number }[];
  expect(meters).toHaveLength(16);
  const { meterId } = meters[0]!;
  const body = { roundId: round!.roundId, meterId, reason: 'dog', note: null, photos: [] };
  await practice.outbox.capture('access.failed', body);
  await practice.sync.now().catch(() => {});
  expect(await now(practice.outbox.list())).toMatchObject([{ state: 'unsent' }]);
  expect(await now(real.outbox.list())).toEqual([]);
  expect(asked).not.toHaveBeenCalled();
  // Taken up again, what was done is still there; dropped, the practice is gone whole.
  practice.close();
  const again = await openTraining(USER, () => trainingRound(Date.now(), NAMES));
  expect(await now(again.outbox.list())).toHaveLength(1);
  again.close();
  await dropTraining(USER);
  expect(await Dexie.exists(storageName(`training-${USER}`))).toBe(false);
  expect(Object.keys(localStorage).filter((key) => key.includes('training'))).toEqual([]);
  real.close();
});
