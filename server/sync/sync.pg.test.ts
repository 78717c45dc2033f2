/** fieldsync/1 against a real PostgreSQL: pushes, forks, a failing ingest, packages, photos. */
import { createHash, webcrypto } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fromBase64, fromUtf8, toBase64 } from '#lib/base/bytes.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import { PHOTO_CHUNK_BYTES, type FieldEvent, type PushAnswer } from '#lib/contract/fieldsync.ts';
import { verifyReceipt } from '#lib/contract/receipt.ts';
import { keyContextText, wrappedKeyText } from '#lib/contract/round-keys.ts';
import { capture, pushOf } from '#lib/offline/engine.ts';
import type { App } from '#server/app.ts';
import type { Caller } from '#server/api/trpc.ts';
import { unpackStatus } from '#lib/domain/reading.ts';
import { readSeries } from '#server/readings/service.ts';
import { putMeterKey } from '#server/registry/keys.ts';
import { CapturingPhone, nextUuid as uuid } from '../../tests/support/capturing-phone.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { settled } from '../../tests/support/horizon.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../tests/support/two-organisations.ts';
import { answerPush } from './http.ts';
import { photoPlace, readPhotoBytes, takePiece } from './photos.ts';
import { pullRounds } from './pull.ts';
import { receiptKey, registerDevice } from './service.ts';
import { takeInPending } from './take-in.ts';

let database: TestDatabase;
let app: App;
let alpha: Small;
let bravo: Small;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  alpha = await makeOrganisation(app, 'ALPHA', 1);
  bravo = await makeOrganisation(app, 'BRAVO', 2);
  await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', ['2026-11-01', '2026-11-18']);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** A phone in two lines: captures with the real engine. */
class Phone extends CapturingPhone {
  constructor(userId: string) {
    super(app, { ...alpha.caller, userId });
  }
  read(value: string, more: Record<string, unknown> = {}, at?: number): FieldEvent {
    return this.capture(
      'reading.captured',
      { ...READING, meterId: alpha.meterId, value, ...more },
      at,
    );
  }
  /** Whoever captured it: signed in on the phone that sends is alpha's person. */
  override push(events = this.events, caller: Caller = alpha.caller): Promise<PushAnswer> {
    return super.push(events, caller);
  }
}

const READING = {
  roundId: null,
  register: 10,
  source: 'typed',
  raw: null,
  flags: [],
  confirmed: true,
  photos: [],
};

const ask = async <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
  (await app.db.pool.query(sql, values)).rows as T[];
const count = async (sql: string, values: unknown[] = []): Promise<number> =>
  Number((await ask<{ n: string }>(`SELECT count(*) AS n FROM ${sql}`, values))[0]!.n);

let phone: Phone;
beforeEach(() => {
  phone = new Phone(alpha.caller.userId);
});

test('the same push ten times, some at once, is stored once with one receipt', async () => {
  for (let i = 0; i < 20; i++) phone.capture('meter.note', { i });
  const first = await phone.push();
  expect(first.hw).toBe(20);
  const again = await Promise.all(Array.from({ length: 9 }, () => phone.push()));
  for (const answer of again) expect(answer.receipts).toEqual(first.receipts);
  expect(await count('capture_event WHERE device_id = $1', [phone.head.device])).toBe(20);
  const at = { device: phone.head.device, epoch: phone.head.epochs[0]!.epoch };
  const key = receiptKey(app);
  expect(first.receipts.every((receipt) => verifyReceipt(at, receipt, key))).toBe(true);
  expect(verifyReceipt({ ...at, device: uuid() }, first.receipts[0]!, key)).toBe(false);
});

test('parts in any order and overlapping give one dense log', async () => {
  for (let i = 0; i < 30; i++) phone.capture('meter.note', { i });
  const [a, b, c] = [phone.events.slice(0, 12), phone.events.slice(10, 22), phone.events.slice(20)];
  const answers = [await phone.push(c), await phone.push(a), await phone.push(b)];
  expect(answers.map((answer) => [answer.hw, answer.expect])).toEqual([
    [0, 1],
    [12, 13],
    [30, undefined],
  ]);
  expect(answers.some((answer) => answer.fork)).toBe(false);
});

