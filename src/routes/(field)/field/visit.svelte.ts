/**
 * A visit in vain while it is told: to which meter, and what beside the reason.
 *
 * The meter is the one the reader stood before when he began: a telegram that comes in between
 * makes another one the next, and must not be given his reason.
 */
import type { AccessFailed } from '#lib/contract/fieldsync.ts';
import type { MeterView } from '#lib/offline/types.ts';

type Visit = Required<Pick<AccessFailed, 'photos' | 'cardLeft' | 'nextVisitOn'>>;

const NO_VISIT: Visit = { photos: [], cardLeft: false, nextVisitOn: null };

export class VisitInVain {
  /** Stays after closing, while the sheet goes. */
  meter = $state.raw<MeterView | null>(null);
  isOpen = $state(false);
  shooting = $state(false);
  told = $state.raw(NO_VISIT);

  begin(meter: MeterView): void {
    this.meter = meter;
    this.told = NO_VISIT;
    this.isOpen = true;
  }

  tell(more: Partial<Visit>): void {
    this.told = { ...this.told, ...more };
  }

  took(sha256: string): void {
    this.tell({ photos: [...this.told.photos, sha256] });
    this.shooting = false;
  }

  end(): void {
    this.isOpen = false;
  }
}
