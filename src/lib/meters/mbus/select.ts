/**
 * Secondary selection: a master picks a meter by its number instead of its bus address
 * (EN 13757-7:2018 clause 8). Knows the mask of CI 52h only; called by bus sessions and the
 * command line.
 */
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { assert } from '#lib/base/assert.ts';

/** Hex digits in reading order; F matches anything. */
export type Selection = {
  readonly id: string;
  readonly manufacturer: string;
  readonly version: string;
  readonly type: string;
};

const [CI_SELECT, CI_SELECT_REVERSED] = [0x52, 0x56];
const LENGTH = 9;

/** Reads the body of a selection, CI byte first; null when it is none. */
export function decodeSelect(body: Uint8Array): Selection | null {
  const ci = body[0];
  if ((ci !== CI_SELECT && ci !== CI_SELECT_REVERSED) || body.length < LENGTH) return null;
  const digits = (from: number, to: number): string => {
    const part = body.slice(from, to);
    return toHex(ci === CI_SELECT ? part.reverse() : part);
  };
  return {
    id: digits(1, 5),
    manufacturer: digits(5, 7),
    version: digits(7, 8),
    type: digits(8, 9),
  };
}

/** Twin of `decodeSelect`, least significant byte first. */
export function encodeSelect(selection: Selection): Uint8Array {
  const { id, manufacturer, version, type } = selection;
  const out = [CI_SELECT];
  for (const digits of [id, manufacturer, version, type]) {
    const bytes = fromHex(digits);
    assert(bytes.ok, 'a selection holds hex digits');
    out.push(...bytes.value.reverse());
  }
  assert(out.length === LENGTH, 'a selection has 8, 4, 2 and 2 digits');
  return Uint8Array.from(out);
}