test('a beat that names more than is stored is told from where to send', async () => {
  for (let i = 0; i < 3; i++) phone.capture('meter.note', { i });
  await phone.push(phone.events.slice(0, 1));
  expect(await phone.push([])).toMatchObject({ hw: 1, expect: 2, receipts: [] });
  const [row] = await ask<{ beat: { epochs: Record<string, unknown> } }>(
    'SELECT beat FROM field_device WHERE id = $1',
    [phone.head.device],
  );
  expect(Object.values(row!.beat.epochs)).toEqual([{ capturedN: 3, hw: 1 }]);
});

test('a cloned phone: both events are kept, both are told', async () => {
  phone.capture('meter.note', { i: 0 });
  await phone.push();
  const twin = new Phone(alpha.caller.userId);
  [twin.head, twin.events] = [phone.head, [...phone.events]];
  phone.capture('meter.note', { who: 'first' });
  twin.capture('meter.note', { who: 'twin' });
  twin.capture('meter.note', { who: 'twin again' });
  expect((await phone.push()).fork).toBeUndefined();
  const answer = await twin.push();
  expect(answer).toMatchObject({ fork: true, hw: 3 });
  expect(answer.receipts.map((r) => r.reason ?? r.result)).toEqual([
    'stored',
    'chain-broken',
    'fork',
  ]);
  expect(await twin.push()).toEqual(answer);
  expect(await count('capture_fork WHERE device_id = $1', [phone.head.device])).toBe(1);
});

test('nothing is refused for its content; each reason is named', async () => {
  const other = bravo.meterId;
  phone.read('12.5', {}, NOW + DAY_MS);
  phone.read('twelve');
  phone.read('12.5', { meterId: other });
  phone.read('12.5', { roundId: 999_999 });
  phone.capture('reading.imagined', {});
  const stranger = new Phone('somebody-else');
  [stranger.head, stranger.events] = [phone.head, phone.events];
  stranger.capture('meter.note', {});
  const { receipts } = await stranger.push(stranger.events);
  expect(receipts.map((receipt) => receipt.reason)).toEqual([
    'clock-suspect',
    'bad-body',
    'unknown-meter',
    'closed-round',
    'unknown-type',
    'other-user',
  ]);
  expect(receipts[0]!.result).toBe('stored');
  expect(receipts.slice(1).every((receipt) => receipt.result === 'quarantined')).toBe(true);
});

test('an id that another organisation uses is no way to see or block it', async () => {
  const theirs = new Phone(bravo.caller.userId);
  const event = theirs.capture('meter.note', { secret: 'BRAVO' });
  await theirs.push(theirs.events, bravo.caller);
  const draft = {
    id: event.id,
    type: 'meter.note',
    user: phone.caller.userId,
    body: {},
    at: event.at,
  };
  const next = capture(phone.head, draft);
  const answer = await phone.push([next.event]);
  expect(answer.receipts[0]).toMatchObject({ id: event.id, reason: 'id-collision' });
  expect(answer.hw).toBe(1);
  expect((await phone.push([next.event])).receipts).toEqual(answer.receipts);
  const foreign = new Phone(alpha.caller.userId);
  foreign.head = theirs.head;
  await expect(foreign.push([], alpha.caller)).rejects.toMatchObject({ code: 'forbidden' });
});

test('a reading is taken in with its event, moves its stop, and undo gives it back', async () => {
  const event = phone.read('1204.317', { roundId: alpha.roundId });
  expect((await phone.push()).receipts[0]!.result).toBe('stored');
  expect(await count('reading_origin WHERE event_id = $1', [event.id])).toBe(1);
  const stop = () =>
    ask('SELECT state, event_id FROM round_stop WHERE round_id = $1', [alpha.roundId]);
  expect(await stop()).toEqual([{ state: 'read', event_id: event.id }]);
  phone.capture('reading.voided', { eventId: event.id, reason: 'undo' });
  await phone.push();
  expect(await stop()).toEqual([{ state: 'ahead', event_id: null }]);
  const range = { meterId: alpha.meterId, register: 10, from: NOW - DAY_MS, to: NOW };
  const series = await app.db.withOrgSql(alpha.orgId, (client) => readSeries(client, range));
  const taken = series.find((reading) => reading.value === 1_204_317n)!;
  expect(unpackStatus(taken.status)).toMatchObject({ quality: 'suspect', source: 'typed' });
  const corrected = await ask('SELECT reason, value FROM reading_correction');
  expect(corrected).toEqual([{ reason: 'voided', value: '1204317' }]);
});

