/**
 * Who is on this bus? Asks every primary address, or narrows the secondary number digit by digit
 * where several meters answer at once (EN 13757-7:2018 clause 8.3). Scripts like those of
 * `session.ts`, which reads what is found.
 */
import { decodeMbus } from './decode.ts';
import { openBus, type Answer, type BusLine, type BusScript } from './line.ts';
import {
  isAck,
  matchesSelection,
  request,
  reset,
  select,
  SELECTED,
  selectionOf,
} from './session.ts';
import type { Selection } from './select.ts';

export type PrimaryScan = {
  readonly found: readonly number[];
  /** Addresses where something answered, but not one slave alone. */
  readonly crowded: readonly number[];
};

const LAST_PRIMARY = 250;
/** One lost answer must not hide a meter. */
const ATTEMPTS = 2;

/** SND_NKE to every address; about a minute at 2400 Bd. */
export function* scanPrimary(
  line: BusLine,
  { from = 0, to = LAST_PRIMARY }: { from?: number; to?: number } = {},
): BusScript<PrimaryScan> {
  yield* openBus(line.baud);
  const found: number[] = [];
  const crowded: number[] = [];
  for (let address = from; address <= to; address++) {
    const answer = yield* reset(line, address, ATTEMPTS);
    if (isAck(answer)) found.push(address);
    else if (answer.kind !== 'silence') crowded.push(address);
  }
  return { found, crowded };
}

export type SecondarySearch = {
  readonly found: readonly Selection[];
  /** Masks whose meters could not be told apart any further. */
  readonly crowded: readonly Selection[];
};

/** Everybody. */
export const ANYONE: Selection = {
  id: 'FFFFFFFF',
  manufacturer: 'FFFF',
  version: 'FF',
  type: 'FF',
};

const FIELDS = ['id', 'manufacturer', 'version', 'type'] as const;
const [DECIMAL, HEXADECIMAL] = ['0123456789', '0123456789ABCDE'];

/** The masks that together are `mask`, with one more digit fixed; empty when all are. */
function narrower(mask: Selection, fixed: number): readonly Selection[] {
  let at = fixed;
  for (const field of FIELDS) {
    const digits = mask[field];
    if (at >= digits.length) {
      at -= digits.length;
      continue;
    }
    // Numbers are decimal, so F is free to be the wildcard; in the other fields F is a digit too,
    // and a meter with it is met by the mask that leaves the digit open.
    const choices = field === 'id' ? DECIMAL : HEXADECIMAL;
    return [...choices].map((digit) => ({
      ...mask,
      [field]: digits.slice(0, at) + digit + digits.slice(at + 1),
    }));
  }
  return [];
}

type Found = Selection | 'nobody' | 'crowd';

/** Who answers to `mask`: one meter, nobody, or several. */
function* whoIs(line: BusLine, mask: Selection): BusScript<Found> {
  const selected: Answer = yield* select(line, mask, ATTEMPTS);
  if (selected.kind === 'silence') return 'nobody';
  if (!isAck(selected)) return 'crowd';
  // Acknowledgements of several meters at once look like one; their data do not.
  const answer = yield* request(line, { address: SELECTED, fcb: true, attempts: ATTEMPTS });
  if (answer.kind === 'silence') return 'nobody';
  if (answer.kind === 'noise') return 'crowd';
  const t = decodeMbus(answer.bytes);
  return matchesSelection(t, mask) ? (selectionOf(t) ?? 'crowd') : 'crowd';
}

/**
 * Finds all meters that match `mask`. Meters without a number of their own, or with the same one,
 * end in `crowded`.
 */
export function* searchSecondary(
  line: BusLine,
  mask: Selection = ANYONE,
): BusScript<SecondarySearch> {
  yield* openBus(line.baud);
  const found: Selection[] = [];
  const crowded: Selection[] = [];
  const open: { mask: Selection; fixed: number }[] = [{ mask, fixed: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    yield* reset(line, SELECTED, 1);
    const who = yield* whoIs(line, next.mask);
    if (who === 'nobody') continue;
    if (who !== 'crowd') {
      found.push(who);
      continue;
    }
    const parts = narrower(next.mask, next.fixed);
    if (parts.length === 0) crowded.push(next.mask);
    const fixed = next.fixed + 1;
    open.push(...parts.toReversed().map((part) => ({ mask: part, fixed })));
  }
  yield* reset(line, SELECTED, 1);
  return { found, crowded };
}
