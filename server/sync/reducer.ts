/**
 * The server's half of fieldsync/1 as pure functions (storage-and-sync 5.4).
 *
 * It knows which events of a push are new, repeated, forked or to be looked at by a person, and
 * what is contiguous; it knows no table and no signature. server/sync/store.ts feeds it what is
 * stored and writes what it says; tests/sim runs it over an array.
 */
import { GENESIS, sha256Hex } from '#lib/contract/canonical.ts';
import { fromUtf8 } from '#lib/base/bytes.ts';
import type { ArrivedEvent, ArrivedPush } from '#lib/contract/decode-push.ts';
import type { Receipt } from '#lib/contract/fieldsync.ts';

/** A slot of the log that is taken. `receipt` is what was answered when it was stored. */
export type StoredSlot = {
  readonly n: number;
  readonly prev: string;
  readonly hash: string;
  readonly receipt: Receipt;
};

/** What the log holds of one (device, epoch), read under the device's lock. */
export type EpochView = {
  /** Contiguous high-water mark before this push. */
  readonly hw: number;
  /** Slots above `hw`, and those the push and its neighbours touch. */
  readonly slots: readonly StoredSlot[];
  /** Event ids of the push that the log already uses in another slot. */
  readonly takenIds: ReadonlySet<string>;
  /** Hashes of the push that are already kept as forks. */
  readonly forkHashes: ReadonlySet<string>;
};

/** Whether a well-formed event is taken as it is, or kept for a person to look at, and why (I7). */
export type Verdict = { readonly reason: string | null };
export type Judge = (event: ArrivedEvent) => Verdict;

export type PlannedRow = {
  /** Key of the row: the event's id, or one derived from its content when that is taken. */
  readonly key: string;
  readonly arrived: ArrivedEvent;
  readonly result: 'stored' | 'quarantined';
  readonly reason: string | null;
};

export type PushPlan = {
  readonly inserts: readonly PlannedRow[];
  /** Same slot, another hash: kept beside the log (I6). */
  readonly forks: readonly PlannedRow[];
  /** Receipts of earlier pushes, repeated word for word (I5). */
  readonly repeated: readonly Receipt[];
  /** Forks that were already kept: answered like new ones, stored no second time. */
  readonly repeatedForks: readonly PlannedRow[];
  readonly hw: number;
  readonly expect: number | null;
  readonly fork: boolean;
};

/** What this push adds to the log. Planning it again after storing adds nothing (I5). */
export function planPush(view: EpochView, push: ArrivedPush, judge: Judge): PushPlan {
  const slots = new Map(view.slots.map((slot) => [slot.n, slot]));
  const chain = new Map(view.slots.map(({ n, prev, hash }) => [n, { prev, hash }]));
  const inserts: PlannedRow[] = [];
  const forks: PlannedRow[] = [];
  const repeatedForks: PlannedRow[] = [];
  const repeated: Receipt[] = [];
  const usedIds = new Set(view.takenIds);
  let broken = false;
  for (const arrived of push.events) {
    const taken = chain.get(arrived.n);
    const stored = slots.get(arrived.n);
    if (stored && stored.hash === arrived.hash) {
      repeated.push(stored.receipt);
      continue;
    }
    if (taken) {
      // The same event twice in one push has its row already; another one here is a fork.
      if (taken.hash === arrived.hash) continue;
      const row = { key: keyOf(push, arrived), arrived, ...quarantined('fork') };
      (view.forkHashes.has(arrived.hash) ? repeatedForks : forks).push(row);
      continue;
    }
    const linked = isLinked(arrived, chain);
    broken ||= !linked;
    const reason = ownFault(arrived, push) ?? (linked ? null : 'chain-broken');
    const collides = usedIds.has(arrived.id);
    const why = collides ? 'id-collision' : (reason ?? judge(arrived).reason);
    inserts.push({
      key: collides ? keyOf(push, arrived) : arrived.id,
      arrived,
      result: why === null || why === 'clock-suspect' ? 'stored' : 'quarantined',
      reason: why,
    });
    usedIds.add(arrived.id);
    chain.set(arrived.n, { prev: arrived.prev, hash: arrived.hash });
  }
  const hw = contiguous(view.hw, chain);
  return {
    inserts,
    forks,
    repeated,
    repeatedForks,
    hw,
    expect: expected(push, chain, hw),
    fork: broken || forks.length > 0 || repeatedForks.length > 0,
  };
}

const quarantined = (reason: string) => ({ result: 'quarantined' as const, reason });

/** Wrong in itself, whatever the log holds. */
function ownFault(arrived: ArrivedEvent, push: ArrivedPush): string | null {
  if (!arrived.event) return 'unreadable';
  if (arrived.epoch !== push.epoch) return 'other-epoch';
  return arrived.genuine ? null : 'bad-hash';
}

type Link = { readonly prev: string; readonly hash: string };

/** The event continues its stored predecessor, and its stored successor continues it. */
function isLinked(arrived: ArrivedEvent, chain: ReadonlyMap<number, Link>): boolean {
  const before = arrived.n === 1 ? GENESIS : chain.get(arrived.n - 1)?.hash;
  const after = chain.get(arrived.n + 1)?.prev;
  return (before ?? arrived.prev) === arrived.prev && (after ?? arrived.hash) === arrived.hash;
}

function contiguous(from: number, chain: ReadonlyMap<number, unknown>): number {
  let hw = from;
  while (chain.has(hw + 1)) hw++;
  return hw;
}

/** A hole below something stored, or a beat that names more than is stored: send from the hole. */
function expected(push: ArrivedPush, chain: ReadonlyMap<number, unknown>, hw: number) {
  const highest = Math.max(0, ...chain.keys());
  const beatBehind = push.events.length === 0 && push.capturedN > hw;
  return highest > hw || beatBehind ? hw + 1 : null;
}

/** A UUID made of the content (RFC 9562 clause 5.8), so that keeping it twice is one row. */
export function keyOf(push: { device: string }, { epoch, n, hash }: ArrivedEvent): string {
  const h = sha256Hex(fromUtf8(`${push.device}|${epoch}|${n}|${hash}`));
  const parts = [h.slice(0, 8), h.slice(8, 12), `8${h.slice(13, 16)}`, `8${h.slice(17, 20)}`];
  return `${parts.join('-')}-${h.slice(20, 32)}`;
}

/** The unsigned part of a new row's receipt. */
export const receiptOf = (row: PlannedRow, serverSeq: string): Omit<Receipt, 'sig'> => ({
  n: row.arrived.n,
  id: row.arrived.id,
  hash: row.arrived.hash,
  serverSeq,
  result: row.result,
  ...(row.reason !== null && { reason: row.reason }),
});
