/**
 * Messages in several telegrams: puts the fragments of the authentication layer together
 * (EN 13757-7:2018 clause 6.3). A value that goes in and comes out, without clock and without key;
 * the reader's app and the head-end feed it every telegram whose fault is `fragment`.
 *
 * The first fragment carries counter and length of the whole message, the last one its MAC. What
 * comes twice is one; what comes out of order, or misses its neighbour, starts anew.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { Instant } from '#lib/base/interval.ts';
import { AFL_CI, readAfl, writeAflFields, type Afl } from './afl.ts';
import { isEll, readEll } from './ell.ts';
import { LINK_HEADER, stripLink } from './link.ts';

type Pending = {
  readonly header: Uint8Array;
  readonly first: Afl;
  readonly parts: readonly Uint8Array[];
  readonly last: number;
  readonly at: Instant;
};

/** Unfinished messages by sender. */
export type FragmentBook = ReadonlyMap<string, Pending>;
export const NO_FRAGMENTS: FragmentBook = new Map();

/** A meter sends its fragments within seconds; a later one belongs to another message. */
const PATIENCE_MS = 60_000;
const MAX_SENDERS = 64;
const MAX_BYTES = 16_384;

export type Collected = {
  readonly book: FragmentBook;
  /** Link header and the joined message, for `decodeJoined`; null while parts are missing. */
  readonly frame: Uint8Array | null;
};

type Fragment = { header: Uint8Array; afl: Afl; content: Uint8Array };

/** Errors: `bad_crc`, `truncated`, `no_fragment`. */
function readFragment(bytes: Uint8Array): Result<Fragment> {
  const { frame, fault: broken } = stripLink(bytes);
  if (broken) return { ok: false, error: broken };
  let at = LINK_HEADER;
  if (isEll(frame[at])) {
    const ell = readEll(frame, at);
    if (!ell.ok) return ell;
    at = ell.value.end;
  }
  if (frame[at] !== AFL_CI) return fault('no_fragment', 'There is no authentication layer.');
  const afl = readAfl(frame, at);
  if (!afl.ok) return afl;
  const content = frame.subarray(afl.value.end);
  return ok({ header: frame.slice(0, LINK_HEADER), afl: afl.value, content: content.slice() });
}

/** The whole message behind one layer that has the fields of the first and the MAC of the last. */
function join({ header, first }: Pending, parts: readonly Uint8Array[], mac: Afl['mac']) {
  const inner = concatBytes(...parts);
  if (first.messageLength !== null && first.messageLength !== inner.length) return null;
  const layer = writeAflFields({
    ...(first.messageControl !== null && { messageControl: first.messageControl }),
    ...(first.counter !== null && { counter: first.counter }),
    ...(first.messageLength !== null && { messageLength: first.messageLength }),
    ...(mac && { mac }),
  });
  const frame = concatBytes(header, layer, inner);
  // A message that fits one telegram can be kept, and read again, as one.
  frame[0] = Math.min(frame.length - 1, 255);
  return frame;
}

function without(book: FragmentBook, sender: string): FragmentBook {
  if (!book.has(sender)) return book;
  const next = new Map(book);
  next.delete(sender);
  return next;
}

/** Forgets what is too old, and the oldest when there are too many. */
function pruned(book: FragmentBook, at: Instant): Map<string, Pending> {
  const fresh = [...book].filter(([, pending]) => at - pending.at < PATIENCE_MS);
  return new Map(fresh.slice(-(MAX_SENDERS - 1)));
}

/**
 * Takes one telegram. Errors: `no_fragment` when it is none, `missing_fragment` when its
 * predecessor did not come, `bad_length` when the parts are not what the first one announced.
 */
export function collectFragment(
  book: FragmentBook,
  bytes: Uint8Array,
  at: Instant,
): Result<Collected> {
  const read = readFragment(bytes);
  if (!read.ok) return read;
  const { header, afl, content } = read.value;
  const sender = header.subarray(2).join();
  const known = pruned(book, at);
  if (afl.fragment <= 1) {
    if (!afl.moreFragments) return fault('no_fragment', 'The message is whole.');
    known.set(sender, { header, first: afl, parts: [content], last: 1, at });
    return ok({ book: known, frame: null });
  }
  const pending = known.get(sender);
  if (pending?.last === afl.fragment) return ok({ book: known, frame: null });
  const size = (pending?.parts ?? []).reduce((sum, part) => sum + part.length, content.length);
  if (pending?.last !== afl.fragment - 1 || size > MAX_BYTES) {
    return fault('missing_fragment', 'A fragment before this one did not come.');
  }
  const parts = [...pending.parts, content];
  if (afl.moreFragments) {
    known.set(sender, { ...pending, parts, last: afl.fragment, at });
    return ok({ book: known, frame: null });
  }
  const frame = join(pending, parts, afl.mac ?? pending.first.mac);
  if (!frame) return fault('bad_length', 'The fragments are not what the first one announced.');
  return ok({ book: without(known, sender), frame });
}
