/**
 * Which meters of a round need no reading any more, while the round changes under a running
 * listener: typed by hand meanwhile, or taken back.
 *
 * It knows states of stops, not the radio. lib/state feeds it; the listener reads and fills `ids`.
 */
import type { MeterView } from '#lib/offline/types.ts';

type Stop = Pick<MeterView, 'meterId' | 'state'>;

const hasReading = ({ state }: Stop): boolean => state === 'read' || state === 'doubt';

export class TakenMeters {
  /** The listener adds a meter before its reading is written; only a change takes one out. */
  readonly ids: Set<number>;
  readonly #read: Set<number>;

  constructor(meters: readonly Stop[]) {
    this.ids = new Set(meters.filter(hasReading).map(({ meterId }) => meterId));
    this.#read = new Set(this.ids);
  }

  /** Takes over the round's new state; returns the meters whose reading was taken back. */
  follow(meters: readonly Stop[]): readonly number[] {
    const gone: number[] = [];
    for (const stop of meters) {
      const { meterId } = stop;
      if (hasReading(stop)) {
        this.#read.add(meterId);
        this.ids.add(meterId);
      } else if (this.#read.delete(meterId)) {
        this.ids.delete(meterId);
        gone.push(meterId);
      }
    }
    return gone;
  }
}
