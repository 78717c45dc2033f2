/**
 * Body of `meter.unknown`: a reader stands before a meter that is on no list (F8).
 *
 * It knows shapes; server/registry/found-meters.ts knows what becomes of it. The desk decides, the
 * phone only tells what was seen. Values are decimal text in the unit of the resource's total
 * register (TOTAL_REGISTER of lib/domain); a change of shape changes schema-hash.test.ts.
 */
import { z } from 'zod/mini';
import { RESOURCES } from '#lib/domain/resource.ts';
import { ZSha256 } from './fieldsync.ts';
import { ZDecimalText, ZMeterSerial } from './registry.ts';

/** PostgreSQL keeps no NUL, and an int4 no more than this. */
const words = (most: number) => z.string().check(z.maxLength(most), z.regex(/^[^\0]*$/));
const ZKey = z.int().check(z.gte(1), z.lte(2 ** 31 - 1));

export const ZMeterUnknown = z.object({
  roundId: z.nullable(ZKey),
  /** As printed; null when the plate cannot be read, then a photograph says more. */
  serial: z.nullable(ZMeterSerial),
  radioId: z.nullable(z.string().check(z.regex(/^[0-9A-F]{8}$/))),
  resource: z.enum(RESOURCES),
  /** A meter of the round that hangs at the same place; null when the place is told in words. */
  besideId: z.nullable(ZKey),
  /** What the reader calls the place. */
  place: words(200),
  /** Cells of the dial before and after the comma. */
  digits: z.int().check(z.gte(3), z.lte(9)),
  decimals: z.int().check(z.gte(0), z.lte(5)),
  /** The first reading; null when nothing could be read. */
  value: z.nullable(ZDecimalText),
  source: z.enum(['typed', 'radio']),
  /** The telegram of which the value was heard (base64). */
  raw: z.nullable(z.string().check(z.maxLength(2000))),
  note: z.nullable(words(500)),
  photos: z.array(ZSha256).check(z.maxLength(4)),
});
export type MeterUnknown = z.infer<typeof ZMeterUnknown>;

/** `withdrawn`: the reader took it back before anybody decided. */
export const FOUND_STATES = ['open', 'known', 'entered', 'not-ours', 'withdrawn'] as const;
export type FoundState = (typeof FOUND_STATES)[number];
