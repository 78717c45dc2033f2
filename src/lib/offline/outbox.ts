/**
 * Capturing: the moment a value becomes safe. It knows who captures, on which clock, and that only
 * a committed transaction is "saved" (I1).
 */
import { uuidv7, type Uuid } from '#lib/base/id.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import { live, type PhoneDatabase } from './database.ts';
import { capture } from './engine.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { Outbox, OutboxItem } from './types.ts';

type Means = {
  readonly db: PhoneDatabase;
  readonly store: OutboxStore;
  readonly userId: string;
  readonly now: () => number;
  /** Called after every capture: sends at once when there is a network. */
  readonly onCaptured: () => void;
};

const LIST_LIMIT = 200;

export function openOutbox({ db, store, userId, now, onCaptured }: Means): Outbox {
  const boot = randomUuid(now());
  return {
    async capture(type: string, body: object): Promise<FieldEvent> {
      const at = now();
      const draft = {
        id: randomUuid(at),
        type,
        user: userId,
        // A rune's proxy cannot be stored, and the text that is hashed is JSON anyway.
        body: JSON.parse(JSON.stringify(body)) as Record<string, unknown>,
        at: { wall: wallClock(at), mono: Math.round(performance.now()), boot },
      };
      const event = await store.append((head) => capture(head, draft));
      onCaptured();
      return event;
    },
    list: (limit = LIST_LIMIT) =>
      live(async () =>
        (await db.event.orderBy('id').reverse().limit(limit).toArray()).map(
          ({ event, receipt, receiptAt, outcome }): OutboxItem => ({
            event,
            receipt,
            receivedAt: receiptAt,
            state: outcome === undefined ? 'unsent' : outcome === 'stored' ? 'received' : outcome,
          }),
        ),
      ),
  };
}

export const randomUuid = (at: number): Uuid =>
  uuidv7(at, (n) => crypto.getRandomValues(new Uint8Array(n)));

/** ISO 8601 with the phone's offset: evidence of what its owner saw on the clock. */
function wallClock(at: number): string {
  const minutes = -new Date(at).getTimezoneOffset();
  const local = new Date(at + minutes * 60_000).toISOString().slice(0, -1);
  const abs = Math.abs(minutes);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
}
