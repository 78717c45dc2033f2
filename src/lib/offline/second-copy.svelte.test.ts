/** The second copy where something is in its way; bringing back is in sealed.svelte.test.ts. */
import { Dexie } from 'dexie';
import { expect, test } from 'vitest';
import { openCopyFile, type CopyFile } from './copy-file.ts';
import { PhoneDatabase } from './database.ts';
import { unlockDataKey } from './data-key.ts';
import { leavePhone } from './open.ts';
import { copyNameOf, readCopy, secondCopyIn } from './second-copy.ts';
import {
  BODY,
  bytesOf,
  open,
  person,
  shut,
  underground,
  until,
} from '../../../tests/support/sealed-phone.ts';

const fileOf = async (user: string): Promise<CopyFile> => (await openCopyFile(copyNameOf(user)))!;
const numbersIn = async (user: string): Promise<number[]> =>
  readCopy(await (await fileOf(user)).read(), user)?.events.map(({ n }) => n) ?? [];

/** All files of the folder that belong to a person, by name. */
async function filesOf(user: string): Promise<string[]> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle('kilter');
  const names: string[] = [];
  for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) {
    if (name.startsWith(user)) names.push(name);
  }
  return names.sort();
}

test('what is appended while the file is written anew is not written over', async () => {
  const user = person();
  const file = await fileOf(user);
  let appended: Promise<void> | undefined;
  await file.replace(async () => {
    appended = file.append(Uint8Array.of(9));
    await new Promise((resolve) => setTimeout(resolve, 30));
    return Uint8Array.of(1, 2);
  });
  await appended;
  expect([...(await file.read())]).toEqual([1, 2, 9]);
});

test('captures during receipts are all in the copy', async () => {
  const user = person();
  const { org, phone } = await underground(user, 5);
  org.state.up = true;
  const sending = phone.sync.now();
  const late = [];
  for (let k = 0; k < 10; k++) late.push(await phone.outbox.capture('reading.captured', BODY));
  await sending;
  org.state.up = false;
  const unsent = await until(phone.sync.status, () => true);
  const items = await until(phone.outbox.list(), (list) => list.length === 15);
  const waiting = items.filter(({ state }) => state === 'unsent').map(({ event }) => event.n);
  expect(waiting).toHaveLength(unsent.unsent);
  await expect
    .poll(async () => {
      const there = new Set(await numbersIn(user));
      return waiting.filter((n) => !there.has(n));
    })
    .toEqual([]);
});

test('a file that cannot be written is told, and whole again when it can', async () => {
  const user = person();
  const { phone, events } = await underground(user, 2);
  await shut(phone);
  const db = new PhoneDatabase(`kilter-${user}`, new (await import('./vault.ts')).Vault(null));
  await unlockDataKey(db, { pin: null, now: Date.now() });
  const real = await fileOf(user);
  const state = { full: true };
  const refuse = async (): Promise<void> => {
    if (state.full) throw new DOMException('', 'QuotaExceededError');
  };
  const copy = secondCopyIn(
    {
      ...real,
      append: (bytes) => refuse().then(() => real.append(bytes)),
      replace: (make) => refuse().then(() => real.replace(make)),
    },
    db,
    user,
  );
  await real.replace(bytesOf());
  await expect(copy.rewrite()).rejects.toThrow();
  expect(copy.behind).toBe(2);
  copy.keep(events.slice(1));
  await copy.flush();
  expect(copy.behind).toBe(2);
  // The next capture writes the whole file: appended alone it would lack the phone's head.
  state.full = false;
  copy.keep(events.slice(1));
  await copy.flush();
  expect(copy.behind).toBe(0);
  expect(await numbersIn(user)).toEqual([1, 2]);
  db.close();
});

test('a browser without such files has one copy and says so', async () => {
  const user = person();
  const { storage } = navigator;
  const without = Object.create(storage, {
    getDirectory: { value: () => Promise.reject(new DOMException('', 'SecurityError')) },
  }) as StorageManager;
  Object.defineProperty(navigator, 'storage', { value: without, configurable: true });
  try {
    const { phone } = await underground(user, 1);
    expect(phone.safety.copy()).toEqual({ kept: false, behind: 0 });
    await shut(phone);
  } finally {
    Reflect.deleteProperty(navigator, 'storage');
  }
  expect(navigator.storage).toBe(storage);
});

test('a file that nobody can read is set aside, never written over', async () => {
  const user = person();
  const { org, phone } = await underground(user, 3);
  await shut(phone);
  const file = await fileOf(user);
  const whole = await file.read();
  // The first byte of the head is lost, and the browser threw the storage away.
  await file.replace(bytesOf(0, ...whole.slice(1)));
  await Dexie.delete(`kilter-${user}`);
  org.state.up = true;
  const again = await open(user, org.remote);
  expect(again.safety.restored).toBe(0);
  expect(await again.safety.loss()).toMatchObject({ captured: 3, stored: 0, certain: true });
  const aside = (await filesOf(user)).filter((name) => name !== copyNameOf(user));
  expect(aside).toHaveLength(1);
  const kept = await (await openCopyFile(aside[0]!))!.read();
  expect([...kept.slice(1)]).toEqual([...whole.slice(1)]);
});

test('what the server had already is brought back and stored once', async () => {
  const user = person();
  const { org, phone } = await underground(user, 4);
  const file = await fileOf(user);
  await expect.poll(() => numbersIn(user)).toHaveLength(4);
  const before = await file.read();
  org.state.up = true;
  await phone.sync.now();
  await shut(phone);
  // The battery died before the receipts made the file shorter, then the storage was cleared.
  await file.replace(() => Promise.resolve(before));
  await Dexie.delete(`kilter-${user}`);
  const again = await open(user, org.remote);
  expect(again.safety.restored).toBe(4);
  await again.sync.now();
  const status = await until(again.sync.status, ({ unsent }) => unsent === 0);
  expect([status.received, status.forked, org.log.size]).toEqual([4, false, 4]);
});

test('who leaves takes rounds and answers along; unsent work stays and is sent', async () => {
  const user = person();
  const { org, phone } = await underground(user, 2);
  await phone.snapshots.put('home', { name: 'Иванова' });
  await phone.safety.setPin('4821');
  await shut(phone);
  await leavePhone(user);
  const db = await new Dexie(`kilter-${user}`).open();
  const left = ['round', 'roundKeys', 'pack', 'stop', 'snapshot', 'event'];
  const counts = await Promise.all(left.map((name) => db.table(name).count()));
  db.close();
  expect(counts).toEqual([0, 0, 0, 0, 0, 2]);
  org.state.up = true;
  const again = await open(user, org.remote, { pin: '4821' });
  await again.sync.now();
  expect(org.log.size).toBe(2);
});