test('a capture that was undone before it was sent never becomes a reading', async () => {
  const event = phone.read('1300.000');
  phone.capture('reading.voided', { eventId: event.id, reason: 'undo' });
  const { receipts } = await phone.push();
  expect(receipts.map((receipt) => receipt.result)).toEqual(['stored', 'stored']);
  expect(await count('reading_origin WHERE event_id = $1', [event.id])).toBe(0);
});

test('when the ingest fails the event is kept, acknowledged and taken in later', async () => {
  await app.db.pool.query('ALTER TABLE reading_origin RENAME TO reading_origin_away');
  const event = phone.read('1400.000', {}, NOW - 120_000);
  try {
    expect((await phone.push()).receipts[0]!.result).toBe('stored');
    expect(await count('capture_pending WHERE event_id = $1', [event.id])).toBe(1);
  } finally {
    await app.db.pool.query('ALTER TABLE reading_origin_away RENAME TO reading_origin');
  }
  expect(await takeInPending(app, alpha.orgId)).toBe(0);
  expect(await count('reading_origin WHERE event_id = $1', [event.id])).toBe(1);
  expect(await count('capture_pending')).toBe(0);
});

test('only our own answers are 200', async () => {
  const post = (caller: Caller | null, body: string) =>
    answerPush({ app, caller }, new Request('http://x/', { method: 'POST', body }));
  expect((await post(null, '{}')).status).toBe(401);
  expect((await post(alpha.caller, '{"proto":1,"dev')).status).toBe(400);
  expect((await post(alpha.caller, '{"proto":9}')).status).toBe(400);
  const good = await post(
    alpha.caller,
    JSON.stringify(pushOf(phone.head, phone.head.epochs[0]!.epoch, [])),
  );
  expect([good.status, (await good.json()).proto]).toEqual([200, 1]);
});

test('a round comes with keys that only this phone opens, and only as it was sent', async () => {
  const secret = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);
  await app.db.withOrgSql(alpha.orgId, (client) =>
    putMeterKey(client, app.config.KILTER_MASTER_KEY, {
      orgId: alpha.orgId,
      meterId: alpha.meterId,
      kind: 'aes-mode5',
      key: secret,
    }),
  );
  const { subtle } = webcrypto;
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const pair = await subtle.generateKey(curve, false, ['deriveBits']);
  const publicKey = toBase64(new Uint8Array(await subtle.exportKey('raw', pair.publicKey)));
  const { device } = phone.head;
  await registerDevice(app, alpha.caller, { id: device, publicKey, name: null });
  const answer = await pullRounds(app, alpha.caller, {
    proto: 1,
    device,
    scope: [],
    cursor: null,
    limit: 10,
  });
  const pack = answer.changes.map((change) => change.data as Pack)[0]!;
  expect(pack).toMatchObject({ roundId: alpha.roundId, name: 'ALPHA' });
  expect(pack.meters[0]).toMatchObject({ meterId: alpha.meterId, register: 10, flat: '1' });
  expect(pack.meters[0]!.history.length).toBeGreaterThan(0);
  expect(JSON.stringify(answer)).not.toContain(toBase64(secret));

  const open = (keysValidTo: number) => unwrap(pair.privateKey, pack, { device, keysValidTo });
  expect(await open(pack.keysValidTo)).toEqual(secret);
  await expect(open(pack.keysValidTo + DAY_MS)).rejects.toThrow();
});

type Pack = {
  roundId: number;
  name: string;
  keysValidTo: number;
  senderKey: string;
  meters: { meterId: number; register: number; wrappedKey: string; history: unknown[] }[];
};

