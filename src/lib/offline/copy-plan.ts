/**
 * What the second copy says about a phone's work, and what is taken back from it, as pure
 * functions: the simulation runs exactly this. It knows heads and events; it knows no file and no
 * seal.
 */
import type { Uuid } from '#lib/base/id.ts';
import { openEpoch, type Head } from './engine.ts';

/** What is needed of an event to put it into its place; the clear head of its frame. */
export type Named = {
  readonly id: Uuid;
  readonly epoch: Uuid;
  readonly n: number;
  readonly prev: string;
  readonly hash: string;
};

/** The head as it was when the copy was last written anew, and all events appended since. */
export type CopyView<E extends Named = Named> = {
  readonly head: Head;
  readonly events: readonly E[];
};

/**
 * The head after the events that follow it in its chain. An event that was appended but belongs to
 * no chain (its transaction failed) moves nothing.
 */
export function advanced(head: Head, events: readonly Named[]): Head {
  const { epoch, capturedN } = openEpoch(head);
  const next = new Map(events.filter((e) => e.epoch === epoch).map((e) => [`${e.n} ${e.prev}`, e]));
  let n = capturedN;
  let lastHash = head.lastHash;
  for (;;) {
    const event = next.get(`${n + 1} ${lastHash}`);
    if (!event) break;
    n = event.n;
    lastHash = event.hash;
  }
  const epochs = head.epochs.map((e) => (e.epoch === epoch ? { ...e, capturedN: n } : e));
  return { ...head, epochs, lastHash };
}

export type Restoring<E extends Named> = {
  /** The head to go on from; the phone's own when it was not behind. */
  readonly head: Head;
  /** Events the phone no longer has and the server may not have either. */
  readonly events: readonly E[];
};

/**
 * Compares a phone with its copy. `head` is null when the storage was thrown away: then everything
 * comes from the copy, and the next capture continues the chain where it ended, so that the server
 * sees one phone and no fork. A copy of another phone is nobody's business here.
 */
export function compare<E extends Named>(
  phone: { readonly head: Head | null; has(event: Named): boolean },
  copy: CopyView<E>,
): Restoring<E> | null {
  if (phone.head && phone.head.device !== copy.head.device) return null;
  const whole = advanced(phone.head ?? copy.head, copy.events);
  const events = copy.events.filter((event) => {
    const state = whole.epochs.find(({ epoch }) => epoch === event.epoch);
    // Above what is counted stands only an event whose transaction failed.
    const counted = state !== undefined && event.n <= state.capturedN;
    const unknown = state !== undefined && event.n > state.hw;
    return counted && unknown && !phone.has(event);
  });
  return { head: whole, events: onlyChained(whole, events) };
}

/**
 * What the copy keeps: all that may not leave yet (I4). After a server was set back that is also an
 * acknowledged event above one it lost: without it a thrown-away storage would come back with a
 * hole (I3).
 */
export const isCopied = (
  head: Head,
  { event, receipt }: { readonly event: Named; readonly receipt: unknown },
): boolean => {
  const state = head.epochs.find(({ epoch }) => epoch === event.epoch);
  return receipt === null || state === undefined || event.n > state.hw;
};

/** Of two events for one place, the one in the chain: the later append, as retries are later. */
function onlyChained<E extends Named>(head: Head, events: readonly E[]): E[] {
  const places = new Map<string, E>();
  for (const event of events) places.set(`${event.epoch} ${event.n}`, event);
  const last = openEpoch(head).epoch;
  let wanted = head.lastHash;
  const byHash = new Map(events.map((event) => [event.hash, event]));
  for (let event = byHash.get(wanted); event; event = byHash.get(wanted)) {
    if (event.epoch === last) places.set(`${event.epoch} ${event.n}`, event);
    wanted = event.prev;
  }
  return [...places.values()].sort((a, b) => a.n - b.n);
}
