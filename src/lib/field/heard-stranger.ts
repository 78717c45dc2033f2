/**
 * What was heard of one stranger's meter, and how a second telegram adds to the first. Apart from
 * strangers.ts: the app keeps the list from its first page on, decoders come with the receiver.
 */
import type { Instant } from '#lib/base/interval.ts';
import type { Resource } from '#lib/domain/resource.ts';

export type HeardStranger = {
  /** Eight hex digits. */
  readonly radioId: string;
  readonly manufacturer: string;
  /** Null when the meter calls itself something that no round reads. */
  readonly resource: Resource | null;
  /** Decimal text in the unit of the resource's total register; null when it was not in clear. */
  readonly value: string | null;
  /** The telegram of `value`, base64. */
  readonly raw: string | null;
  readonly at: Instant;
  readonly rssiDbm: number | null;
  readonly count: number;
};

/** A telegram that says nothing takes nothing away from what an earlier one said. */
export const hearAgain = (before: HeardStranger, now: HeardStranger): HeardStranger => ({
  ...now,
  resource: now.resource ?? before.resource,
  ...(now.value === null && { value: before.value, raw: before.raw }),
  rssiDbm: now.rssiDbm ?? before.rssiDbm,
  count: before.count + 1,
});
