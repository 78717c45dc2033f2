/**
 * The phone's half of fieldsync/1 as pure functions (storage-and-sync 5.4).
 *
 * It knows when an event is captured, chosen for a push, acknowledged, sent again and allowed to
 * go; it knows no database, no network and no clock. The Dexie shell, the in-memory store and the
 * simulation in tests/sim all run exactly this.
 */
import { assert } from '#lib/base/assert.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import type { Uuid } from '#lib/base/id.ts';
import { canonicalEvent, chainHash, GENESIS } from '#lib/contract/canonical.ts';
import {
  PROTO,
  PUSH_LIMIT,
  type FieldEvent,
  type Push,
  type PushAnswer,
  type Receipt,
} from '#lib/contract/fieldsync.ts';

/** Acknowledged events stay this long: a server set back to an older day asks for them again. */
export const KEEP_MS = 30 * DAY_MS;

/** A push stays below the 512 kB body limit of the web server, whatever raw bytes events carry. */
export const PUSH_BYTES = 256_000;

export type EpochState = {
  readonly epoch: Uuid;
  /** Highest n given out in this epoch. */
  readonly capturedN: number;
  /** Highest n up to which the server has everything, as it last said. */
  readonly hw: number;
};

/** One row per phone storage; the last of `epochs` is the open one. */
export type Head = {
  readonly device: Uuid;
  readonly epochs: readonly EpochState[];
  readonly lastHash: string;
  readonly serverEpoch: Uuid | null;
  /** Server's time at the last answer, and how far it was ahead of this phone. */
  readonly lastServer: string | null;
  readonly offsetMs: number | null;
  readonly forked: boolean;
};

/** An event on the phone with what the server said about it. Self-describing: nothing is joined. */
export type Held = {
  readonly event: FieldEvent;
  readonly receipt: Receipt | null;
  /** Server's time of the answer that brought the receipt. */
  readonly receiptAt: number | null;
};

export const newHead = (device: Uuid, epoch: Uuid): Head => ({
  device,
  epochs: [{ epoch, capturedN: 0, hw: 0 }],
  lastHash: GENESIS,
  serverEpoch: null,
  lastServer: null,
  offsetMs: null,
  forked: false,
});

export const openEpoch = (head: Head): EpochState => head.epochs.at(-1)!;

/** What a person or a device says, before it has a number and a place in the chain. */
export type Draft = Pick<FieldEvent, 'id' | 'type' | 'user' | 'body'> & {
  readonly at: Omit<FieldEvent['at'], 'lastServer' | 'offsetMs'>;
};

/** The next event and the head that must be stored with it in one transaction (I1, I3). */
export function capture(head: Head, draft: Draft): { head: Head; event: FieldEvent } {
  const open = openEpoch(head);
  const unsealed = {
    ...draft,
    n: open.capturedN + 1,
    epoch: open.epoch,
    v: 1 as const,
    at: { ...draft.at, lastServer: head.lastServer, offsetMs: head.offsetMs },
  };
  const hash = chainHash(head.lastHash, canonicalEvent(unsealed));
  return {
    event: { ...unsealed, prev: head.lastHash, hash },
    head: {
      ...head,
      epochs: replaceEpoch(head, { ...open, capturedN: unsealed.n }),
      lastHash: hash,
    },
  };
}

/** Several events in their order, for one transaction. */
export function captureAll(
  head: Head,
  drafts: readonly Draft[],
): { head: Head; events: readonly FieldEvent[] } {
  const events: FieldEvent[] = [];
  for (const draft of drafts) {
    const made = capture(head, draft);
    head = made.head;
    events.push(made.event);
  }
  return { head, events };
}

/**
 * From rows of one epoch in order of n, starting with the lowest unsent: those that go together,
 * consecutive, at most PUSH_LIMIT and about PUSH_BYTES, never none when there is one.
 */
export function selectBatch(rows: readonly Held[]): FieldEvent[] {
  const batch: FieldEvent[] = [];
  let size = 0;
  for (const { event, receipt } of rows) {
    const follows = batch.length === 0 || event.n === batch.at(-1)!.n + 1;
    size += canonicalEvent(event).length;
    const fits = batch.length === 0 || (batch.length < PUSH_LIMIT && size <= PUSH_BYTES);
    if (receipt || !follows || !fits) break;
    batch.push(event);
  }
  return batch;
}

/** The envelope for `events` of one epoch; without events it is a beat of that epoch. */
export function pushOf(head: Head, epoch: Uuid, events: readonly FieldEvent[]): Omit<Push, 'beat'> {
  const state = head.epochs.find((e) => e.epoch === epoch);
  assert(state, 'pushOf: unknown epoch');
  return {
    proto: PROTO,
    device: head.device,
    epoch,
    capturedN: state.capturedN,
    appVersion: 'unknown',
    events: [...events],
  };
}

