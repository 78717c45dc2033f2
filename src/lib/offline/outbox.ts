/**
 * Capturing: the moment a value becomes safe. It knows who captures, on which clock, and that only
 * a committed transaction is "saved" (I1).
 */
import { must } from '#lib/base/assert.ts';
import { uuidv7, type Uuid } from '#lib/base/id.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import { live, type PhoneDatabase } from './database.ts';
import { captureAll, type Draft } from './engine.ts';
import type { OutboxStore } from './outbox-store.ts';
import { openEvents } from './sealed-rows.ts';
import type { Outbox, OutboxItem } from './types.ts';

type Means = {
  readonly db: PhoneDatabase;
  readonly store: OutboxStore;
  readonly userId: string;
  readonly now: () => number;
  /** Called after every capture: sends at once when there is a network. */
  readonly onCaptured: () => void;
  /** What a committed transaction stored; must not throw and nobody waits for it. */
  readonly onStored: (events: readonly FieldEvent[]) => void;
};

const LIST_LIMIT = 200;
/** Radio brings bursts; more than this in one transaction would keep the first ones waiting. */
const MOST_TOGETHER = 25;

export function openOutbox({ db, store, userId, now, ...on }: Means): Outbox {
  const boot = randomUuid(now());
  const keep = together(store, on.onStored);
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
      const event = await keep(draft);
      on.onCaptured();
      return event;
    },
    list: (limit = LIST_LIMIT) =>
      live(async () => {
        const rows = await db.event.orderBy('id').reverse().limit(limit).toArray();
        return (await openEvents(db, rows)).map(
          ({ event, receipt, receiptAt, outcome }): OutboxItem => ({
            event,
            receipt,
            receivedAt: receiptAt,
            state: outcome === undefined ? 'unsent' : outcome === 'stored' ? 'received' : outcome,
          }),
        );
      }),
  };
}

type Waiting = {
  readonly draft: Draft;
  readonly kept: (event: FieldEvent) => void;
  readonly failed: (error: unknown) => void;
};

/**
 * Keeps each draft as soon as the disk is free. A strict transaction waits for the disk, so those
 * that come meanwhile share the next one: in a stairwell thirty telegrams arrive in a second.
 */
function together(
  store: OutboxStore,
  onStored: Means['onStored'],
): (draft: Draft) => Promise<FieldEvent> {
  const waiting: Waiting[] = [];
  let writing = false;
  const write = async (some: readonly Waiting[]): Promise<void> => {
    try {
      const events = await store.append((head) =>
        captureAll(
          head,
          some.map(({ draft }) => draft),
        ),
      );
      onStored(events);
      some.forEach(({ kept }, i) => kept(must(events[i], 'one event for each draft')));
    } catch (error) {
      if (some.length === 1) return some[0]!.failed(error);
      // Nothing of it was stored. One that is too big must not take the others with it.
      for (const one of some) await write([one]);
    }
  };
  const drain = async (): Promise<void> => {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) await write(waiting.splice(0, MOST_TOGETHER));
    writing = false;
  };
  return (draft) =>
    new Promise((kept, failed) => {
      waiting.push({ draft, kept, failed });
      void drain();
    });
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
