import { expect, test } from 'vitest';
import { canonicalEvent, canonicalJson, chainHash, eventHash, GENESIS } from './canonical.ts';
import { decodePush } from './decode-push.ts';
import { receiptText, type FieldEvent, type Receipt } from './fieldsync.ts';
import { publicKeyOf, signText, verifyReceipt } from './receipt.ts';

const EVENT: Omit<FieldEvent, 'hash'> = {
  id: '0193a1b2-0000-7000-8000-000000000001',
  n: 1,
  epoch: '0193a1b2-0000-7000-8000-00000000000e',
  prev: GENESIS,
  v: 1,
  type: 'reading.captured',
  user: 'u1',
  at: {
    wall: '2026-11-21T09:00:00.000+03:00',
    mono: 12.5,
    boot: '0193a1b2-0000-7000-8000-0000000000b0',
    lastServer: null,
    offsetMs: null,
  },
  body: { value: '1204.317', meterId: 7, note: 'Счётчик "2"', photos: [] },
};
// Computed once by sha256sum over 32 zero bytes and the canonical text below.
const TEXT =
  '{"id":"0193a1b2-0000-7000-8000-000000000001","n":1,' +
  '"epoch":"0193a1b2-0000-7000-8000-00000000000e","v":1,"type":"reading.captured","user":"u1",' +
  '"at":{"boot":"0193a1b2-0000-7000-8000-0000000000b0","lastServer":null,"mono":12.5,' +
  '"offsetMs":null,"wall":"2026-11-21T09:00:00.000+03:00"},' +
  '"body":{"meterId":7,"note":"Счётчик \\"2\\"","photos":[],"value":"1204.317"}}';

const sealed = (event: Omit<FieldEvent, 'hash'>): FieldEvent => ({
  ...event,
  hash: eventHash(event),
});
const push = (events: unknown[]) => ({
  proto: 1,
  device: '0193a1b2-0000-7000-8000-0000000000d0',
  epoch: EVENT.epoch,
  capturedN: events.length,
  appVersion: 'test',
  events,
});

test('the canonical text has a fixed order and no optional parts', () => {
  expect(canonicalEvent(EVENT)).toBe(TEXT);
  const shuffled = Object.fromEntries(Object.entries(EVENT).reverse()) as typeof EVENT;
  shuffled.body = {
    photos: [],
    note: 'Счётчик "2"',
    gone: undefined,
    meterId: 7,
    value: '1204.317',
  };
  expect(canonicalEvent(shuffled)).toBe(TEXT);
});

test('the hash is sha256 of prev and text, as another program computes it', () => {
  expect(eventHash(EVENT)).toBe('b990099f1585437a17e519c906199a04c483ef2f3082c3e1f338221d8cea6dca');
});

test('the text survives the wire', () => {
  const odd = sealed({
    ...EVENT,
    body: { '': 0, '\u2028': '\ud800', n: -0, big: 1e21, nested: [{ b: 1, a: [null] }] },
  });
  const arrived = decodePush(JSON.parse(JSON.stringify(push([odd]))));
  expect(arrived.ok && arrived.value.events[0]!.genuine).toBe(true);
});

test('any changed part is another hash', () => {
  const base = eventHash(EVENT);
  const changes: Partial<FieldEvent>[] = [
    { n: 2 },
    { user: 'u2' },
    { prev: base },
    { type: 'meter.note' },
    { at: { ...EVENT.at, mono: 12.6 } },
    { body: { ...EVENT.body, value: '1204.318' } },
  ];
  for (const change of changes) expect(eventHash({ ...EVENT, ...change })).not.toBe(base);
});

test('a poisoned event is kept as evidence beside good ones', () => {
  const good = sealed(EVENT);
  const poison = { ...good, id: good.id.replace(/1$/, '2'), n: 2, body: 'not an object' };
  let deep: unknown = 1;
  for (let i = 0; i < 5000; i++) deep = [deep];
  const bottomless = { ...good, id: good.id.replace(/1$/, '3'), n: 3, body: { deep } };
  const arrived = decodePush(push([good, poison, bottomless]));
  if (!arrived.ok) throw new Error(arrived.error.detail);
  expect(arrived.value.events.map((e) => [e.event !== null, e.genuine])).toEqual([
    [true, true],
    [false, false],
    [false, false],
  ]);
  expect(arrived.value.events[1]!.canonical).toContain('not an object');
});

test('an envelope that is not ours stores nothing and says why', () => {
  const code = (body: unknown) => {
    const read = decodePush(body);
    return read.ok ? 'ok' : read.error.code;
  };
  expect(code('<html>Sign in to Wi-Fi</html>')).toBe('bad_envelope');
  expect(code(null)).toBe('bad_envelope');
  expect(code({ ...push([]), proto: 99 })).toBe('unknown_proto');
  expect(code({ ...push([]), device: 'x' })).toBe('bad_envelope');
  expect(code(push([{ n: 1 }]))).toBe('bad_identity');
  expect(code(push([]))).toBe('ok');
});

test('a receipt verifies only for its event, its device and its key', () => {
  const seed = Uint8Array.from({ length: 32 }, (_, i) => i);
  const at = { device: 'd', epoch: EVENT.epoch };
  const bare = {
    n: 1,
    id: EVENT.id,
    hash: chainHash(GENESIS, canonicalJson({})),
    serverSeq: '17',
    result: 'stored' as const,
  };
  const receipt: Receipt = { ...bare, sig: signText(receiptText(at.device, at.epoch, bare), seed) };
  const key = publicKeyOf(seed);
  expect(verifyReceipt(at, receipt, key)).toBe(true);
  expect(verifyReceipt({ ...at, device: 'e' }, receipt, key)).toBe(false);
  expect(verifyReceipt(at, { ...receipt, n: 2 }, key)).toBe(false);
  expect(verifyReceipt(at, { ...receipt, sig: 'AAAA' }, key)).toBe(false);
  expect(verifyReceipt(at, receipt, publicKeyOf(seed.map((b) => b + 1)))).toBe(false);
});
