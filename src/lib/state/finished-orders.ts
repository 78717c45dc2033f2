/** Which orders the events of this phone end; field-orders.svelte.ts calls it. */
import type { OutboxItem } from '#lib/offline/types.ts';

/** Order id to the id of the event that ended it and was not taken back. */
export function finishedBy(items: readonly OutboxItem[]): ReadonlyMap<number, string> {
  const voided = new Set(
    items.flatMap(({ event }) =>
      event.type === 'reading.voided' ? [String(event.body['eventId'])] : [],
    ),
  );
  const finished = new Map<number, string>();
  for (const { event } of items) {
    const ends = event.type === 'order.done' || event.type === 'meter.exchanged';
    const orderId = event.body['orderId'];
    if (!ends || voided.has(event.id) || typeof orderId !== 'number') continue;
    finished.set(orderId, event.id);
  }
  return finished;
}
