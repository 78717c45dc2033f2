/**
 * The houses of a round on a map: where they stand, how far the work there is, where the person is
 * and how far the next house. Knows the phone's copy of the round and the location service; the
 * page of the map makes one and ends it with `close`.
 */
import { bearingDeg, distanceM, type Position } from '#lib/domain/position.ts';
import { floorPlan } from '#lib/field/floor-plan.ts';
import { watchPosition, type OwnPosition, type PositionTrouble } from '#lib/field/own-position.ts';
import type { MeterView } from '#lib/offline/types.ts';
import type { FieldApp } from './field-app.svelte.ts';
import type { FieldRound } from './field-round.svelte.ts';

export type MapHouse = {
  /** Null where an older download does not name houses: all stops as one. */
  readonly houseId: number | null;
  readonly address: string;
  readonly at: Position | null;
  readonly meters: readonly MeterView[];
  readonly done: number;
  readonly ahead: number;
  /** From the person, when both positions are known. */
  readonly distanceM: number | null;
  readonly bearingDeg: number | null;
  readonly isNext: boolean;
};

export class FieldMap {
  own = $state.raw<OwnPosition | null>(null);
  trouble = $state<PositionTrouble | null>(null);
  #watching = $state(false);
  readonly #round: FieldRound;
  readonly #app: FieldApp;
  #stop: (() => void) | null = null;
  readonly houses: readonly MapHouse[] = $derived.by(() => this.#houses());
  readonly next: MapHouse | null = $derived.by(
    () => this.houses.find(({ isNext }) => isNext) ?? null,
  );
  /** Houses of other rounds on this phone, so that a way can be seen whole. */
  readonly others: readonly { address: string; at: Position }[] = $derived.by(() => {
    const own = this.houses.map(({ houseId }) => houseId);
    const known = this.#app.rounds.flatMap(({ houses }) => houses ?? []);
    // One house may be on several rounds; it stands once.
    const first = known.filter(({ houseId }, i) => {
      const before = known.findIndex((one) => one.houseId === houseId);
      return before === i && !own.includes(houseId);
    });
    return first.flatMap((house) => {
      const at = positionOf(house);
      return at ? [{ address: house.address, at }] : [];
    });
  });

  constructor(app: FieldApp, round: FieldRound) {
    this.#app = app;
    this.#round = round;
  }

  /** Asks for the person's position until `close`; the browser asks for permission once. */
  locate(): void {
    this.#stop?.();
    this.trouble = null;
    this.#watching = true;
    this.#stop = watchPosition(
      (own) => {
        this.own = own;
        this.trouble = null;
      },
      (trouble) => (this.trouble = trouble),
    );
  }

  get locating(): boolean {
    return this.#watching && this.trouble === null;
  }

  plan(house: MapHouse) {
    return floorPlan(house.meters);
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
    this.#watching = false;
  }

  #houses(): MapHouse[] {
    const { round, meters, next } = this.#round;
    const known = round?.houses ?? [];
    const nextHouse = next?.houseId ?? null;
    const made = known.map((house) =>
      this.#house({
        houseId: house.houseId,
        address: house.address,
        at: positionOf(house),
        meters: meters.filter(({ houseId }) => houseId === house.houseId),
        isNext: next !== null && house.houseId === nextHouse,
      }),
    );
    if (made.length > 0 || meters.length === 0) return made;
    const address = round?.house ?? '';
    return [this.#house({ houseId: null, address, at: null, meters, isNext: next !== null })];
  }

  #house(house: Pick<MapHouse, 'houseId' | 'address' | 'at' | 'meters' | 'isNext'>): MapHouse {
    const here = this.own?.at ?? null;
    const both = here && house.at;
    const ahead = house.meters.filter(({ state }) => state === 'ahead').length;
    return {
      ...house,
      ahead,
      done: house.meters.length - ahead,
      distanceM: both ? distanceM(here, house.at) : null,
      bearingDeg: both ? bearingDeg(here, house.at) : null,
    };
  }
}

type Standing = { readonly latUdeg: number | null; readonly lonUdeg: number | null };
const positionOf = ({ latUdeg, lonUdeg }: Standing): Position | null =>
  latUdeg === null || lonUdeg === null ? null : { latUdeg, lonUdeg };
