/** Sealed work carried by somebody else, against a real PostgreSQL; phones in few lines. */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { decodePush } from '#lib/contract/decode-push.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import { splitContainer, writeContainer, type Container } from '#lib/contract/rescue.ts';
import { orgKeyText, recoverText, sealedText } from '#lib/contract/sealed.ts';
import { captureAll, newHead, pushOf } from '#lib/offline/engine.ts';
import { callRouter } from '#server/api/root.ts';
import type { App } from '#server/app.ts';
import type { Caller } from '#server/api/trpc.ts';
import { freshDatabase, type TestDatabase } from '../../tests/support/database.ts';
import {
  makeOrganisation,
  NOW,
  testApp,
  type Small,
} from '../../tests/support/two-organisations.ts';
import { answerPull, answerRescue } from './http.ts';
import { sealTo } from './org-key.ts';
import { recoverDataKey, takeContainer } from './rescue.ts';
import { pushEvents, registerDevice } from './service.ts';

let database: TestDatabase;
let app: App;
let alpha: Small;
let bravo: Small;
let colleague: Caller;
let made = 0;
const uuid = (): string => `00000000-0000-7000-8000-${(++made).toString(16).padStart(12, '0')}`;

beforeAll(async () => {
  database = await freshDatabase();
  app = testApp(database.url);
  alpha = await makeOrganisation(app, 'ALPHA', 1);
  bravo = await makeOrganisation(app, 'BRAVO', 2);
  await app.db.pool.query('SELECT ensure_reading_partitions($1, $2)', ['2026-11-01', '2026-11-18']);
  await app.db.prisma.user.create({
    data: { id: 'colleague', name: 'Colleague', email: 'colleague@x.org' },
  });
  await app.db.prisma.membership.create({
    data: { orgId: alpha.orgId, userId: 'colleague', role: 'reader' },
  });
  colleague = { ...alpha.caller, userId: 'colleague', name: 'Colleague', roles: ['reader'] };
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

type Phone = {
  readonly device: string;
  readonly events: readonly FieldEvent[];
  readonly container: Container;
  readonly publicKey: string;
  readonly pair: ReturnType<typeof createECDH>;
  readonly raw: Buffer;
};

const PHOTO = Buffer.from('not really a picture, but bytes are bytes');
const PHOTO_NAME = createHash('sha256').update(PHOTO).digest('hex');

/** A phone that captured `count` readings without a network, and the container it makes. */
async function phoneWith(count: number, how: { registers: boolean }): Promise<Phone> {
  const raw = randomBytes(32);
  const pair = createECDH('prime256v1');
  const publicKey = pair.generateKeys('base64');
  const head = newHead(uuid(), uuid());
  const { device } = head;
  const { userId } = alpha.caller;
  const hello = { id: device, publicKey, name: null };
  const { orgKey } = await registerDevice(app, alpha.caller, hello);
  const dataKey = sealTo(orgKey!, orgKeyText(device, userId), raw);
  if (how.registers) await registerDevice(app, alpha.caller, { ...hello, dataKey });
  const at = { wall: new Date(NOW - 60_000).toISOString(), mono: 1, boot: uuid() };
  const { events } = captureAll(
    head,
    Array.from({ length: count }, (_, k) => ({
      id: uuid(),
      type: 'reading.captured',
      user: userId,
      at,
      body: { ...BODY, meterId: alpha.meterId, value: `${500 + k}.000` },
    })),
  );
  const photo = Buffer.concat([Buffer.from([10]), Buffer.from('image/jpeg'), PHOTO]);
  return {
    device,
    events,
    pair,
    publicKey,
    raw,
    container: {
      head: { device, user: userId, dataKey, at: NOW, events: count, photos: 1 },
      events: events.map((event) => ({
        id: event.id,
        epoch: event.epoch,
        n: event.n,
        sealed: seal(raw, ['event', event.id], JSON.stringify({ event })),
      })),
      photos: [{ sha256: PHOTO_NAME, sealed: seal(raw, ['photo', PHOTO_NAME], photo) }],
    },
  };
}

const BODY = {
  roundId: null,
  register: 10,
  source: 'typed',
  raw: null,
  flags: [],
  confirmed: true,
  photos: [],
};

function seal(key: Buffer, [table, row]: [string, string], plain: string | Buffer): Uint8Array {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(sealedText(table, row)));
  const body = [nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
  return new Uint8Array(Buffer.concat(body));
}

function openBare(key: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}

const stored = async (device: string) =>
  (
    await app.db.pool.query<{ n: number; user_id: string; result: string; reason: string | null }>(
      'SELECT n, user_id, result, reason FROM capture_event WHERE device_id = $1 ORDER BY n',
      [device],
    )
  ).rows;

test('a colleague carries work: stored as the first reader’s, a replay adds nothing', async () => {
  const phone = await phoneWith(12, { registers: true });
  const bytes = writeContainer(phone.container);
  const first = await takeContainer(app, colleague, bytes);
  expect(first).toMatchObject({ device: phone.device, photos: 1, epochs: [{ hw: 12 }] });
  expect(first.reader).toBe(alpha.caller.name);
  const rows = await stored(phone.device);
  expect(rows).toHaveLength(12);
  expect(new Set(rows.map((row) => `${row.user_id} ${row.result}`))).toEqual(
    new Set([`${alpha.caller.userId} stored`]),
  );
  const again = await takeContainer(app, colleague, bytes);
  expect(again.epochs).toEqual(first.epochs);
  expect(await stored(phone.device)).toHaveLength(12);
  // The first phone is back: the very receipts that the colleague got, no fork.
  const { epoch } = phone.events[0]!;
  const head = { ...newHead(phone.device, epoch), epochs: [{ epoch, capturedN: 12, hw: 0 }] };
  const push = decodePush(JSON.parse(JSON.stringify(pushOf(head, epoch, phone.events))));
  if (!push.ok) throw new Error(push.error.detail);
  const own = await pushEvents(app, alpha.caller, push.value);
  expect(own.receipts).toEqual(first.epochs[0]!.receipts);
  expect(own.fork).toBeUndefined();
});

test('pieces in any order give the same log', async () => {
  const phone = await phoneWith(30, { registers: true });
  const pieces = splitContainer(phone.container, 8_000);
  expect(pieces.length).toBeGreaterThan(2);
  for (const piece of [...pieces].reverse()) {
    await takeContainer(app, colleague, writeContainer(piece));
  }
  const rows = await stored(phone.device);
  expect(rows.map(({ n }) => n)).toEqual(phone.events.map(({ n }) => n));
});

test('a key that only the container brings proves nothing: kept, and looked at', async () => {
  const phone = await phoneWith(2, { registers: false });
  const { reader } = await takeContainer(app, colleague, writeContainer(phone.container));
  expect(reader).toBeNull();
  expect(await stored(phone.device)).toMatchObject([
    { result: 'quarantined', reason: 'other-user' },
    { result: 'quarantined', reason: 'other-user' },
  ]);
});

test('work sealed with another key, a torn file and a stranger store nothing', async () => {
  const [phone, other] = [
    await phoneWith(2, { registers: true }),
    await phoneWith(2, { registers: true }),
  ];
  const mixed = { ...other.container, head: phone.container.head };
  const attempts: [Caller, Uint8Array, string][] = [
    [colleague, writeContainer(mixed), 'invalid'],
    [colleague, writeContainer(phone.container).slice(0, -4), 'invalid'],
    [colleague, new Uint8Array([1, 2, 3]), 'invalid'],
    [bravo.caller, writeContainer(phone.container), 'not-found'],
  ];
  for (const [caller, bytes, code] of attempts) {
    await expect(takeContainer(app, caller, bytes)).rejects.toMatchObject({ code });
  }
  expect(await stored(phone.device)).toEqual([]);
});

test('a cleared storage gets its key back for its new key pair, nobody else does', async () => {
  const phone = await phoneWith(1, { registers: true });
  const asked = { proto: 1 as const, device: phone.device, publicKey: phone.publicKey };
  const { dataKey } = await recoverDataKey(app, alpha.caller, asked);
  const bytes = Buffer.from(dataKey, 'base64');
  const sender = bytes.subarray(0, 65);
  const shared = phone.pair.computeSecret(sender);
  const key = hkdfSync('sha256', shared, sender, recoverText(phone.device), 32);
  expect(openBare(Buffer.from(key), bytes.subarray(65))).toEqual(phone.raw);
  for (const caller of [colleague, bravo.caller]) {
    await expect(recoverDataKey(app, caller, asked)).rejects.toMatchObject({ code: 'forbidden' });
  }
});

test('a blocked phone is told so, gets no key and no round; its work is kept', async () => {
  const phone = await phoneWith(2, { registers: true });
  const { device } = phone;
  const desk = (caller: Caller, placeIds: readonly number[] = []) =>
    callRouter({ app, caller: { ...caller, roles: ['operator'], strong: true, placeIds } }).desk;
  await expect(desk(alpha.caller, [alpha.houseId]).blockPhone({ device })).rejects.toThrow('role');
  await expect(desk(bravo.caller).blockPhone({ device })).rejects.toThrow('no such phone');
  await desk(alpha.caller).blockPhone({ device });
  const listed = await desk(alpha.caller).listPhones();
  expect(listed.find(({ id }) => id === device)).toMatchObject({
    person: alpha.caller.name,
    blockedAt: NOW,
  });
  expect(await desk(bravo.caller).listPhones()).toEqual([]);
  const asked = { proto: 1 as const, device: phone.device, publicKey: phone.publicKey };
  await expect(recoverDataKey(app, alpha.caller, asked)).rejects.toMatchObject({
    code: 'forbidden',
    message: 'device-revoked',
  });
  const pull = { proto: 1, device: phone.device, scope: [], cursor: null, limit: 5 };
  const request = new Request('http://x/api/sync/pull', {
    method: 'POST',
    body: JSON.stringify(pull),
  });
  const came = await answerPull({ app, caller: alpha.caller }, request);
  expect([came.status, await came.json()]).toMatchObject([403, { detail: 'device-revoked' }]);
  await takeContainer(app, colleague, writeContainer(phone.container));
  expect(await stored(phone.device)).toMatchObject([
    { reason: 'device-revoked' },
    { reason: 'device-revoked' },
  ]);
});

test('a sealed record that is no event is refused, and no log quotes it', async () => {
  const phone = await phoneWith(1, { registers: true });
  const said = (['error', 'warn', 'log'] as const).map((name) => vi.spyOn(console, name));
  const [first] = phone.container.events;
  for (const plain of ['4711.317 secret', '"4711.317 secret"', '{"event":{"value":"4711.317"}}']) {
    const sealed = seal(phone.raw, ['event', first!.id], plain);
    const bytes = writeContainer({ ...phone.container, events: [{ ...first!, sealed }] });
    const body = new Uint8Array(bytes);
    const request = new Request('http://x/api/sync/rescue', { method: 'POST', body });
    const came = await answerRescue({ app, caller: colleague }, request);
    expect([came.status, await came.json()]).toMatchObject([400, { detail: 'bad_event' }]);
  }
  expect(said.flatMap((spy) => spy.mock.calls).join(' ')).not.toContain('4711');
  expect(await stored(phone.device)).toEqual([]);
  vi.restoreAllMocks();
});
