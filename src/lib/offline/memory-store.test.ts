import { describe } from 'vitest';
import type { Head, Held } from './engine.ts';
import { headForTest, outboxConformance } from './outbox.conformance.ts';
import type { OutboxStore } from './outbox-store.ts';
import { appended, batchOf, emptyPhone, holds, pruned, settled, type Phone } from './phone.ts';

describe('the outbox in memory', () => outboxConformance(async () => memoryStore(headForTest())));

/** The plain value that the simulation runs over, behind the interface of the one in IndexedDB. */
function memoryStore(head: Head): OutboxStore {
  let phone: Phone = emptyPhone(head);
  return {
    head: async () => phone.head,
    append: async (build) => {
      const made = build(phone.head);
      phone = appended(phone, made);
      return made.events;
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
