import { afterEach, expect, test } from 'vitest';
import { PhoneDatabase } from './database.ts';
import { openDlmsCounters } from './dlms-counters.ts';
import { Vault } from './vault.ts';

const opened: PhoneDatabase[] = [];
const open = (name: string) => {
  const db = new PhoneDatabase(name, new Vault(null));
  opened.push(db);
  return openDlmsCounters(db);
};
afterEach(async () => {
  for (const db of opened.splice(0)) await db.delete();
});

test('a counter that was promised is never given again, after a restart neither', async () => {
  const name = `counters-${crypto.randomUUID()}`;
  const first = open(name);
  expect(await first.next('a')).toBe(0);
  await first.reserve('a', 256);
  await first.reserve('a', 100);
  expect(await open(name).next('a')).toBe(256);
  expect(await open(name).next('b')).toBe(0);
});

test('a phone keeps the name by which meters know it', async () => {
  const name = `counters-${crypto.randomUUID()}`;
  const title = await open(name).title();
  expect(title).toHaveLength(8);
  expect([...title.subarray(0, 3)]).toEqual([0x4b, 0x4c, 0x54]);
  expect(await open(name).title()).toEqual(title);
});
