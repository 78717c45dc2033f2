/**
 * A phone's outbox as one plain value: what each transaction of the real store does to it.
 *
 * It knows rows and their order; it knows no IndexedDB. The simulation and memory-store.test.ts
 * hold one of these, the Dexie store must behave the same (outbox.conformance.ts).
 */
import type { Uuid } from '#lib/base/id.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import { openEpoch, prunable, selectBatch, type Head, type Held, type Settled } from './engine.ts';

export type Phone = { readonly head: Head; readonly held: readonly Held[] };

export const emptyPhone = (head: Head): Phone => ({ head, held: [] });

/** I1: the events and the counter in one step. */
export const appended = (
  phone: Phone,
  { head, events }: { head: Head; events: readonly FieldEvent[] },
): Phone => ({
  head,
  held: [...phone.held, ...events.map((event) => ({ event, receipt: null, receiptAt: null }))],
});

/** The oldest epoch with unsent events and what goes next; a beat of the open one if none. */
export function batchOf(phone: Phone): { epoch: Uuid; events: FieldEvent[] } {
  for (const { epoch } of phone.head.epochs) {
    const rows = phone.held
      .filter((row) => row.event.epoch === epoch)
      .sort((a, b) => a.event.n - b.event.n);
    const first = rows.findIndex((row) => row.receipt === null);
    if (first >= 0) return { epoch, events: selectBatch(rows.slice(first)) };
  }
  return { epoch: openEpoch(phone.head).epoch, events: [] };
}

export const holds = (phone: Phone, epoch: Uuid, n: number | undefined): boolean =>
  n !== undefined && phone.held.some((row) => row.event.epoch === epoch && row.event.n === n);

/** Writes receipts, then takes back those that the server no longer stands by. */
export function settled(phone: Phone, { head, receipts, rewind }: Settled): Phone {
  const at = Date.parse(head.lastServer ?? '');
  const byId = new Map(receipts.map((receipt) => [receipt.id, receipt]));
  const held = phone.held.map((row) => {
    const receipt = byId.get(row.event.id);
    if (receipt && receipt.hash === row.event.hash) return { ...row, receipt, receiptAt: at };
    return rewind && isRewound(row, rewind) ? { ...row, receipt: null, receiptAt: null } : row;
  });
  return { head, held };
}

/** A receipt of the very answer that asks to rewind is newer than the rewinding: it stays. */
export const isRewound = (row: Held, rewind: NonNullable<Settled['rewind']>): boolean =>
  rewind.epoch === null || (row.event.epoch === rewind.epoch && row.event.n > rewind.afterN);

export function pruned({ head, held }: Phone): Phone {
  const gone = prunable(head, held);
  return { head, held: held.filter((row) => !gone.has(row.event.id)) };
}
