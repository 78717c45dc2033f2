/**
 * Places and metering points for rows that know only an address. Called by import-meters.ts.
 *
 * Houses must exist; a flat that does not is made below its house, because a list of meters is how
 * a new house usually comes.
 */
import type pg from 'pg';
import type { Resource } from '#lib/domain/resource.ts';
import { insertFlat, insertPoint, selectPoints, selectTree } from './import-store.ts';
import type { PlaceRow, PointRow } from './import-store.ts';

/** An existing place, or a flat to be made below `house`. */
export type FoundPlace =
  | { readonly kind: 'there'; readonly place: PlaceRow }
  | { readonly kind: 'missing-flat'; readonly house: PlaceRow; readonly flat: string };

export type Places = {
  find(address: string, flat: string): FoundPlace | null;
  ensure(found: FoundPlace): Promise<PlaceRow>;
  isSame(address: string | null, found: FoundPlace): boolean;
  /** A point of the resource there without a meter, or a new one below the house's. */
  pointFor(place: PlaceRow, resource: Resource): Promise<number>;
};

/** `г. X, ул. Лесная, д. 14` and `лесная 14` are one address. */
export const plainAddress = (text: string): string =>
  text
    .toLowerCase()
    .replace(/ё/g, 'е')
    .replace(
      /(^|[\s,.])(?:улица|ул|дом|д|город|г|квартира|кв|straße|strasse|str|nr)(?=[\s,.])/g,
      '$1',
    )
    .replace(/[\s,.]+/g, ' ')
    .trim();

export async function openPlaces(client: pg.ClientBase, orgId: number): Promise<Places> {
  const tree = await selectTree(client);
  const byAddress = new Map<string, PlaceRow>(tree.map((p) => [plainAddress(p.address), p]));
  const byId = new Map<number, PlaceRow>(tree.map((p) => [p.id, p]));
  const points = new Map<string, PointRow[]>();
  for (const point of await selectPoints(client)) {
    const key = `${point.placeId}/${point.resource}`;
    points.set(key, [...(points.get(key) ?? []), point]);
  }
  const houseOf = (place: PlaceRow): PlaceRow => {
    let at: PlaceRow | undefined = place;
    for (let depth = 0; at && depth < 12; depth++) {
      if (at.kind === 'house') return at;
      at = at.parentId === null ? undefined : byId.get(at.parentId);
    }
    return place;
  };
  return {
    find(address, flat) {
      const house = byAddress.get(plainAddress(address));
      if (!house) return null;
      if (flat === '') return { kind: 'there', place: house };
      const own = tree.find(
        (p) => p.kind === 'flat' && p.name === flat && houseOf(p).id === house.id,
      );
      return own ? { kind: 'there', place: own } : { kind: 'missing-flat', house, flat };
    },
    async ensure(found) {
      if (found.kind === 'there') return found.place;
      const made = await insertFlat(client, orgId, found);
      tree.push(made);
      byId.set(made.id, made);
      return made;
    },
    isSame: (address, found) =>
      found.kind === 'there' &&
      address !== null &&
      plainAddress(address) === plainAddress(found.place.address),
    async pointFor(place, resource) {
      const key = `${place.id}/${resource}`;
      const own = points.get(key) ?? [];
      const free = own.find((p) => !p.occupied);
      if (free) {
        points.set(
          key,
          own.map((p) => (p === free ? { ...p, occupied: true } : p)),
        );
        return free.id;
      }
      const isHouse = place.kind === 'house' && place.objectType !== 'cottage';
      const role = isHouse ? 'house' : 'consumer';
      const head = points.get(`${houseOf(place).id}/${resource}`)?.find((p) => p.role === 'house');
      const parentId = role === 'consumer' && head ? head.id : null;
      const name = own.length === 0 ? '' : String(own.length + 1);
      const made = await insertPoint(client, {
        orgId,
        placeId: place.id,
        resource,
        role,
        name,
        parentId,
      });
      points.set(key, [...own, made]);
      return made.id;
    },
  };
}
