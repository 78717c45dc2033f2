/**
 * Invariants I1 to I13 of fieldsync/1 (docs/protocols/fieldsync.md) as named assertions. Each takes
 * plain data and returns what is wrong, or null; it knows neither the model nor the real store.
 * The simulation (level 1) and the fault proxy (level 2) call the same ones.
 */
import type { FieldEvent, Push, PushAnswer, Receipt } from '#lib/contract/fieldsync.ts';
import { decodePush } from '#lib/contract/decode-push.ts';
import { openEpoch, type Head, type Held } from '#lib/offline/engine.ts';
import { RELEASED_PUSHES } from './released.ts';

export const INVARIANTS = {
  I1: '"saved" is said only after event and counter were committed together',
  I2: 'an event is never edited',
  I3: 'n is dense per device and epoch',
  I4: 'an event leaves with a signed receipt for its hash and a mark at or above it',
  I5: 'a push, however often and in whatever order, gives one row and one receipt',
  I6: 'another hash in a taken place is kept, told, and opens a new epoch',
  I7: 'no push is refused for its content, and only our answer touches the outbox',
  I8: 'time is evidence: it names the instant the clock showed and drops nothing',
  I9: 'two captures of one meter are both kept',
  I10: 'a pull is exactly the committed prefix',
  I11: 'leaving, switching and losing a round delete nothing unsent',
  I12: 'what was lost is a number',
  I13: 'every released protocol and every older row stay readable',
} as const;
export type Invariant = keyof typeof INVARIANTS;
/** What is wrong, in words for a person; null when nothing is. */
export type Finding = string | null;

type Slot = { readonly device: string; readonly epoch: string; readonly n: number };
type Stored = Slot & { readonly hash: string };
/** Whether a signature is the server's over exactly this receipt. */
export type Verify = (slot: { device: string; epoch: string }, receipt: Receipt) => boolean;

export const I1 = {
  /** At the moment of "saved": the row and the counter are on the disk. */
  onDisk(event: FieldEvent, head: Head, held: readonly Held[]): Finding {
    const counted = head.epochs.find((e) => e.epoch === event.epoch)?.capturedN ?? 0;
    if (!held.some((row) => row.event.hash === event.hash)) return `n=${event.n} is on no disk`;
    return counted < event.n ? `n=${event.n} is not counted` : null;
  },
  /** At the end: which of what was called "saved" exists nowhere. */
  lost: (saved: Iterable<string>, ...places: readonly ReadonlySet<string>[]): string[] =>
    [...saved].filter((hash) => !places.some((place) => place.has(hash))),
};

export const I2 = {
  /** `contents` remembers the first hash of every id. */
  unchanged(contents: Map<string, string>, event: FieldEvent): Finding {
    const before = contents.get(event.id);
    if (before === undefined) contents.set(event.id, event.hash);
    return before === undefined || before === event.hash ? null : `event ${event.id} changed`;
  },
};

export const I3 = {
  /** No holes above what was pruned, and the head counts them all. */
  dense(head: Head, held: readonly Held[]): Finding {
    for (const { epoch, capturedN } of head.epochs) {
      const ns = held.filter((r) => r.event.epoch === epoch).map((r) => r.event.n);
      ns.sort((a, b) => a - b);
      const first = ns[0] ?? capturedN + 1;
      const good = ns.every((n, i) => n === first + i) && first + ns.length === capturedN + 1;
      if (!good) return `epoch holds n=${ns.join(',')} of ${capturedN}`;
    }
    return null;
  },
};

export const I4 = {
  /** `mayLeave` is true only where a signed receipt and a confirmed mark cover the row. */
  left(before: readonly Held[], after: readonly Held[], mayLeave: (row: Held) => boolean): Finding {
    const kept = new Set(after.map((row) => row.event.hash));
    const gone = before.find((row) => !kept.has(row.event.hash) && !mayLeave(row));
    return gone ? `n=${gone.event.n} left without its time` : null;
  },
  signed({ event, receipt }: Held, device: string, verify: Verify): Finding {
    const good =
      receipt !== null &&
      receipt.hash === event.hash &&
      receipt.n === event.n &&
      verify({ device, epoch: event.epoch }, receipt);
    return good ? null : `n=${event.n} has no signed receipt of its own`;
  },
  /** The mark never stands above a hole of what is stored. */
  mark: (hw: number, stored: readonly { readonly n: number }[]): Finding =>
    hw > contiguous(stored) ? `the mark ${hw} is above a hole` : null,
};

export const I5 = {
  twice: (stored: readonly Stored[]): number =>
    repeats(stored.map((row) => row.hash)) +
    repeats(stored.map((row) => `${row.device} ${row.epoch} ${row.n}`)),
  /** The signature may be renewed with a new key; what is signed may not change. */
  sameReceipt: (a: Receipt, b: Receipt): boolean =>
    a.hash === b.hash && a.serverSeq === b.serverSeq && a.result === b.result && a.n === b.n,
};

