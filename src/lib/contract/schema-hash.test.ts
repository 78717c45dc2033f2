import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';
import { z } from 'zod/mini';
import { fromUtf8, toHex } from '#lib/base/bytes.ts';
import { canonicalJson } from './canonical.ts';
import { PROTO, ZEvent, ZPull, ZPullAnswer, ZPush, ZPushAnswer } from './fieldsync.ts';
import { ROUND_VERSION, ZRoundMeter, ZRoundPackage } from './round.ts';
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
  round: {
    ...{ 1: 'd34f5a5ab299572a', 2: 'fe3eeec24c24ea96', 3: '42bdadfa73cf450a' },
    ...{ 4: 'f0aa0cffa96bd69b' },
  },
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

/** What a server of version 1 sends: a phone that is newer than its server reads it. */
const PACKAGE_1 = {
  ...{ roundId: 1, name: 'A', house: 'A', dueOn: '2026-11-26', status: 'planned' },
  ...{ keysValidTo: 1, senderKey: null },
  meters: [
    {
      ...{ meterId: 1, pointId: 2, sequence: 1, resource: 'cold-water', serial: '1' },
      ...{ manufacturer: null, radioId: null, protocol: 'none', flat: '1', entrance: null },
      ...{ floor: null, address: 'A', hint: null, register: 10, digits: 5, decimals: 3 },
      ...{ history: [[1, '2']], usualPerDay: null, state: 'ahead', wrappedKey: null },
    },
  ],
};

test('a package of the version before is read, and a newer one by a phone of that version', () => {
  expect(z.parse(ZRoundPackage, PACKAGE_1)).toEqual(PACKAGE_1);
  // The shape of version 1 is this one without what came after it; unknown facts are passed over.
  const later = { parentPointId: true, feeds: true, card: true, houseId: true } as const;
  const ZBefore = z.omit(ZRoundMeter, later);
  const card = { model: null, verificationDueOn: null, seals: ['1'], notes: [], photo: null };
  const newer = { ...PACKAGE_1.meters[0], parentPointId: 3, feeds: null, card, houseId: 9 };
  expect(z.parse(ZRoundMeter, newer)).toEqual(newer);
  expect(z.parse(ZBefore, newer)).toEqual(PACKAGE_1.meters[0]);
});

test('a changed shape has another hash', () => {
  const before = z.object({ a: z.int() });
  expect(shape(before)).not.toBe(shape(z.object({ a: z.optional(z.int()) })));
  expect(shape(before)).not.toBe(shape(z.object({ b: z.int() })));
});
