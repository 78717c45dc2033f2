/** The sealed storage in a real browser: rest, PIN, old versions, wiping, blocking, carrying. */
import { Dexie } from 'dexie';
import { expect, test } from 'vitest';
import { fromUtf8, toHex } from '#lib/base/bytes.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import { readContainer } from '#lib/contract/rescue.ts';
import { openCopyFile } from './copy-file.ts';
import { copyNameOf } from './second-copy.ts';
import { countShut, saveShut } from './open.ts';
import {
  BODY,
  bytesOf,
  open,
  organisation,
  person,
  shut,
  underground,
  until,
} from '../../../tests/support/sealed-phone.ts';

/** Every byte and text of a person's IndexedDB, second copy and web storage, as hex. */
async function everythingAtRest(user: string): Promise<string> {
  const parts: string[] = [];
  const walk = (value: unknown): void => {
    if (value instanceof ArrayBuffer) parts.push(toHex(new Uint8Array(value)));
    else if (ArrayBuffer.isView(value)) {
      parts.push(toHex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
    } else if (typeof value === 'string') parts.push(toHex(fromUtf8(value)));
    else if (value && typeof value === 'object') Object.values(value).forEach(walk);
  };
  const db = await new Dexie(`kilter-${user}`).open();
  for (const table of db.tables) walk(await table.toArray());
  db.close();
  walk(await (await openCopyFile(copyNameOf(user)))?.read());
  for (const store of [localStorage, sessionStorage]) walk({ ...store });
  return parts.join('|');
}

const BLOCKED = JSON.stringify({ proto: 1, error: 'forbidden', detail: 'device-revoked' });

const hexOf = (text: string): string => toHex(fromUtf8(text));

test('nothing personal rests in clear, in no storage', async () => {
  const user = person();
  const { phone } = await underground(user, 3);
  await phone.photos.put(new Blob(['a picture of a dial'], { type: 'image/jpeg' }));
  await phone.snapshots.put('home', { name: 'Иванова' });
  await shut(phone);
  const rest = await everythingAtRest(user);
  expect(rest.length).toBeGreaterThan(1000);
  for (const text of ['4711.317', 'reading.captured', 'a picture of', 'Иванова']) {
    expect(rest).not.toContain(hexOf(text));
  }
});

test('another person’s key opens nothing', async () => {
  const { phone } = await underground(person(), 1);
  const other = await underground(person(), 0);
  const bytes = await phone.rescue.give(false);
  const read = readContainer(bytes);
  if (!read.ok) throw new Error(read.error.code);
  const { id, sealed } = read.value.events[0]!;
  const foreign = [...other.org.dataKeys.values()][0]!;
  const { Vault } = await import('./vault.ts');
  expect(() => new Vault(foreign).open({ table: 'event', key: id }, sealed)).toThrow(
    'storage-unreadable',
  );
});

test('events, a round and a picture of an old version survive, sealed', async () => {
  const user = person();
  const { phone, events } = await underground(person(), 2);
  const picture = new Blob(['old picture'], { type: 'image/png' });
  const old = new Dexie(`kilter-${user}`);
  old.version(1).stores({
    event: 'id, [epoch+n], [unsentEpoch+n], outcome',
    head: 'key',
    round: 'roundId',
    meter: '[roundId+meterId], [roundId+sequence], radioId',
    photo: 'sha256, unsent',
    snapshot: 'key',
    keyring: 'name',
    meta: 'name',
  });
  const epoch = events[0]!.epoch;
  await old.table('head').add({
    key: 'head',
    device: phone.deviceId,
    epochs: [{ epoch, capturedN: 2, hw: 0 }],
    lastHash: events[1]!.hash,
    serverEpoch: null,
    lastServer: null,
    offsetMs: null,
    forked: false,
  });
  for (const event of events) {
    const { id, n } = event;
    const row = { id, epoch, n, event, receipt: null, receiptAt: null, unsentEpoch: epoch };
    await old.table('event').add(row);
  }
  const trail = [{ eventId: events[0]!.id, at: 1, value: '4711.317', reason: null, state: 'read' }];
  await old.table('round').add({
    roundId: 1,
    name: 'Лесная',
    house: 'Лесная, 14',
    dueOn: '2026-11-21',
    status: 'planned',
    keysValidTo: Date.now() + 1e7,
    senderKey: 'point',
    downloadedAt: 5,
  });
  await old.table('meter').add({
    roundId: 1,
    meterId: 1,
    sequence: 1,
    serial: '77001234',
    address: 'Лесная, 14',
    radioId: '77001234',
    state: 'ahead',
    wrappedKey: 'wrapped',
    trail,
  });
  await old.table('photo').add({ sha256: 'ab'.repeat(32), blob: picture, at: 3, unsent: 1 });
  old.close();

  const org = await organisation(user);
  org.state.up = false;
  const now = await open(user, org.remote);
  const items = await until(now.outbox.list(), (list) => list.length === 2);
  expect(items.map(({ event }) => event)).toEqual([...events].reverse());
  const [meter] = await until(now.rounds.meters(1), (rows) => rows.length === 1);
  expect(meter).toMatchObject({ serial: '77001234', state: 'read', hasKey: true });
  expect(await (await now.photos.get('ab'.repeat(32)))?.text()).toBe('old picture');
  expect(await now.rounds.findByRadioId('77001234')).toHaveLength(1);
  await shut(now);
  const rest = await everythingAtRest(user);
  for (const text of ['4711.317', '77001234', 'Лесная', 'old picture']) {
    expect(rest, text).not.toContain(hexOf(text));
  }
  org.state.up = true;
  const later = await open(user, org.remote);
  await later.sync.now();
  expect(org.log.size).toBe(2);
});

test('with a PIN the storage opens only with it, and patience grows', async () => {
  const user = person();
  let clock = Date.now();
  const now = () => clock;
  const { org, phone } = await underground(user, 1);
  await phone.safety.setPin('4821');
  await shut(phone);
  await expect(open(user, org.remote)).rejects.toMatchObject({ code: 'pin-needed' });
  for (let i = 0; i < 3; i++) {
    const wrong = open(user, org.remote, { pin: '0000', now });
    await expect(wrong).rejects.toMatchObject({ code: 'pin-wrong' });
  }
  const hasty = open(user, org.remote, { pin: '4821', now });
  await expect(hasty).rejects.toMatchObject({ code: 'pin-wait', about: { records: 1 } });
  expect(await countShut(user)).toBe(1);
  const file = readContainer(await saveShut(user));
  expect(file.ok && file.value.events).toHaveLength(1);
  // Two tries at once are one, and a clock that is set right does not wait for the wrong one.
  const early = clock;
  clock += 16_000;
  const both = ['0000', '0000'].map((pin) =>
    open(user, org.remote, { pin, now }).catch(({ code }: { code: string }) => code),
  );
  expect((await Promise.all(both)).sort()).toEqual(['pin-wait', 'pin-wrong']);
  clock = early - 86_400_000;
  const back = open(user, org.remote, { pin: '4821', now });
  await expect(back).rejects.toMatchObject({ code: 'pin-wait', about: { waitMs: 30_000 } });
  clock += 31_000;
  const right = await open(user, org.remote, { pin: '4821', now });
  expect(await until(right.outbox.list(), (list) => list.length > 0)).toHaveLength(1);
  await right.safety.setPin(null);
  await shut(right);
  await open(user, org.remote);
});

test('IndexedDB is wiped: everything comes back, and the server sees one phone', async () => {
  const user = person();
  const { org, phone, events } = await underground(user, 12);
  await shut(phone);
  await Dexie.delete(`kilter-${user}`);
  await expect(open(user, org.remote)).rejects.toMatchObject({
    code: 'cleared',
    about: { records: 12 },
  });
  org.state.up = true;
  const again = await open(user, org.remote);
  expect([again.safety.restored, again.deviceId]).toEqual([12, phone.deviceId]);
  const next = await again.outbox.capture('reading.captured', BODY);
  expect([next.n, next.prev, next.epoch]).toEqual([13, events[11]!.hash, events[0]!.epoch]);
  await again.sync.now();
  const status = await until(again.sync.status, (s) => s.unsent === 0);
  expect(status.forked).toBe(false);
  expect([...org.log.values()].map(({ hash }) => hash)).toEqual(
    [...events, next].map(({ hash }) => hash),
  );
});

test('both copies are wiped: which are missing is told, until it was read', async () => {
  const user = person();
  const { org, phone } = await underground(user, 5);
  org.state.up = true;
  await phone.sync.now();
  org.state.up = false;
  for (let k = 0; k < 3; k++) await phone.outbox.capture('reading.captured', BODY);
  await shut(phone);
  await Dexie.delete(`kilter-${user}`);
  await (await openCopyFile(copyNameOf(user)))!.replace(bytesOf());
  org.state.up = true;
  const again = await open(user, org.remote);
  expect(again.deviceId).not.toBe(phone.deviceId);
  const loss = await again.safety.loss();
  expect(loss).toMatchObject({ captured: 8, stored: 5, certain: true });
  await again.safety.lossRead();
  expect(await again.safety.loss()).toBeNull();
});

test('a torn tail of the second copy costs the torn record only, and it is named', async () => {
  const user = person();
  const { org, phone } = await underground(user, 3);
  await shut(phone);
  const file = (await openCopyFile(copyNameOf(user)))!;
  const whole = await file.read();
  await file.replace(bytesOf(...whole.slice(0, whole.length - 20)));
  await Dexie.delete(`kilter-${user}`);
  org.state.up = true;
  const again = await open(user, org.remote);
  expect(again.safety.restored).toBe(2);
  // The third was counted outside both storages: it is missed by its number, whoever sends later.
  const missing = { captured: 3, stored: 2, certain: true, of: 'copy' };
  expect(await again.safety.loss()).toMatchObject(missing);
  await again.outbox.capture('reading.captured', BODY);
  await again.sync.now();
  expect(await again.safety.loss()).toMatchObject(missing);
  await again.safety.lossRead();
  expect(await again.safety.loss()).toBeNull();
});

test.each([undefined, 'worker'] as const)('a copy file appends and replaces (%s)', async (way) => {
  const name = copyNameOf(person());
  const file = (await openCopyFile(name, way))!;
  await file.replace(bytesOf(1, 2, 3, 4));
  await file.append(Uint8Array.of(5));
  await Promise.all([file.append(Uint8Array.of(6)), file.append(Uint8Array.of(7))]);
  expect([...(await file.read())]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  await file.replace(bytesOf(9));
  expect([...(await file.read())]).toEqual([9]);
  file.close();
});

test('receipts shorten the second copy', async () => {
  const user = person();
  const { org, phone } = await underground(user, 5);
  const file = (await openCopyFile(copyNameOf(user)))!;
  await expect.poll(async () => (await file.read()).length).toBeGreaterThan(2000);
  org.state.up = true;
  await phone.sync.now();
  await expect.poll(async () => (await file.read()).length).toBeLessThan(1500);
});

test('a day longer than the keys live costs the keys and no reading', async () => {
  const user = person();
  // The phone's clock is ten days behind: what counts is the server's.
  const now = () => Date.now() - 10 * DAY_MS;
  const org = await organisation(user);
  const keysValidTo = Date.now() + 1_200;
  offerRound(org, keysValidTo);
  const phone = await open(user, org.remote, { now });
  await phone.sync.now();
  const [meter] = await until(phone.rounds.meters(1), (rows) => rows.length === 1);
  expect(meter!.hasKey).toBe(true);
  org.state.up = false;
  for (let k = 0; k < 2; k++) await phone.outbox.capture('reading.captured', BODY);
  await new Promise((resolve) => setTimeout(resolve, keysValidTo - Date.now() + 50));
  await expect(phone.keyring.openRound(1)).rejects.toMatchObject({ code: 'key-expired' });
  await shut(phone);
  const db = await new Dexie(`kilter-${user}`).open();
  expect([await db.table('roundKeys').count(), await db.table('event').count()]).toEqual([0, 2]);
  db.close();
  // Signed out for weeks, then in again: sealed all the time, sent at once.
  org.state.up = true;
  const again = await open(user, org.remote, { now });
  await again.sync.now();
  const status = await until(again.sync.status, ({ unsent }) => unsent === 0);
  expect([status.received, org.log.size]).toEqual([2, 2]);
  // The server's offer of the same round came with the keys that are over: they do not stay.
  const [late] = await until(again.rounds.meters(1), (rows) => rows.length === 1);
  expect(late).toMatchObject({ serial: '77001234', hasKey: false });
});

/** One meter with a wrapped key, offered with every pull. */
function offerRound(org: Awaited<ReturnType<typeof organisation>>, keysValidTo: number): void {
  const meter = {
    ...{ meterId: 1, pointId: 1, sequence: 1, resource: 'cold-water', serial: '77001234' },
    ...{ manufacturer: null, radioId: null, protocol: 'wmbus', flat: null, entrance: null },
    ...{ floor: null, address: 'Лесная, 14', hint: null, register: 10, digits: 5, decimals: 3 },
    ...{ history: [], usualPerDay: null, state: 'ahead', wrappedKey: 'wrapped' },
  };
  const about = { roundId: 1, name: 'Лесная', house: 'Лесная, 14', dueOn: '2026-11-21' };
  const data = { ...about, status: 'planned', keysValidTo, senderKey: 'point', meters: [meter] };
  const pull = org.remote.pull;
  org.remote.pull = async (ask) => ({
    ...(await pull(ask)),
    changes: [{ seq: '1', op: 'put', kind: 'round', id: '1', rev: '1', data }],
  });
}

test('a blocked phone forgets its keys and keeps what is unsent', async () => {
  const user = person();
  const { org, phone } = await underground(user, 2);
  const locked: string[] = [];
  await shut(phone);
  const again = await open(user, org.remote, { onLocked: () => locked.push('revoked') });
  org.state.up = true;
  org.state.revoked = true;
  // The network breaks between the two: what was not taken stays, and the phone is blocked.
  org.remote.push = () => Promise.resolve({ status: 403, body: BLOCKED });
  await again.sync.now();
  expect(locked).toEqual(['revoked']);
  await shut(again);
  await expect(open(user, org.remote)).rejects.toMatchObject({ code: 'revoked' });
  const file = readContainer(await saveShut(user));
  if (!file.ok) throw new Error(file.error.code);
  const raw = org.dataKeys.get(phone.deviceId)!;
  const { Vault } = await import('./vault.ts');
  const values = file.value.events.map(({ id, sealed }) => {
    const held = new Vault(raw.slice()).open<{ event: { body: { value: string } } }>(
      { table: 'event', key: id },
      sealed,
    );
    return held.event.body.value;
  });
  expect(values).toEqual(['4711.317', '4711.317']);
});

test('a colleague carries sealed work and sends it once', async () => {
  const { phone } = await underground(person(), 4);
  const colleague = await underground(person(), 0);
  const bytes = await phone.rescue.give(true);
  await colleague.phone.rescue.take(bytes);
  await colleague.phone.rescue.take(bytes);
  expect(await until(colleague.phone.rescue.carried(), () => true)).toMatchObject([
    { device: phone.deviceId, events: 4, sentAt: null },
  ]);
  await expect(colleague.phone.rescue.take(bytes.slice(0, -9))).rejects.toMatchObject({
    code: 'torn',
  });
  colleague.org.state.up = true;
  await colleague.phone.sync.now();
  await colleague.phone.sync.now();
  expect(colleague.org.carried).toHaveLength(1);
  const [sent] = await until(colleague.phone.rescue.carried(), ([row]) => row?.sentAt !== null);
  expect(sent).toMatchObject({ events: 4 });
});

test('carried work that the server refuses holds up nothing and is offered again', async () => {
  const { phone } = await underground(person(), 1);
  let clock = Date.now();
  const org = await organisation('c');
  const colleague = await open(person(), org.remote, { now: () => clock });
  org.state.refuses = true;
  await colleague.rescue.take(await phone.rescue.give(false));
  const pulls = org.state.pulls;
  await colleague.sync.now();
  const [row] = await until(colleague.rescue.carried(), ([one]) => one?.refused === true);
  expect(row).toMatchObject({ events: 1, sentAt: null });
  expect(org.state.pulls).toBe(pulls + 1);
  org.state.refuses = false;
  await colleague.sync.now();
  expect(org.carried).toHaveLength(0);
  clock += 61 * 60_000;
  await colleague.sync.now();
  expect(org.carried).toHaveLength(1);
  const [sent] = await until(colleague.rescue.carried(), ([one]) => one?.sentAt !== null);
  expect(sent).toMatchObject({ refused: false });
});