export type Settled = {
  readonly head: Head;
  /** Receipts to write on their events. */
  readonly receipts: readonly Receipt[];
  /** Events above `afterN` lose their receipt and are sent again; epoch null means every epoch. */
  readonly rewind: { readonly epoch: Uuid | null; readonly afterN: number } | null;
};

export type Circumstances = {
  /** Whether the signature is the server's, for this device and epoch. */
  readonly verify: (epoch: Uuid, receipt: Receipt) => boolean;
  /** Whether the event that `answer.expect` names is still on the phone. */
  readonly holdsExpected: boolean;
  /** The phone's clock when the request left. */
  readonly askedAt: number;
  /** Name for a new epoch, should one be needed. */
  readonly freshEpoch: Uuid;
};

/** What an answer of our server to `push` changes on the phone. */
export function applyAnswer(
  head: Head,
  exchange: { readonly push: Omit<Push, 'beat'>; readonly answer: PushAnswer },
  circumstances: Circumstances,
): Settled {
  const { push, answer } = exchange;
  const before = head.epochs.find((e) => e.epoch === push.epoch);
  assert(before, 'applyAnswer: unknown epoch');
  const sent = new Map(push.events.map((event) => [event.id, event]));
  // I4: only a signed receipt for exactly this hash counts.
  const receipts = answer.receipts.filter((receipt) => {
    const event = sent.get(receipt.id);
    return (
      event !== undefined &&
      event.hash === receipt.hash &&
      event.n === receipt.n &&
      circumstances.verify(push.epoch, receipt)
    );
  });
  const serverTime = Date.parse(answer.serverTime);
  const next: Head = {
    ...head,
    epochs: replaceEpoch(head, { ...before, hw: answer.hw }),
    serverEpoch: answer.serverEpoch,
    lastServer: answer.serverTime,
    offsetMs: Number.isFinite(serverTime) ? serverTime - circumstances.askedAt : head.offsetMs,
  };
  const rewind = rewindAfter(head, before, { answer, holds: circumstances.holdsExpected });
  // More stored than this phone ever captured: its storage was set back, or it has a twin.
  const twin = answer.fork === true || answer.hw > before.capturedN;
  const isOpen = openEpoch(head).epoch === push.epoch;
  return { head: twin && isOpen ? fork(next, circumstances.freshEpoch) : next, receipts, rewind };
}

/** The server may have been set back to an older day: it then misses what it acknowledged. */
function rewindAfter(
  head: Head,
  before: EpochState,
  { answer, holds }: { answer: PushAnswer; holds: boolean },
): Settled['rewind'] {
  if (head.serverEpoch !== null && head.serverEpoch !== answer.serverEpoch) {
    return { epoch: null, afterN: 0 };
  }
  const setBack = answer.hw < before.hw;
  return setBack || (answer.expect !== undefined && holds)
    ? { epoch: before.epoch, afterN: answer.hw }
    : null;
}

/** I6: what is captured from here on gets a chain of its own. */
const fork = (head: Head, epoch: Uuid): Head => ({
  ...head,
  epochs: [...head.epochs, { epoch, capturedN: 0, hw: 0 }],
  lastHash: GENESIS,
  forked: true,
});

/**
 * I4: receipt for this hash, server complete up to it, and confirmed so again KEEP_MS later. The
 * phone's own clock has no say: between the last answer and now the server may have been set back,
 * and this phone would be the only place where the event still is.
 */
export function mayPrune(head: Head, held: Held): boolean {
  const state = head.epochs.find((e) => e.epoch === held.event.epoch);
  const confirmedAt = head.lastServer === null ? 0 : Date.parse(head.lastServer);
  return (
    held.receipt !== null &&
    held.receipt.hash === held.event.hash &&
    held.receiptAt !== null &&
    held.receiptAt + KEEP_MS <= confirmedAt &&
    state !== undefined &&
    held.event.n <= state.hw
  );
}

/**
 * The ids of those of `rows`, in any order, that may leave now. An epoch is taken away from its
 * beginning only: after a server was set back, a later event may have its time before an earlier
 * one has it again, and a hole among those held would look like a loss (I3).
 */
export function prunable(head: Head, rows: readonly Held[]): ReadonlySet<Uuid> {
  const gone = new Set<Uuid>();
  const stopped = new Set<Uuid>();
  for (const row of [...rows].sort((a, b) => a.event.n - b.event.n)) {
    const { id, epoch } = row.event;
    if (stopped.has(epoch)) continue;
    if (mayPrune(head, row)) gone.add(id);
    else stopped.add(epoch);
  }
  return gone;
}

const replaceEpoch = (head: Head, state: EpochState): EpochState[] =>
  head.epochs.map((e) => (e.epoch === state.epoch ? state : e));
