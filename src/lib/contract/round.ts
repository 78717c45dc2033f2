/**
 * What a phone holds to walk a round without a network: the meters, where they hang, what they
 * showed before, and sealed keys. Knows no table and no screen. Client and server import it; a
 * change of shape changes the contract's hash (schema-hash.test.ts) and needs a new version.
 */
import { z } from 'zod/mini';
import { RESOURCES } from '#lib/domain/resource.ts';

/** Raised with every change of shape; schema-hash.test.ts holds it. */
export const ROUND_VERSION = 4;

/** What a reader wants to know of a meter before he opens the niche. */
export const ZMeterCard = z.object({
  model: z.nullable(z.string()),
  /** YYYY-MM-DD */
  verificationDueOn: z.nullable(z.string()),
  seals: z.array(z.string()),
  /** Last notes of earlier visits, newest first: [instant ms, text, who]. */
  notes: z.array(z.tuple([z.number(), z.string(), z.nullable(z.string())])),
  /** The newest photograph of the place (its SHA-256), fetched while there is a network. */
  photo: z.nullable(z.string()),
});
export type MeterCard = z.infer<typeof ZMeterCard>;

export const ZRoundMeter = z.object({
  meterId: z.int(),
  pointId: z.int(),
  sequence: z.int(),
  resource: z.enum(RESOURCES),
  serial: z.string(),
  manufacturer: z.nullable(z.string()),
  /** Eight hex digits of the radio address; null when the meter has no radio. */
  radioId: z.nullable(z.string()),
  protocol: z.string(),
  /** "кв. 43", "2", "5": flat, entrance and floor as words for the person. */
  flat: z.nullable(z.string()),
  entrance: z.nullable(z.string()),
  floor: z.nullable(z.int()),
  address: z.string(),
  hint: z.nullable(z.string()),
  /** Register catalogue id of the total that the round reads, with its dial. */
  register: z.int(),
  digits: z.int(),
  decimals: z.int(),
  /** Up to 13 last values, newest first: [instant ms, integer in register scale]. */
  history: z.array(z.tuple([z.number(), z.string()])),
  /** Usual use per day, 10th and 90th percentile, integers in register scale; null when unknown. */
  usualPerDay: z.nullable(z.tuple([z.string(), z.string()])),
  /** What the server knows of this stop: ahead | read | doubt | cannot. */
  state: z.enum(['ahead', 'read', 'doubt', 'cannot']),
  /** AES key wrapped for this device (base64), see offline/keyring.ts; null when none. */
  wrappedKey: z.nullable(z.string()),
  /** Point of the common meter that feeds this one; absent from servers of version 1. */
  parentPointId: z.optional(z.nullable(z.int())),
  /** Of a common meter: how many points with a meter it feeds, on this round or not. */
  feeds: z.optional(z.nullable(z.int())),
  /** Absent from servers of version 1 and 2. */
  card: z.optional(ZMeterCard),
  /** The house of `houses` this stop lies in; absent from servers of version 1 to 3. */
  houseId: z.optional(z.int()),
});
export type RoundMeter = z.infer<typeof ZRoundMeter>;

/** Position in millionths of a degree (WGS 84); null = nobody has set it. */
export const ZRoundHouse = z.object({
  houseId: z.int(),
  address: z.string(),
  latUdeg: z.nullable(z.int()),
  lonUdeg: z.nullable(z.int()),
});
export type RoundHouse = z.infer<typeof ZRoundHouse>;

export const ZRoundPackage = z.object({
  roundId: z.int(),
  name: z.string(),
  house: z.string(),
  dueOn: z.string(),
  status: z.string(),
  /** After this instant the wrapped keys are refused. */
  keysValidTo: z.number(),
  /** Server's one-time P-256 point (base64) the keys were wrapped with; null without keys. */
  senderKey: z.nullable(z.string()),
  meters: z.array(ZRoundMeter),
  /** Houses in walking order; absent from servers of version 1 to 3. */
  houses: z.optional(z.array(ZRoundHouse)),
});
export type RoundPackage = z.infer<typeof ZRoundPackage>;
