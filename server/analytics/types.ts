/** The words of the resident's services: a dwelling, its points, its days. */
import type { Instant } from '#lib/base/interval.ts';
import type { Resource } from '#lib/domain/resource.ts';

export type HomeMeterRow = {
  readonly meterId: number;
  readonly serial: string;
  readonly model: string | null;
  readonly protocol: string;
  readonly digits: number;
  readonly decimals: number;
  readonly verificationDueOn: string | null;
  readonly fromAt: Instant;
  readonly toAt: Instant | null;
};

export type HomePoint = {
  readonly pointId: number;
  readonly name: string;
  readonly hint: string | null;
  readonly colour: string | null;
  readonly resource: Resource;
  /** Catalogue row of the total register. */
  readonly register: number;
  /** Oldest first; the last one hangs there now unless its `toAt` is set. */
  readonly meters: readonly HomeMeterRow[];
};

export type HomeFacts = {
  readonly persons: number | null;
  readonly areaM2: number | null;
  readonly compare: boolean;
};

/** One dwelling of the caller and the object (house, hamlet) it is compared in. */
export type HomeScope = {
  readonly placeId: number;
  readonly objectId: number;
  readonly house: string;
  readonly flat: string | null;
  readonly objectType: string;
  readonly householdId: number | null;
  /** Nothing before this may be shown: it belongs to whoever lived here before. */
  readonly sinceAt: Instant;
  readonly facts: HomeFacts;
  /** Null = no consent to hourly profiles. */
  readonly hourlyFrom: Instant | null;
  readonly zone: string;
  readonly currency: string;
  readonly points: readonly HomePoint[];
};

/** A dwelling by name, to choose from. */
export type HomeName = Pick<HomeScope, 'placeId' | 'house' | 'flat'>;

/** Use of civil days, by date. */
export type Days = ReadonlyMap<string, { readonly used: number | null; readonly coverage: number }>;
