/**
 * The radio link layer: frame formats A and B, their CRC blocks, and the ten-byte link header
 * (EN 13757-4:2019 clause 11). Knows nothing from the CI byte on; called by `decode.ts`,
 * `encode.ts` and the dongles' tests. Receivers strip the CRCs or not, therefore the format is
 * found out from the CRCs themselves.
 *
 * | A | L C M M A A A A A A CRC CRC | CI + 15 bytes CRC CRC | 16 bytes CRC CRC | … (L without CRCs)
 * | B | L C M M A A A A A A CI …, 126 bytes at most, CRC CRC | … CRC CRC        (L with CRCs)
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { assert } from '#lib/base/assert.ts';
import type { Fault } from '#lib/base/result.ts';
import { crcEn13757 } from '../crypto/crc.ts';
import { readLinkAddress } from '../mbus/address.ts';
import { mediumWord } from '../mbus/medium.table.ts';
import type { DeviceAddress } from '../telegram.ts';

export type LinkFormat = 'A' | 'B' | 'stripped';

export type StrippedFrame = {
  readonly format: LinkFormat;
  /** From the L field on, without CRCs and without bytes behind the frame; L as transmitted. */
  readonly frame: Uint8Array;
  /** `truncated` or `bad_crc`; then `frame` holds what could be read. */
  readonly fault: Fault | null;
};

export type LinkLayer = {
  readonly format: LinkFormat;
  readonly control: number;
  readonly address: DeviceAddress;
  /** Eight bytes: manufacturer, id, version, type as sent. */
  readonly addressBytes: Uint8Array;
};

/** L C M M A A A A A A. */
export const LINK_HEADER = 10;
const BLOCK_A = 16;
/** Format B: the first CRC stands at the latest behind 126 bytes. */
const BLOCK_B = 126;
const CLAUSE = 'EN 13757-4:2019 11.4';

const crcAt = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;

/** Ends of the format A blocks without their CRCs, for `length` bytes of content. */
function blocksA(length: number): readonly number[] {
  const ends = [LINK_HEADER];
  for (let left = length - LINK_HEADER; left > 0; left -= BLOCK_A) {
    ends.push(ends.at(-1)! + 2 + Math.min(BLOCK_A, left));
  }
  return ends;
}

/** How many of the format A blocks are there and have a good CRC. */
function goodBlocksA(b: Uint8Array, ends: readonly number[]): number {
  let from = 0;
  let good = 0;
  for (const end of ends) {
    if (end + 2 <= b.length && crcEn13757(b, from, end) === crcAt(b, end)) good++;
    from = end + 2;
  }
  return good;
}

function joinBlocks(b: Uint8Array, ends: readonly number[]): Uint8Array {
  let from = 0;
  const parts = ends.map((end) => {
    const part = b.subarray(from, Math.min(end, b.length));
    from = end + 2;
    return part;
  });
  return concatBytes(...parts);
}

const faulty = (code: string, detail: string): Fault => ({ code, detail, clause: CLAUSE });
const TRUNCATED = faulty('truncated', 'The telegram is shorter than its length field says.');
const BAD_CRC = faulty('bad_crc', 'A link layer CRC is wrong.');

function tryA(b: Uint8Array): StrippedFrame | null {
  const ends = blocksA(b[0]! + 1);
  const size = ends.at(-1)! + 2;
  const firstGood = b.length >= 12 && crcEn13757(b, 0, LINK_HEADER) === crcAt(b, LINK_HEADER);
  // Without the first CRC only a frame of exactly this size is taken for a damaged format A.
  if (!firstGood && b.length !== size) return null;
  const good = goodBlocksA(b, ends);
  if (!firstGood && good === 0) return null;
  // Content that looks like a first CRC by chance (1 in 65536) fits the length without CRCs.
  if (good < 2 && ends.length > 1 && b.length === b[0]! + 1) return null;
  const fault = good === ends.length ? null : b.length < size ? TRUNCATED : BAD_CRC;
  return { format: 'A', frame: joinBlocks(b, ends), fault };
}

/** Ends of the format B blocks without their CRCs; `length` counts the CRCs. */
const blocksB = (length: number): readonly number[] =>
  length > BLOCK_B + 2 ? [BLOCK_B, length - 2] : [length - 2];

