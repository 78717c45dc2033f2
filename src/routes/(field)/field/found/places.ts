/** The places of a round as a reader calls them. Only the pages of found meters call it. */
import { placeWords } from '#lib/i18n/place.ts';
import type { MeterView } from '#lib/offline/types.ts';

export type RoundPlace = {
  /** A meter that hangs there: the desk finds the place by it. */
  readonly meterId: number;
  readonly words: string;
};

/** Each place once, in walking order; in a round of several houses with its address. */
export function placesOf(meters: readonly MeterView[]): RoundPlace[] {
  const houses = new Set(meters.map(({ address, flat }) => (flat ? address : '')));
  houses.delete('');
  const places = new Map<string, number>();
  for (const meter of meters) {
    const place = placeWords(meter);
    const far = houses.size > 1 && !meter.address.endsWith(place);
    const words = far ? `${place}, ${meter.address}` : place;
    if (!places.has(words)) places.set(words, meter.meterId);
  }
  return [...places].map(([words, meterId]) => ({ words, meterId }));
}
