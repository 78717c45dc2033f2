/**
 * What people call a place: "кв. 43", "flat 43", "Whg. 43"; a cottage is a house with a number, a
 * meter in the stairwell belongs to an entrance. It knows the facts of a round's row and no screen.
 */
import { m } from './paraglide/messages.js';

export type PlaceFacts = {
  /** Number or name of the flat as registered, with or without its own word; null elsewhere. */
  readonly flat: string | null;
  readonly entrance: string | null;
  readonly address: string;
};

/** A house's number at the end of an address: "14", "5а", "12/3", "7 корп. 2". */
const HOUSE_NUMBER = /(?:^|,)\s*(\d[^,]*)$/;

/** A part of a line or its whole; begins small where the language writes the word small. */
export function placeWords({ flat, entrance, address }: PlaceFacts): string {
  // Some registers hold "кв. 43" whole; a second word would be a stutter.
  if (flat) return /^\d/.test(flat) ? m.common_place_flat({ n: flat }) : flat;
  if (entrance) return m.common_place_entrance({ n: entrance });
  const number = HOUSE_NUMBER.exec(address)?.[1];
  return number ? m.common_place_house({ n: number }) : address;
}