function tryB(b: Uint8Array): StrippedFrame | null {
  const length = b[0]! + 1;
  if (b.length < length || length < LINK_HEADER + 3) return null;
  const ends = blocksB(length);
  let from = 0;
  for (const [i, end] of ends.entries()) {
    const good = crcEn13757(b, from, end) === crcAt(b, end);
    if (!good && i === 0) return null;
    if (!good) return { format: 'B', frame: joinBlocks(b, ends), fault: BAD_CRC };
    from = end + 2;
  }
  return { format: 'B', frame: joinBlocks(b, ends), fault: null };
}

/** Removes link CRCs where there are any. Never fails; see `fault`. */
export function stripLink(b: Uint8Array): StrippedFrame {
  if (b.length <= LINK_HEADER) return { format: 'stripped', frame: b, fault: TRUNCATED };
  const withCrc = tryA(b) ?? tryB(b);
  if (withCrc) return withCrc;
  const length = b[0]! + 1;
  const fault = b.length < length || length <= LINK_HEADER ? TRUNCATED : null;
  return { format: 'stripped', frame: b.subarray(0, Math.max(length, LINK_HEADER)), fault };
}

/**
 * Whether the last two bytes are the CRC of the last format A block: some receivers take out every
 * CRC but that one and count it in L.
 */
export function endsInCrc(frame: Uint8Array): boolean {
  const end = frame.length - 2;
  if (end <= LINK_HEADER) return false;
  const from = end - ((end - LINK_HEADER - 1) % BLOCK_A) - 1;
  return crcEn13757(frame, from, end) === crcAt(frame, end);
}

const DIEHL = 'DME';
const HYDROMETER = 'HYD';

/**
 * Whether version and type come in front of the number, against EN 13757-4:2019 clause 11.5. Diehl
 * does so with its own CI fields (A0h to A7h). Old meters of Hydrometer do so with any, and give
 * themselves away where a number stands in the place of the type.
 */
function isSwapped(
  { manufacturer, type }: DeviceAddress,
  typeInFront: number,
  ci: number,
): boolean {
  if (manufacturer === DIEHL) return ci >= 0xa0 && ci <= 0xa7;
  if (manufacturer !== HYDROMETER) return false;
  return mediumWord(type) === 'reserved' && mediumWord(typeInFront) !== 'reserved';
}

/** Reads the ten bytes of the link header. */
export function readLink(frame: Uint8Array, format: LinkFormat): LinkLayer {
  assert(frame.length >= LINK_HEADER, 'a link header has ten bytes');
  const addressBytes = frame.subarray(2, LINK_HEADER);
  const address = readLinkAddress(addressBytes, 0);
  const control = frame[1]!;
  const a = addressBytes;
  if (!isSwapped(address, a[3]!, frame[LINK_HEADER] ?? 0)) {
    return { format, control, address, addressBytes };
  }
  const swapped = Uint8Array.of(a[0]!, a[1]!, a[4]!, a[5]!, a[6]!, a[7]!, a[2]!, a[3]!);
  return { format, control, address: readLinkAddress(swapped, 0), addressBytes };
}

/** Puts CRCs behind each of the blocks that end at `ends` of the finished frame. */
function withCrcs(content: Uint8Array, ends: readonly number[]): Uint8Array {
  const out = new Uint8Array(ends.at(-1)! + 2);
  let from = 0;
  let taken = 0;
  for (const end of ends) {
    out.set(content.subarray(taken, taken + end - from), from);
    const crc = crcEn13757(out, from, end);
    out.set([crc >> 8, crc & 255], end);
    taken += end - from;
    from = end + 2;
  }
  return out;
}

/**
 * Twin of `stripLink`: the frame around `content`, which starts with the C field. L is set here,
 * because formats A and B count differently.
 */
export function buildLink(content: Uint8Array, format: LinkFormat): Uint8Array {
  const crcs = format !== 'B' ? 0 : content.length + 3 > BLOCK_B + 2 ? 4 : 2;
  const length = content.length + crcs;
  assert(length <= 255, 'a radio telegram has at most 255 bytes behind its length');
  const frame = concatBytes(Uint8Array.of(length), content);
  if (format === 'stripped') return frame;
  return withCrcs(frame, format === 'A' ? blocksA(frame.length) : blocksB(length + 1));
}