async function unwrap(
  key: webcrypto.CryptoKey,
  pack: Pack,
  { device, keysValidTo }: { device: string; keysValidTo: number },
): Promise<Uint8Array> {
  const { subtle } = webcrypto;
  const bytes = (text: string): Uint8Array => {
    const read = fromBase64(text);
    if (!read.ok) throw new Error('base64');
    return read.value;
  };
  const sender = bytes(pack.senderKey);
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const peer = await subtle.importKey('raw', sender, curve, false, []);
  const shared = await subtle.deriveBits({ name: 'ECDH', public: peer }, key, 256);
  const material = await subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const info = fromUtf8(keyContextText({ device, roundId: pack.roundId, keysValidTo }));
  const wrapping = await subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: sender, info },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['decrypt'],
  );
  const { meterId, wrappedKey } = pack.meters[0]!;
  const sealed = bytes(wrappedKey);
  const plain = await subtle.decrypt(
    {
      name: 'AES-GCM',
      iv: sealed.subarray(0, 12),
      additionalData: fromUtf8(wrappedKeyText(meterId)),
    },
    wrapping,
    sealed.subarray(12),
  );
  return new Uint8Array(plain);
}

test('a round that changes comes again, one that is taken away goes', async () => {
  const pull = (cursor: string | null, scope: string[]) =>
    pullRounds(app, alpha.caller, { proto: 1, device: phone.head.device, scope, cursor, limit: 9 });
  const mine = String(alpha.roundId);
  const first = await pull(null, []);
  await settled(app.db.pool);
  const second = await pull(first.cursor, [mine]);
  const third = await pull(second.cursor, [mine]);
  expect(third.changes).toEqual([]);
  await ask('UPDATE round SET name = $2 WHERE id = $1', [alpha.roundId, 'renamed']);
  await settled(app.db.pool);
  const fourth = await pull(third.cursor, [mine]);
  expect(fourth.changes.map((c) => [c.op, (c.data as Pack).name])).toEqual([['put', 'renamed']]);
  await ask('UPDATE round SET assignee_id = NULL WHERE id = $1', [alpha.roundId]);
  const fifth = await pull(fourth.cursor, [mine]);
  expect(fifth.changes.map((c) => [c.op, c.id])).toEqual([['scope-remove', mine]]);
  expect((await pull('nonsense', [mine])).reset).toBe(true);
  await ask('UPDATE round SET assignee_id = $2, name = $3 WHERE id = $1', [
    alpha.roundId,
    alpha.caller.userId,
    'ALPHA',
  ]);
});

test('a photo arrives in pieces, survives cuts, and is what its name says', async () => {
  const photo = new Uint8Array(PHOTO_CHUNK_BYTES + 1000).map((_, i) => (i * 7) % 251);
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const sha256 = hash(photo);
  const piece = (offset: number, bytes: Uint8Array, name = sha256, caller = alpha.caller) =>
    takePiece(app, caller, {
      sha256: name,
      offset,
      total: photo.length,
      mime: 'image/jpeg',
      bytes,
      pieceSha256: hash(bytes),
    });
  const [a, b] = [photo.slice(0, PHOTO_CHUNK_BYTES), photo.slice(PHOTO_CHUNK_BYTES)];
  expect(await piece(0, a)).toEqual({ offset: a.length, complete: false });
  // The answer was lost: the same piece again changes nothing.
  expect(await piece(0, a)).toEqual({ offset: a.length, complete: false });
  expect(await photoPlace(app, alpha.caller, sha256)).toMatchObject({ offset: a.length });
  expect(await piece(a.length, b)).toEqual({ offset: photo.length, complete: true });
  expect(hash((await readPhotoBytes(app, alpha.caller, sha256)).bytes)).toBe(sha256);
  const missing = readPhotoBytes(app, bravo.caller, sha256);
  await expect(missing).rejects.toMatchObject({ code: 'not-found' });

  // Another organisation photographs the same: its own row, and no word about ours.
  expect(await photoPlace(app, bravo.caller, sha256)).toEqual({ offset: 0, complete: false });
  expect(await piece(0, a, sha256, bravo.caller)).toEqual({ offset: a.length, complete: false });
  await piece(a.length, b, sha256, bravo.caller);
  const theirs = await readPhotoBytes(app, bravo.caller, sha256);
  expect(hash(theirs.bytes)).toBe(sha256);
  const owners = `photo WHERE sha256 = decode($1, 'hex')`;
  expect(await count(owners, [sha256])).toBe(2);

  const wrong = hash(fromUtf8('another picture'));
  await piece(0, a, wrong);
  expect(await piece(a.length, b, wrong)).toEqual({ offset: 0, complete: false });
});
