/**
 * Which kinds of dongle are tried, in which order and radio mode. Knows the dongle table; opens
 * nothing. lib/state calls it.
 */
import { DONGLE_TABLE } from '#lib/meters/dongles/dongles.table.ts';
import type { DongleName, RadioMode } from '#lib/meters/dongles/dongles.table.ts';
import type { DongleChoice } from './listen.ts';

export type DongleWish = { readonly dongle: DongleName | null; readonly mode: RadioMode };

/** For a list to choose from. */
export const DONGLE_KINDS: readonly { readonly name: DongleName; readonly label: string }[] =
  DONGLE_TABLE;

/** The commonest first: each that does not answer costs the person two seconds. */
const ORDER: readonly string[] = [
  'iu891a',
  'im871a',
  'cul',
  'amb8465',
  'embit',
  'rc1180',
  'rtlwmbus',
];

/** `known` is the kind that the USB id gives away; the radio mode is as near as the dongle can. */
export function dongleChoices(wish: DongleWish, known: string | null): DongleChoice[] {
  const rank = (name: string): number => (name === known ? -1 : ORDER.indexOf(name));
  return DONGLE_TABLE.filter(({ name }) =>
    // A listen-only receiver never answers: it is used when it is named, not guessed.
    wish.dongle ? name === wish.dongle : name !== 'rtlwmbus',
  )
    .toSorted((a, b) => rank(a.name) - rank(b.name))
    .map(({ name, modes }) => {
      const can = Object.keys(modes) as RadioMode[];
      const mode = can.includes(wish.mode) ? wish.mode : can.includes('T+C') ? 'T+C' : 'T';
      return { dongle: name, mode };
    });
}
