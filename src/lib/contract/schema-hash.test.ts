import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';
import { z } from 'zod/mini';
import { fromUtf8, toHex } from '#lib/base/bytes.ts';
import { canonicalJson } from './canonical.ts';
import { PROTO, ZEvent, ZPull, ZPullAnswer, ZPush, ZPushAnswer } from './fieldsync.ts';
import { ROUND_VERSION, ZRoundPackage } from './round.ts';
import { ZMeterUnknown } from './unknown-meter.ts';

const shape = (...schemas: z.core.$ZodType[]): string =>
  toHex(sha256(fromUtf8(canonicalJson(schemas.map((schema) => z.toJSONSchema(schema))))))
    .toLowerCase()
    .slice(0, 16);

/**
 * Phones that were offline for weeks speak the shapes they were installed with. A change here is a
 * new protocol: raise the version, keep the old decoder, and add a line; never change a line.
 */
const RELEASED = {
  fieldsync: { 1: 'b9f462d492d893b3' },
  round: { 1: 'd34f5a5ab299572a' },
  /** Bodies are version `v` of their event. */
  meterUnknown: { 1: '87ceac96e584191d' },
} as const;

test('the wire shapes are the released ones of their version', () => {
  const sync = shape(ZEvent, ZPush, ZPushAnswer, ZPull, ZPullAnswer);
  expect({ [PROTO]: sync }).toEqual({ [PROTO]: RELEASED.fieldsync[PROTO] });
  const round = shape(ZRoundPackage);
  expect({ [ROUND_VERSION]: round }).toEqual({ [ROUND_VERSION]: RELEASED.round[ROUND_VERSION] });
  expect(shape(ZMeterUnknown)).toBe(RELEASED.meterUnknown[1]);
});

test('a changed shape has another hash', () => {
  const before = z.object({ a: z.int() });
  expect(shape(before)).not.toBe(shape(z.object({ a: z.optional(z.int()) })));
  expect(shape(before)).not.toBe(shape(z.object({ b: z.int() })));
});
