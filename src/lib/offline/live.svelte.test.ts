import { afterEach, expect, test } from 'vitest';
import { liveSeldom, PhoneDatabase } from './database.ts';
import { Vault } from './vault.ts';

let db: PhoneDatabase;
let made = 0;
const fresh = (): PhoneDatabase =>
  (db = new PhoneDatabase(`kilter-live-${made++}`, new Vault(null)));
afterEach(() => db.delete());

const note = (name: string, value: number) => db.meta.put({ name, value });

test('a burst is asked about at once and once more, and the last word is the newest', async () => {
  fresh();
  let asked = 0;
  const told: unknown[] = [];
  const stop = liveSeldom(db, [db.meta], async () => {
    asked++;
    return (await db.meta.get('n'))?.value ?? null;
  }).subscribe((value) => told.push(value));
  await expect.poll(() => told).toEqual([null]);
  for (let n = 1; n <= 30; n++) await note('n', n);
  await expect.poll(() => told.at(-1), { timeout: 3000 }).toBe(30);
  // However slow the machine: thirty changes are far more than the questions of their time.
  expect(asked).toBeLessThan(30);
  stop();
});

test('another table changes nothing, and who has stopped hears nothing', async () => {
  fresh();
  let asked = 0;
  const told: unknown[] = [];
  const stop = liveSeldom(db, [db.snapshot], async () => ++asked).subscribe((n) => told.push(n));
  await expect.poll(() => told).toEqual([1]);
  await note('n', 1);
  await db.snapshot.put({ key: 'a', at: 0, sealed: new Uint8Array(1) });
  await expect.poll(() => told, { timeout: 3000 }).toEqual([1, 2]);
  stop();
  await db.snapshot.put({ key: 'b', at: 0, sealed: new Uint8Array(1) });
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(told).toEqual([1, 2]);
});
