import { Dexie } from 'dexie';
import { afterEach, describe, expect, test } from 'vitest';
import { must } from '#lib/base/assert.ts';
import type { Push, PushAnswer } from '#lib/contract/fieldsync.ts';
import { receiptText } from '#lib/contract/fieldsync.ts';
import { publicKeyOf, signText } from '#lib/contract/receipt.ts';
import type { RoundPackage } from '#lib/contract/round.ts';
import { PhoneDatabase } from './database.ts';
import { dexieStore } from './dexie-store.ts';
import { openOffline } from './open.ts';
import { headForTest, outboxConformance, uuid } from './outbox.conformance.ts';
import type { Remote } from './remote.ts';
import { SyncError } from './errors.ts';
import type { Live, Offline } from './types.ts';
import { Vault } from './vault.ts';

const opened: { close(): void }[] = [];
const names: string[] = [];
let made = 0;

afterEach(async () => {
  for (const each of opened.splice(0)) each.close();
  for (const name of names.splice(0)) await Dexie.delete(name);
});

function freshName(): string {
  const name = `t${Date.now()}-${made++}`;
  names.push(`kilter-${name}`);
  return name;
}

describe('the outbox in IndexedDB', () =>
  outboxConformance(async () => {
    const db = new PhoneDatabase(`kilter-${freshName()}`, new Vault(new Uint8Array(32).fill(7)));
    opened.push(db);
    await db.head.add({ ...headForTest(), key: 'head' });
    return dexieStore(db);
  }));

const SEED = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const PACK: RoundPackage = {
  roundId: 1,
  name: 'Лесная, 14',
  house: 'Лесная, 14',
  dueOn: '2026-11-21',
  status: 'planned',
  keysValidTo: Date.now() + 3_600_000,
  senderKey: null,
  meters: [1, 2].map((meterId) => ({
    meterId,
    pointId: meterId,
    sequence: meterId,
    resource: 'cold-water',
    serial: `1000${meterId}`,
    manufacturer: null,
    radioId: `1000000${meterId}`,
    protocol: 'wmbus',
    flat: `кв. ${meterId}`,
    entrance: null,
    floor: 1,
    address: 'Лесная, 14',
    hint: null,
    register: 10,
    digits: 5,
    decimals: 3,
    history: [],
    usualPerDay: null,
    state: 'ahead' as const,
    wrappedKey: null,
  })),
};

/** A server in a closure: stores by hash, signs, may be told to misbehave. */
function testServer() {
  const stored = new Map<string, PushAnswer['receipts'][number]>();
  const pushes: Push[] = [];
  const state = { mode: 'up' as 'up' | 'portal' | 'signed-out' | 'down' | 'lost-answer' };
  const remote: Remote = {
    async push(push) {
      if (state.mode === 'down') throw new SyncError('offline');
      if (state.mode === 'portal') return { status: 200, body: '<html>Wi-Fi</html>' };
      if (state.mode === 'signed-out') return { status: 401, body: '{}' };
      pushes.push(push);
      for (const event of push.events) {
        if (stored.has(event.hash)) continue;
        const bare = {
          n: event.n,
          id: event.id,
          hash: event.hash,
          serverSeq: String(stored.size + 1),
          result: 'stored' as const,
        };
        const sig = signText(receiptText(push.device, push.epoch, bare), SEED);
        stored.set(event.hash, { ...bare, sig });
      }
      if (state.mode === 'lost-answer') throw new SyncError('offline');
      const answer: PushAnswer = {
        proto: 1,
        serverTime: new Date().toISOString(),
        serverEpoch: uuid(0x5e),
        hw: stored.size,
        receipts: push.events.map((event) => must(stored.get(event.hash), 'stored')),
      };
      return { status: 200, body: JSON.stringify(answer) };
    },
    pull: async () => ({
      proto: 1,
      changes: [{ seq: '1', op: 'put', kind: 'round', id: '1', rev: '1', data: PACK }],
      cursor: 'c',
      more: false,
      reset: true,
    }),
    receiptKey: async () => publicKeyOf(SEED),
    registerDevice: async ({ device }) => ({ proto: 1, device }),
    recover: () => Promise.reject(new SyncError('offline')),
    rescue: () => Promise.reject(new SyncError('offline')),
    photoPlace: async () => ({ offset: 0, complete: true }),
    sendChunk: async () => ({ offset: 0, complete: true }),
  };
  return { remote, stored, pushes, state };
}

