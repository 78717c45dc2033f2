/**
 * Meters that are heard and stand on no row of the round: what may be said of one without a key.
 *
 * Strangers are only counted unless the reader switched the catch-all on (docs/adr/0034); then
 * listen.ts asks here about each telegram. It knows telegrams; it keeps nothing.
 */
import { toBase64 } from '#lib/base/bytes.ts';
import { RESOURCE_OF_DEVICE_TYPE, type Resource } from '#lib/domain/resource.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';
import { peekAddress } from '#lib/meters/wmbus/peek.ts';
import { isReadable } from '#lib/meters/wmbus/readable.ts';
import { normaliseRecords } from '#lib/meters/normalise.ts';
import { registerText } from './dial.ts';
import type { HeardStranger } from './heard-stranger.ts';
import type { HeardTelegram } from './radio-book.ts';
import { roundRegister } from './round-register.ts';

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

function clearValue(bytes: Uint8Array, resource: Resource, type: number): bigint | null {
  const telegram = decodeTelegram(bytes, { keyFor: () => null });
  if (!isReadable(telegram)) return null;
  const { values } = normaliseRecords(telegram.records, type);
  return roundRegister(values, TOTAL_REGISTER[resource]);
}
