/**
 * Meters that are heard and stand on no row of the round: what may be said of one without a key.
 *
 * Strangers are only counted unless the reader switched the catch-all on (docs/adr/0034); then
 * listen.ts asks here about each telegram. It knows telegrams; it keeps nothing.
 */
import { toBase64 } from '#lib/base/bytes.ts';
import type { Instant } from '#lib/base/interval.ts';
import { RESOURCE_OF_DEVICE_TYPE, type Resource } from '#lib/domain/resource.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';
import { peekAddress } from '#lib/meters/wmbus/peek.ts';
import { isReadable } from '#lib/meters/wmbus/readable.ts';
import { normaliseRecords } from '#lib/meters/normalise.ts';
import { registerText } from './dial.ts';
import type { HeardTelegram } from './radio-book.ts';
import { roundRegister } from './round-register.ts';

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

/** Null when the bytes are no whole telegram. */
export function hearStranger({ bytes, at, rssiDbm }: HeardTelegram): HeardStranger | null {
  const peek = peekAddress(bytes);
  if (!peek) return null;
  const { id, manufacturer, type } = peek.device;
  const resource = RESOURCE_OF_DEVICE_TYPE[type] ?? null;
  const units = resource === null ? null : clearValue(bytes, resource, type);
  return {
    radioId: id,
    manufacturer,
    resource,
    value: units === null ? null : registerText(TOTAL_REGISTER[resource!], units),
    raw: units === null ? null : toBase64(bytes),
    at,
    rssiDbm,
    count: 1,
  };
}

/** A telegram that says nothing takes nothing away from what an earlier one said. */
export const hearAgain = (before: HeardStranger, now: HeardStranger): HeardStranger => ({
  ...now,
  resource: now.resource ?? before.resource,
  ...(now.value === null && { value: before.value, raw: before.raw }),
  rssiDbm: now.rssiDbm ?? before.rssiDbm,
  count: before.count + 1,
});

function clearValue(bytes: Uint8Array, resource: Resource, type: number): bigint | null {
  const telegram = decodeTelegram(bytes, { keyFor: () => null });
  if (!isReadable(telegram)) return null;
  const { values } = normaliseRecords(telegram.records, type);
  return roundRegister(values, TOTAL_REGISTER[resource]);
}