async function open(name: string, remote: Remote): Promise<Offline> {
  const offline = await openOffline({ userId: name, remote });
  opened.push(offline);
  return offline;
}

const BODY = {
  roundId: 1,
  meterId: 1,
  register: 10,
  value: '12.345',
  source: 'typed' as const,
  raw: null,
  flags: [],
  confirmed: false,
  photos: [],
};

/** The first value of a live query that `wanted` accepts. */
const until = <T>(live: Live<T>, wanted: (value: T) => boolean): Promise<T> =>
  new Promise((resolve) => {
    const stop = live.subscribe((value) => {
      if (wanted(value)) {
        resolve(value);
        queueMicrotask(() => stop?.());
      }
    });
  });

test('a capture survives closing, is sent once, and its receipt verifies', async () => {
  const server = testServer();
  server.state.mode = 'down';
  const name = freshName();
  const first = await open(name, server.remote);
  const event = await first.outbox.capture('reading.captured', BODY);
  await first.sync.now();
  expect(await until(first.sync.status, (s) => s.lastError !== null)).toMatchObject({
    unsent: 1,
    lastError: 'offline',
  });
  first.close();

  const second = await open(name, server.remote);
  expect(second.deviceId).toBe(first.deviceId);
  server.state.mode = 'up';
  await Promise.all([second.sync.now(), second.sync.now()]);
  expect([...server.stored.keys()]).toEqual([event.hash]);
  const status = await until(second.sync.status, (s) => s.unsent === 0);
  expect(status).toMatchObject({ received: 1, lastError: null, forked: false });
  expect(await second.receipts.verify()).toEqual({ valid: 1, invalid: [] });
  const summary = await until(second.receipts.summary(), () => true);
  expect(summary).toMatchObject({ captured: 1, received: 1, headHash: event.hash });
});

test.each(['portal', 'signed-out', 'down', 'lost-answer'] as const)(
  '%s leaves the outbox untouched and blocks signing out',
  async (mode) => {
    const server = testServer();
    const offline = await open(freshName(), server.remote);
    server.state.mode = mode;
    await offline.outbox.capture('reading.captured', BODY);
    expect(await offline.sync.maySignOut()).toEqual({ ok: false, unsent: 1 });
    server.state.mode = 'up';
    expect(await offline.sync.maySignOut()).toEqual({ ok: true, unsent: 0 });
    expect(server.stored.size).toBe(1);
  },
);

test('two tabs count together and send once', async () => {
  const server = testServer();
  const name = freshName();
  const [a, b] = [await open(name, server.remote), await open(name, server.remote)];
  server.state.mode = 'down';
  const events = await Promise.all(
    [a, b, a, b].map((tab, i) => tab.outbox.capture('meter.note', { i })),
  );
  expect(new Set(events.map((event) => event.n)).size).toBe(4);
  server.state.mode = 'up';
  await Promise.all([a.sync.now(), b.sync.now()]);
  expect(server.stored.size).toBe(4);
  const sent = server.pushes.flatMap((push) => push.events.map((event) => event.n));
  expect(sent).toEqual([1, 2, 3, 4]);
});

test('a captured reading turns its row green at once, and undo takes it back', async () => {
  const server = testServer();
  const offline = await open(freshName(), server.remote);
  await offline.rounds.refresh();
  const meters = offline.rounds.meters(1);
  expect(await until(meters, (rows) => rows.length === 2)).toHaveLength(2);
  const event = await offline.outbox.capture('reading.captured', BODY);
  const [row] = await until(meters, (rows) => rows[0]?.state === 'read');
  expect(row).toMatchObject({ capture: { eventId: event.id, value: '12.345' } });
  const [round] = await until(offline.rounds.list(), (rows) => rows[0]?.counts.read === 1);
  expect(round!.counts).toEqual({ total: 2, ahead: 1, read: 1, doubt: 0, cannot: 0 });
  await offline.outbox.capture('reading.voided', { eventId: event.id, reason: 'undo' });
  await until(meters, (rows) => rows[0]?.state === 'ahead');
  expect((await offline.rounds.findByRadioId('10000002'))[0]?.meterId).toBe(2);
});

