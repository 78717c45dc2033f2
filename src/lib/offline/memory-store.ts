/**
 * An outbox in memory, for tests and as the measure of the Dexie one. It keeps nothing across a
 * reload, so the app itself never uses it.
 */
import type { OutboxStore } from './outbox-store.ts';
import type { Head, Held } from './engine.ts';
import { appended, batchOf, emptyPhone, holds, pruned, settled, type Phone } from './phone.ts';

export function memoryStore(head: Head): OutboxStore {
  let phone: Phone = emptyPhone(head);
  return {
    head: async () => phone.head,
    append: async (build) => {
      const made = build(phone.head);
      phone = appended(phone, made);
      return made.event;
    },
    nextBatch: async () => ({ head: phone.head, ...batchOf(phone) }),
    settle: async ({ epoch, expect }, decide) => {
      const outcome = decide(phone.head, holds(phone, epoch, expect));
      phone = settled(phone, outcome);
      return outcome;
    },
    counts: async () => countsOf(phone.held),
    list: async (limit) => [...phone.held].reverse().slice(0, limit),
    prune: async () => {
      const before = phone.held.length;
      phone = pruned(phone);
      return before - phone.held.length;
    },
  };
}

function countsOf(held: readonly Held[]) {
  const unsent = held.filter((row) => row.receipt === null);
  const walls = unsent.map((row) => Date.parse(row.event.at.wall));
  const receiptAts = held.flatMap((row) => row.receiptAt ?? []);
  return {
    unsent: unsent.length,
    received: held.filter((row) => row.receipt?.result === 'stored').length,
    quarantined: held.filter((row) => row.receipt?.result === 'quarantined').length,
    oldestUnsentAt: walls.length ? Math.min(...walls) : null,
    lastReceiptAt: receiptAts.length ? Math.max(...receiptAts) : null,
  };
}
