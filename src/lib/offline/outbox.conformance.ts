/**
 * What every outbox store must do; run over the one in memory and the one in IndexedDB, so that the
 * simulation's results hold for the phone.
 */
import { expect, test } from 'vitest';
import { must } from '#lib/base/assert.ts';
import { chainHash, canonicalEvent, GENESIS } from '#lib/contract/canonical.ts';
import type { FieldEvent, PushAnswer, Receipt } from '#lib/contract/fieldsync.ts';
import {
  applyAnswer,
  captureAll,
  KEEP_MS,
  newHead,
  pushOf,
  type Draft,
  type Head,
} from './engine.ts';
import type { OutboxStore } from './outbox-store.ts';

export const uuid = (n: number): string =>
  `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const START = Date.UTC(2026, 10, 21);

export const headForTest = (): Head => newHead(uuid(0xd), uuid(0xe));

export const draft = (k: number, body: Record<string, unknown> = { k }) => ({
  id: uuid(0x1000 + k),
  type: 'meter.note',
  user: 'reader',
  body,
  at: { wall: new Date(START + k * 1000).toISOString(), mono: k, boot: uuid(0xb) },
});

export const receiptFor = (event: FieldEvent, more: Partial<Receipt> = {}): Receipt => ({
  n: event.n,
  id: event.id,
  hash: event.hash,
  serverSeq: String(event.n),
  result: 'stored',
  sig: 'good',
  ...more,
});

const answer = (hw: number, receipts: Receipt[], more: Partial<PushAnswer> = {}): PushAnswer => ({
  proto: 1,
  serverTime: new Date(START).toISOString(),
  serverEpoch: uuid(0x5e),
  hw,
  receipts,
  ...more,
});

/** One exchange with a server that answers `reply`. */
async function exchange(store: OutboxStore, reply: (events: FieldEvent[]) => PushAnswer) {
  const { head, epoch, events } = await store.nextBatch();
  const push = pushOf(head, epoch, events);
  const came = reply(events);
  return store.settle({ epoch, expect: came.expect }, (now, holdsExpected) =>
    applyAnswer(
      now,
      { push, answer: came },
      {
        verify: (_, receipt) => receipt.sig === 'good',
        holdsExpected,
        askedAt: START,
        freshEpoch: uuid(0xee),
      },
    ),
  );
}

const ns = async (store: OutboxStore) => (await store.nextBatch()).events.map((event) => event.n);

type Make = () => Promise<OutboxStore>;

export function outboxConformance(make: Make): void {
  capturing(make);
  acknowledging(make);
  comingBack(make);
}

const keep = (store: OutboxStore, ...drafts: readonly Draft[]) =>
  store.append((head) => captureAll(head, drafts));

async function fill(make: Make, count: number) {
  const store = await make();
  const events: FieldEvent[] = [];
  for (let k = 1; k <= count; k++) {
    events.push(...(await keep(store, draft(k))));
  }
  return { store, events };
}

function capturing(make: Make): void {
  const filled = (count: number) => fill(make, count);

  test('events are numbered densely and chained', async () => {
    const { store, events } = await filled(3);
    expect(events.map((event) => event.n)).toEqual([1, 2, 3]);
    expect(events[0]!.prev).toBe(GENESIS);
    expect(events[2]!.prev).toBe(events[1]!.hash);
    expect(events[2]!.hash).toBe(chainHash(events[1]!.hash, canonicalEvent(events[2]!)));
    expect((await store.head()).lastHash).toBe(events[2]!.hash);
  });

  test('captures at the same time share no number', async () => {
    const store = await make();
    const many = Array.from({ length: 20 }, (_, k) => keep(store, draft(k + 1)));
    const numbers = (await Promise.all(many)).flat().map((event) => event.n);
    expect([...numbers].sort((a, b) => a - b)).toEqual(numbers.map((_, i) => i + 1));
  });

  test('several captures in one transaction are numbered as if they came singly', async () => {
    const { store } = await filled(1);
    const events = await keep(store, draft(2), draft(3), draft(4));
    expect(events.map((event) => event.n)).toEqual([2, 3, 4]);
    expect(events[2]!.prev).toBe(events[1]!.hash);
    expect((await store.head()).lastHash).toBe(events[2]!.hash);
    expect(await ns(store)).toEqual([1, 2, 3, 4]);
  });

  test('a failed capture stores neither event nor number', async () => {
    const { store } = await filled(1);
    const failing = store.append(() => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await store.head()).epochs[0]!.capturedN).toBe(1);
    expect((await store.counts()).unsent).toBe(1);
  });

  test('one push stays below the limits of the server', async () => {
    const store = await make();
    for (let k = 1; k <= 4; k++) {
      const raw = 'A'.repeat(100_000);
      await keep(store, draft(k, { raw }));
    }
    expect(await ns(store)).toEqual([1, 2]);
  });
}

function acknowledging(make: Make): void {
  const filled = (count: number) => fill(make, count);

  test('receipts acknowledge; only what has none goes again', async () => {
    const { store } = await filled(3);
    await exchange(store, (events) =>
      answer(
        2,
        events.slice(0, 2).map((e) => receiptFor(e)),
      ),
    );
    expect(await ns(store)).toEqual([3]);
    expect(await store.counts()).toMatchObject({ unsent: 1, received: 2, quarantined: 0 });
    expect((await store.list(1))[0]!.event.n).toBe(3);
  });

  test('a receipt with a wrong signature or hash acknowledges nothing', async () => {
    const { store } = await filled(2);
    await exchange(store, ([a, b]) =>
      answer(2, [receiptFor(a!, { sig: 'bad' }), receiptFor(b!, { hash: GENESIS })]),
    );
    expect(await ns(store)).toEqual([1, 2]);
  });

  test('a quarantined event is acknowledged and stays visible as such', async () => {
    const { store } = await filled(1);
    await exchange(store, ([a]) =>
      answer(1, [receiptFor(a!, { result: 'quarantined', reason: 'bad-body' })]),
    );
    expect(await store.counts()).toMatchObject({ unsent: 0, received: 0, quarantined: 1 });
    expect((await store.list(1))[0]!.receipt?.reason).toBe('bad-body');
  });

  test('nothing leaves before the server confirmed it thirty days later', async () => {
    const { store } = await filled(2);
    await exchange(store, ([a]) => answer(1, [receiptFor(a!)]));
    expect(await store.prune()).toBe(0);
    const later = new Date(START + KEEP_MS).toISOString();
    await exchange(store, () => answer(1, [], { serverTime: later }));
    expect(await store.prune()).toBe(1);
    expect(await ns(store)).toEqual([2]);
  });

  test('no event leaves before an earlier one of its epoch', async () => {
    const { store } = await filled(2);
    const receipt = (event: FieldEvent | undefined) => [receiptFor(event!)];
    const serverEpoch = uuid(0x5f);
    await exchange(store, ([a]) => answer(1, receipt(a)));
    // Set back to before the first event, the server takes the second and asks for the first.
    await exchange(store, ([b]) => answer(0, receipt(b), { serverEpoch }));
    expect(await ns(store)).toEqual([1]);
    const serverTime = new Date(START + KEEP_MS).toISOString();
    await exchange(store, ([a]) => answer(2, receipt(a), { serverEpoch, serverTime }));
    expect(await store.prune()).toBe(0);
    expect((await store.list(2)).map((row) => row.event.n)).toEqual([2, 1]);
  });
}

function comingBack(make: Make): void {
  const filled = (count: number) => fill(make, count);

  test('a server set back to an older day gets everything it misses again', async () => {
    const { store } = await filled(4);
    await exchange(store, (events) =>
      answer(
        4,
        events.map((e) => receiptFor(e)),
      ),
    );
    expect(await ns(store)).toEqual([]);
    await exchange(store, () => answer(1, []));
    expect(await ns(store)).toEqual([2, 3, 4]);
    await exchange(store, (events) =>
      answer(
        4,
        events.map((e) => receiptFor(e)),
      ),
    );
    await exchange(store, () => answer(4, [], { serverEpoch: uuid(0x5f) }));
    expect(await ns(store)).toEqual([1, 2, 3, 4]);
  });

  test('a hole is sent again only while the phone still has it', async () => {
    const { store } = await filled(3);
    await exchange(store, (events) =>
      answer(
        3,
        events.map((e) => receiptFor(e)),
      ),
    );
    await exchange(store, () => answer(3, [], { expect: 9 }));
    expect(await ns(store)).toEqual([]);
  });

  test('a fork opens an epoch; old work still goes first', async () => {
    const { store } = await filled(2);
    await exchange(store, ([a]) => answer(1, [receiptFor(a!)], { fork: true }));
    const made = must((await keep(store, draft(3)))[0], 'one event for one draft');
    expect([made.n, made.epoch, made.prev]).toEqual([1, uuid(0xee), GENESIS]);
    expect(await ns(store)).toEqual([2]);
    await exchange(store, ([b]) => answer(2, [receiptFor(b!)]));
    const { epoch, events } = await store.nextBatch();
    expect([epoch, events.length]).toEqual([uuid(0xee), 1]);
  });
}
