/**
 * A resident's own readings on this phone: captured once, sent by themselves, proved by receipts.
 *
 * They go the way of the reader's (fieldsync/1): an event with an id of its own in the phone's
 * chain, sent until a signed receipt for exactly this event is here. It knows no words. The page
 * of R11 opens one.
 */
import { parseDecimal, rescale } from '#lib/base/decimal.ts';
import type { FieldEvent, ReadingCaptured } from '#lib/contract/fieldsync.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { Offline, OutboxItem, SyncStatus } from '#lib/offline/types.ts';
import { LiveState } from './field-live.svelte.ts';
import type { Give } from './home-give.svelte.ts';
import { offline } from './home-snapshots.ts';

export type Given = {
  readonly id: string;
  readonly meterId: number;
  /** Integer in the register's scale. */
  readonly value: bigint;
  /** When it was captured: the phone's clock, put right by the last known difference. */
  readonly at: number;
  /** `waiting` on this phone; `received` with a receipt; `looked-at`: kept, a person must look. */
  readonly state: 'waiting' | 'received' | 'looked-at';
  readonly receivedAt: number | null;
  /** The number under which the server keeps it; part of what it signed. */
  readonly number: string | null;
  readonly hasPhoto: boolean;
};

const MOST = 50;

export class HomeOutbox {
  readonly #phone: Offline;
  readonly #items: LiveState<readonly OutboxItem[]>;
  readonly #sync: LiveState<SyncStatus | null>;
  /** Newest first. */
  readonly given: readonly Given[] = $derived.by(() => this.#items.current.flatMap(givenOf));

  constructor(phone: Offline) {
    this.#phone = phone;
    this.#items = new LiveState(phone.outbox.list(MOST), []);
    this.#sync = new LiveState<SyncStatus | null>(phone.sync.status, null);
  }

  get waiting(): number {
    return this.given.filter(({ state }) => state === 'waiting').length;
  }
  /** The session ended: what waits goes after the person signed in again. */
  get signedOut(): boolean {
    return this.#sync.current?.lastError === 'signed-out';
  }

  /** Resolves with the reading's id once this phone has it for good. Throws StorageError. */
  async keep(give: Give, at: number): Promise<string> {
    const photos = give.photo ? [await this.#phone.photos.put(give.photo.blob)] : [];
    const { id } = await this.#phone.outbox.capture('reading.captured', give.body(at, photos));
    return id;
  }

  close(): void {
    this.#items.close();
    this.#sync.close();
  }
}

/** Null where this phone gives no storage. */
export async function openHomeOutbox(): Promise<HomeOutbox | null> {
  const phone = await offline();
  return phone && new HomeOutbox(phone);
}

function givenOf({ event, state, receipt, receivedAt }: OutboxItem): Given[] {
  const body = event.body as Partial<ReadingCaptured>;
  if (event.type !== 'reading.captured' || body.source !== 'resident') return [];
  const type = registerType(body.register ?? 0);
  const value = parseDecimal(body.value ?? '');
  if (!type || !value.ok || body.meterId === undefined) return [];
  return [
    {
      id: event.id,
      meterId: body.meterId,
      value: rescale(value.value, type.scale).units,
      at: capturedAt(event),
      state: state === 'unsent' ? 'waiting' : state === 'quarantined' ? 'looked-at' : 'received',
      receivedAt,
      number: receipt?.serverSeq ?? null,
      hasPhoto: (body.photos?.length ?? 0) > 0,
    },
  ];
}

const capturedAt = ({ at }: FieldEvent): number => Date.parse(at.wall) + (at.offsetMs ?? 0);
