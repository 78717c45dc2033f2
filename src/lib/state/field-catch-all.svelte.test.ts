import { expect, test } from 'vitest';
import type { HeardStranger } from '#lib/field/heard-stranger.ts';
import type { Offline } from '#lib/offline/types.ts';
import { CatchAll, forgetStrangers } from './field-catch-all.svelte.ts';

/** A storage of one shelf, as a phone keeps it. */
function phone() {
  const shelf = new Map<string, unknown>();
  const snapshots = {
    get: async (key: string) => (shelf.has(key) ? { data: shelf.get(key), at: 0 } : null),
    put: async (key: string, data: unknown) => void shelf.set(key, structuredClone(data)),
  };
  return { shelf, offline: { snapshots } as unknown as Offline };
}

const telegram = (more: Partial<HeardStranger> = {}): HeardStranger => ({
  ...{ radioId: '12345678', manufacturer: 'ELS', resource: 'cold-water', value: '12.500' },
  ...{ raw: 'AAAA', at: 1000, rssiDbm: -70, count: 1 },
  ...more,
});

const taken = async (offline: Offline, roundId: number): Promise<CatchAll> => {
  const list = new CatchAll(offline, roundId);
  await list.open();
  return list;
};

test('off, as it is: nothing of a stranger is kept, not even in memory', async () => {
  const { shelf, offline } = phone();
  const list = await taken(offline, 1);
  list.take(telegram());
  expect([list.on, list.heard.size, shelf.size]).toEqual([false, 0, 0]);
});

test('on, a second telegram adds to the first, and the list outlives the app', async () => {
  const { offline } = phone();
  const list = await taken(offline, 1);
  await list.switchOn();
  list.take(telegram());
  list.take(telegram({ at: 2000, value: null, raw: null, rssiDbm: null }));
  const both = { at: 2000, count: 2, value: '12.500', raw: 'AAAA', rssiDbm: -70 };
  expect(list.heard.get('12345678')).toMatchObject(both);
  await expect.poll(async () => (await taken(offline, 1)).heard.size, { timeout: 5000 }).toBe(1);
  expect((await taken(offline, 2)).on).toBe(false);
});

test('switched off, or gone with its round, nothing is left', async () => {
  const { shelf, offline } = phone();
  for (const roundId of [1, 2]) {
    const list = await taken(offline, roundId);
    await list.switchOn();
  }
  await forgetStrangers(offline, [2]);
  expect([(await taken(offline, 1)).on, (await taken(offline, 2)).on]).toEqual([false, true]);
  const last = await taken(offline, 2);
  last.take(telegram());
  await last.switchOff();
  expect([last.heard.size, ...shelf.values()]).toEqual([0, []]);
});
