import { Dexie } from 'dexie';
import { afterEach, expect, test } from 'vitest';
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import type { RoundPackage } from '#lib/contract/round.ts';
import { openOffline } from './open.ts';
import type { Remote } from './remote.ts';
import type { MeterView, Offline } from './types.ts';

const METER: RoundPackage['meters'][number] = {
  ...{ meterId: 2, pointId: 3, sequence: 1, resource: 'cold-water', serial: 'OLD-1' },
  ...{ manufacturer: null, radioId: '10000001', protocol: 'wmbus', flat: '5', entrance: null },
  ...{ floor: 1, address: 'Лесная, 14', hint: null, register: 10, digits: 5, decimals: 3 },
  ...{ history: [[1000, '120000']], usualPerDay: null, state: 'ahead', wrappedKey: null },
};
const pack = (meter: Partial<typeof METER>): RoundPackage => ({
  ...{ roundId: 1, name: 'L', house: 'L', dueOn: '2026-11-21', status: 'planned' },
  ...{ keysValidTo: Date.now() + 3_600_000, senderKey: null },
  meters: [{ ...METER, ...meter }],
});

const opened: { offline: Offline; name: string }[] = [];
afterEach(async () => {
  for (const { offline, name } of opened.splice(0)) {
    offline.close();
    await Dexie.delete(`kilter-${name}`);
  }
});

/** A phone whose server hands out `state.pack` and takes nothing. */
async function phone() {
  const state = { pack: pack({}) };
  const name = `x${Date.now()}-${Math.round(performance.now())}`;
  const remote = {
    push: async () => Promise.reject(new Error('offline')),
    pull: async () => ({
      ...{ proto: 1, cursor: 'c', more: false, reset: true },
      changes: [{ seq: '1', op: 'put', kind: 'round', id: '1', rev: '1', data: state.pack }],
    }),
    registerDevice: async ({ device }: { device: string }) => ({ proto: 1, device }),
  } as unknown as Remote;
  const offline = await openOffline({ userId: name, remote });
  opened.push({ offline, name });
  await offline.rounds.refresh();
  return { offline, state };
}

const row = (offline: Offline): Promise<MeterView> =>
  new Promise((resolve) => {
    const stop = offline.rounds.meters(1).subscribe((meters) => {
      if (meters[0]) resolve(meters[0]);
      queueMicrotask(() => stop());
    });
  });

const body = (radioId: string | null, heardAt: number | null): MeterExchanged => ({
  ...{ roundId: 1, meterId: 2, pointId: 3, at: Date.now(), reason: 'broken' },
  old: { registers: [{ register: 10, value: '121.5' }], photo: null, unreadable: null },
  new: {
    ...{ serial: 'NEW-9', manufacturer: 'KLT', model: null, protocol: 'wmbus', radioId },
    ...{ keyReference: null, digits: 6, decimals: 2, pulseWeight: null, photo: null },
    registers: [{ register: 10, value: '0.01' }],
  },
  ...{ sealsRemoved: [], sealsPlaced: ['S'], firstTelegram: { at: heardAt, skipped: null } },
  signatures: { reader: 'M1 1L2 2', resident: null, absent: 'refused' },
  ...{ checklist: [], orderId: null, flags: [], confirmed: true, photos: [] },
});

test('the row is the new meter at once, with its own dial, past and no key', async () => {
  const { offline } = await phone();
  const event = await offline.outbox.capture('meter.exchanged', body(null, null));
  expect(await row(offline)).toMatchObject({
    ...{ meterId: 2, serial: 'NEW-9', radioId: null, digits: 6, decimals: 2, hasKey: false },
    ...{ state: 'read', history: [[expect.any(Number), '10']] },
    exchange: { eventId: event.id, oldSerial: 'OLD-1', radioSeen: false },
  });
});

test('a radio that was not heard is still ahead, one that was heard is read', async () => {
  const silent = (await phone()).offline;
  await silent.outbox.capture('meter.exchanged', body('0BADF00D', null));
  expect(await row(silent)).toMatchObject({ state: 'ahead', radioId: '0BADF00D' });
  const heard = (await phone()).offline;
  await heard.outbox.capture('meter.exchanged', body('0BADF00D', Date.now()));
  expect(await row(heard)).toMatchObject({ state: 'read', exchange: { radioSeen: true } });
});

test('undone, the old meter stands there again as if nothing had been', async () => {
  const { offline } = await phone();
  const before = await row(offline);
  const event = await offline.outbox.capture('meter.exchanged', body(null, null));
  await offline.outbox.capture('reading.voided', { eventId: event.id, reason: 'undo' });
  expect(await row(offline)).toEqual(before);
});

test('once the server names the new meter, what was read of it since is kept', async () => {
  const { offline, state } = await phone();
  const told = await offline.outbox.capture('meter.exchanged', body(null, null));
  await offline.outbox.capture('reading.captured', {
    ...{ roundId: 1, meterId: 2, register: 10, value: '0.117', source: 'typed', raw: null },
    ...{ flags: [], confirmed: true, photos: [], exchangeId: told.id },
  });
  state.pack = pack({ meterId: 77, serial: 'NEW-9', digits: 6, decimals: 2, history: [] });
  await offline.rounds.refresh();
  const after = await row(offline);
  expect(after).toMatchObject({ meterId: 77, serial: 'NEW-9', state: 'read' });
  expect(after.capture).toMatchObject({ value: '0.117', source: 'typed' });
  expect(after.exchange ?? null).toBeNull();
});

test('a reading of the new meter can be undone after the server has named it', async () => {
  const { offline, state } = await phone();
  const told = await offline.outbox.capture('meter.exchanged', body(null, null));
  const later = await offline.outbox.capture('reading.captured', {
    ...{ roundId: 1, meterId: 2, register: 10, value: '0.117', source: 'typed', raw: null },
    ...{ flags: [], confirmed: true, photos: [], exchangeId: told.id },
  });
  state.pack = pack({ meterId: 77, serial: 'NEW-9', digits: 6, decimals: 2, history: [] });
  await offline.rounds.refresh();
  await offline.outbox.capture('reading.voided', { eventId: later.id, reason: 'undo' });
  expect((await row(offline)).capture).toMatchObject({ value: '0.01', source: 'exchange' });
});