export const I6 = {
  /** After an answer that tells of a twin the open epoch is another one. */
  newEpoch(push: Omit<Push, 'beat'>, answer: PushAnswer, head: Head): Finding {
    const counted = head.epochs.find((e) => e.epoch === push.epoch)?.capturedN ?? 0;
    const twin = answer.fork === true || answer.hw > counted;
    return twin && openEpoch(head).epoch === push.epoch
      ? 'there is a twin and capturing goes on in its epoch'
      : null;
  },
  bothKept: (forks: readonly Stored[]): number => repeats(forks.map((row) => row.hash)),
};

export const I7 = {
  answered(events: readonly FieldEvent[], answer: PushAnswer): Finding {
    const answeredFor = new Set(answer.receipts.map((receipt) => receipt.hash));
    const without = events.find((event) => !answeredFor.has(event.hash));
    return without ? `n=${without.n} of an accepted push has no receipt` : null;
  },
  /** What is not an answer of ours changes no row. */
  untouched(status: number, before: readonly Held[], after: readonly Held[]): Finding {
    const same =
      before.length === after.length &&
      before.every(
        (row, i) => after[i]?.event.hash === row.event.hash && !after[i].receipt === !row.receipt,
      );
    return same ? null : `status ${status} changed the outbox`;
  },
};

export const I8 = {
  /** `clock`: what the phone's clock showed, in ms since 1970, whatever its zone or summer time. */
  instant: (event: FieldEvent, clock: number): Finding =>
    Date.parse(event.at.wall) === clock
      ? null
      : `${event.at.wall} is not ${new Date(clock).toISOString()}`,
  /** A doubtful clock is a mark on a stored event, never a reason to keep it out. */
  marked: (receipt: Receipt): Finding =>
    receipt.reason === 'clock-suspect' && receipt.result !== 'stored'
      ? `n=${receipt.n} was set aside for its clock`
      : null,
};

export const I9 = {
  /** `captures`: saved ones by meter, from whichever device. */
  bothKept(
    captures: readonly { readonly meter: number; readonly device: string; hash: string }[],
    kept: ReadonlySet<string>,
  ): Finding {
    const devices = new Map<number, Set<string>>();
    for (const { meter, device } of captures) {
      devices.set(meter, (devices.get(meter) ?? new Set()).add(device));
    }
    const gone = captures.find((c) => devices.get(c.meter)!.size > 1 && !kept.has(c.hash));
    return gone ? `meter ${gone.meter}: one of two devices' captures is gone` : null;
  },
};

export const I10 = {
  prefix: (expected: ReadonlyMap<string, unknown>, got: ReadonlyMap<string, unknown>): Finding =>
    expected.size === got.size && [...expected].every(([key, value]) => got.get(key) === value)
      ? null
      : 'the copy is not a committed prefix',
  /** Every committed number, none twice. */
  missed(committed: Iterable<string>, seen: readonly string[]): { missed: number; twice: number } {
    const had = new Set(seen);
    return { missed: [...committed].filter((x) => !had.has(x)).length, twice: repeats(seen) };
  },
};

export const I11 = {
  /** Every unsent row of `before` is still there. */
  unsentStays(before: readonly Held[], after: readonly Held[]): Finding {
    const kept = new Set(after.map((row) => row.event.hash));
    const gone = before.find((row) => row.receipt === null && !kept.has(row.event.hash));
    return gone ? `unsent n=${gone.event.n} was deleted` : null;
  },
};

export const I12 = {
  /**
   * `told`: the highest n the phone ever named to the server; `counted`: what the server remembers.
   * What is neither stored nor coming must show as a difference.
   */
  named(epoch: { told: number; counted: number; stored: readonly { n: number }[] }): Finding {
    if (epoch.counted < epoch.told) return `told ${epoch.told}, remembered ${epoch.counted}`;
    const here = new Set(epoch.stored.map((row) => row.n)).size;
    return here > epoch.counted ? `${here} stored of ${epoch.counted} counted` : null;
  },
  missing: (counted: number, stored: readonly { n: number }[]): number =>
    counted - contiguous(stored),
};

export const I13 = {
  /** A recorded push of every protocol version ever released, with hashes of that day. */
  released(): Finding {
    for (const [proto, text] of Object.entries(RELEASED_PUSHES)) {
      const read = decodePush(JSON.parse(text));
      if (!read.ok) return `fieldsync/${proto} is refused: ${read.error.detail}`;
      const bad = read.value.events.find((event) => !event.genuine);
      if (bad) return `fieldsync/${proto}: n=${bad.n} has another hash now`;
    }
    return null;
  },
  /** Rows of the version before are the same events afterwards. */
  rows: (before: readonly Held[], after: readonly Held[]): Finding =>
    before.length === after.length && before.every((r, i) => r.event.hash === after[i]?.event.hash)
      ? null
      : `${before.length} rows became ${after.length}`,
};

/** Highest n such that 1..n are all there. */
export function contiguous(rows: readonly { readonly n: number }[]): number {
  const taken = new Set(rows.map((row) => row.n));
  let hw = 0;
  while (taken.has(hw + 1)) hw++;
  return hw;
}

const repeats = (list: readonly string[]): number => list.length - new Set(list).size;