test('a full disk is an error and stores nothing', async () => {
  const server = testServer();
  const name = freshName();
  const offline = await open(name, server.remote);
  server.state.mode = 'down';
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = function (): never {
    throw new DOMException('full', 'QuotaExceededError');
  };
  try {
    const full = offline.outbox.capture('reading.captured', BODY);
    await expect(full).rejects.toMatchObject({ code: 'quota-exceeded' });
  } finally {
    IDBObjectStore.prototype.add = add;
  }
  expect((await until(offline.sync.status, () => true)).unsent).toBe(0);
  const event = await offline.outbox.capture('reading.captured', BODY);
  expect(event.n).toBe(1);
});

/** Dexie keeps the browser's function when it opens, so the spy must be there before. */
async function spyTransactions(before: (mode: unknown, options: unknown) => void) {
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (...given) {
    before(given[1], given[2]);
    return transaction.apply(this, given);
  };
  opened.push({ close: () => (IDBDatabase.prototype.transaction = transaction) });
}

test('a database that died is opened again and the capture is stored once', async () => {
  const server = testServer();
  let deaths = 0;
  await spyTransactions(() => {
    if (deaths > 0 && deaths-- > 0) throw new DOMException('Connection lost', 'InvalidStateError');
  });
  const offline = await open(freshName(), server.remote);
  server.state.mode = 'down';
  await offline.outbox.capture('meter.note', {});
  deaths = 1;
  expect((await offline.outbox.capture('meter.note', {})).n).toBe(2);
  expect(deaths).toBe(0);
  expect((await offline.outbox.capture('meter.note', {})).n).toBe(3);
});

test('a database that stays dead is an error, not a "saved"', async () => {
  const server = testServer();
  let dead = false;
  await spyTransactions(() => {
    if (dead) throw new DOMException('Connection lost', 'UnknownError');
  });
  const offline = await open(freshName(), server.remote);
  server.state.mode = 'down';
  dead = true;
  const lost = offline.outbox.capture('meter.note', {});
  await expect(lost).rejects.toMatchObject({ code: 'storage-lost' });
  dead = false;
  expect((await offline.outbox.capture('meter.note', {})).n).toBe(1);
});

test('a snapshot is sealed, keeps dates and big integers, and shows its age', async () => {
  const offline = await open(freshName(), testServer().remote);
  const data = { name: 'Иванова', at: new Date(0), wh: 12n };
  await offline.snapshots.put('home', data);
  const got = await offline.snapshots.get<typeof data>('home');
  expect(got?.data).toEqual(data);
  expect(Date.now() - got!.at).toBeLessThan(60_000);
  expect(await offline.snapshots.get('other')).toBeNull();
});

test('captures are strictly durable', async () => {
  const seen: unknown[] = [];
  await spyTransactions((mode, options) => {
    if (mode === 'readwrite') seen.push((options as { durability?: string })?.durability);
  });
  const offline = await open(freshName(), testServer().remote);
  seen.length = 0;
  await offline.outbox.capture('meter.note', {});
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.every((durability) => durability === 'strict')).toBe(true);
});

test('a burst of captures shares transactions, and each is told when it is safe', async () => {
  let writes = 0;
  await spyTransactions((mode) => {
    if (mode === 'readwrite') writes++;
  });
  const offline = await open(freshName(), testServer().remote);
  writes = 0;
  const burst = Array.from({ length: 30 }, (_, k) => offline.outbox.capture('meter.note', { k }));
  const events = await Promise.all(burst);
  expect(writes).toBeLessThan(5);
  expect(events.map((event) => event.n)).toEqual(events.map((_, i) => i + 1));
  expect(events.map((event) => event.body)).toEqual(events.map((_, k) => ({ k })));
});

test('what radio meters said about their records is there after closing', async () => {
  const name = freshName();
  const offline = await open(name, testServer().remote);
  expect(await offline.formats.load()).toEqual([]);
  await offline.formats.keep(['02FF', '0C13']);
  offline.close();
  expect(await (await open(name, testServer().remote)).formats.load()).toEqual(['02FF', '0C13']);
});
