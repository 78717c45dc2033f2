/**
 * fieldsync/1: how captured evidence leaves a phone (docs/adr on fieldsync/1).
 *
 * Events are append-only and numbered densely per (device, epoch); each carries the hash of the one
 * before it. The server answers every event with a signed receipt, whatever it thinks of the
 * content. Client and server import these shapes; nothing else defines them.
 */
import { z } from 'zod/mini';
import { SOURCES } from '#lib/domain/reading.ts';

export const PROTO = 1;
export const PUSH_LIMIT = 500;

export const ZSha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
export const ZUuid = z.string().check(z.regex(/^[0-9a-f-]{36}$/));

export const EVENT_TYPES = [
  'reading.captured',
  'reading.voided',
  'access.failed',
  'meter.note',
  'meter.unknown',
  'meter.exchanged',
  'order.done',
  'safety.confirmed',
  'collector.read',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Body of `reading.captured`; `raw` is the telegram or readout as received (base64). */
export const ZReadingCaptured = z.object({
  roundId: z.nullable(z.int()),
  meterId: z.int(),
  register: z.int(),
  /** Decimal text in the register's unit, e.g. "1204.317". */
  value: z.string(),
  source: z.enum(SOURCES),
  raw: z.nullable(z.string()),
  /** Verdict codes of lib/vee the phone showed, e.g. ["too-high"]. */
  flags: z.array(z.string()),
  /** The person confirmed a doubtful value: "I looked twice". */
  confirmed: z.boolean(),
  photos: z.array(ZSha256),
  /**
   * Event `meter.exchanged` by which this reading is the new meter's: a phone without a network
   * does not know its number yet, and `meterId` still names the one taken off.
   */
  exchangeId: z.optional(ZUuid),
});
export type ReadingCaptured = z.infer<typeof ZReadingCaptured>;

export const ZReadingVoided = z.object({ eventId: ZUuid, reason: z.string() });
export const ZAccessFailed = z.object({
  roundId: z.nullable(z.int()),
  meterId: z.int(),
  /** nobody-home | refused | locked | dog | flooded | no-meter | broken-glass | seal-broken | … */
  reason: z.string(),
  note: z.nullable(z.string()),
  photos: z.array(ZSha256),
  /** A card with the telephone number of the office hangs at the door. */
  cardLeft: z.optional(z.boolean()),
  /** The day on which the reader means to come again, civil date of the organisation. */
  nextVisitOn: z.optional(z.nullable(z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/)))),
});
export type AccessFailed = z.infer<typeof ZAccessFailed>;

export const ZEventTime = z.object({
  /** Wall clock of the phone with its offset, ISO 8601. */
  wall: z.string(),
  /** Monotonic milliseconds since `boot`. */
  mono: z.number(),
  boot: ZUuid,
  lastServer: z.nullable(z.string()),
  offsetMs: z.nullable(z.number()),
});

export const ZEvent = z.object({
  id: ZUuid,
  n: z.int(),
  epoch: ZUuid,
  prev: ZSha256,
  hash: ZSha256,
  v: z.literal(1),
  type: z.string(),
  user: z.string(),
  at: ZEventTime,
  body: z.record(z.string(), z.unknown()),
});
export type FieldEvent = z.infer<typeof ZEvent>;

/** How the phone is; a push without events carries it alone. */
export const ZBeat = z.object({
  oldestUnsentAt: z.nullable(z.number()),
  freeBytes: z.nullable(z.number()),
  persisted: z.nullable(z.boolean()),
  clockOffsetMs: z.nullable(z.number()),
});
export type Beat = z.infer<typeof ZBeat>;

export const ZPush = z.object({
  proto: z.literal(PROTO),
  device: ZUuid,
  epoch: ZUuid,
  /** Highest n of `epoch` on the phone: with `hw` it proves how many are lost (I12). */
  capturedN: z.int(),
  appVersion: z.string(),
  events: z.array(ZEvent).check(z.maxLength(PUSH_LIMIT)),
  beat: z.optional(ZBeat),
});
export type Push = z.infer<typeof ZPush>;

export const ZReceipt = z.object({
  n: z.int(),
  id: ZUuid,
  hash: ZSha256,
  serverSeq: z.string(),
  result: z.enum(['stored', 'duplicate', 'quarantined']),
  reason: z.optional(z.string()),
  /** Ed25519 over `receiptText`, base64. */
  sig: z.string(),
});
export type Receipt = z.infer<typeof ZReceipt>;

export const ZPushAnswer = z.object({
  proto: z.literal(PROTO),
  serverTime: z.string(),
  serverEpoch: ZUuid,
  /** Highest n such that 1..n of this epoch are all stored. */
  hw: z.int(),
  receipts: z.array(ZReceipt),
  /** Present when a gap was found: send again from here. */
  expect: z.optional(z.int()),
  fork: z.optional(z.literal(true)),
});
export type PushAnswer = z.infer<typeof ZPushAnswer>;

export const ZPull = z.object({
  proto: z.literal(PROTO),
  device: ZUuid,
  scope: z.array(z.string()),
  cursor: z.nullable(z.string()),
  limit: z.int(),
});
export type Pull = z.infer<typeof ZPull>;

export const ZPullAnswer = z.object({
  proto: z.literal(PROTO),
  changes: z.array(
    z.object({
      seq: z.string(),
      op: z.enum(['put', 'tomb', 'scope-remove']),
      kind: z.string(),
      id: z.string(),
      rev: z.string(),
      data: z.optional(z.unknown()),
    }),
  ),
  cursor: z.string(),
  more: z.boolean(),
  reset: z.optional(z.boolean()),
});
export type PullAnswer = z.infer<typeof ZPullAnswer>;

/** A phone says hello: `publicKey` is its uncompressed P-256 point in base64 (keys are wrapped). */
export const ZDeviceRegistration = z.object({
  proto: z.literal(PROTO),
  device: ZUuid,
  publicKey: z.string().check(z.regex(/^[A-Za-z0-9+/]{87}=$/)),
  name: z.nullable(z.string().check(z.maxLength(100))),
  /** The phone's data key wrapped for the organisation (contract/sealed.ts); kept once. */
  dataKey: z.optional(z.string().check(z.regex(/^[A-Za-z0-9+/]{167}=$/))),
});
export type DeviceRegistration = z.infer<typeof ZDeviceRegistration>;

/** What another phone of the same person counted and the server never got (I12). */
export const ZOpenPhone = z.object({
  device: ZUuid,
  captured: z.int(),
  stored: z.int(),
  lastBeatAt: z.nullable(z.number()),
});
export const ZDeviceAnswer = z.object({
  proto: z.literal(PROTO),
  device: ZUuid,
  /** The organisation's P-256 point (base64) for which data keys are wrapped. */
  orgKey: z.optional(z.string()),
  open: z.optional(z.array(ZOpenPhone)),
});
export type DeviceAnswer = z.infer<typeof ZDeviceAnswer>;
export const ZKeyAnswer = z.object({ proto: z.literal(PROTO), key: z.string() });
/** Where an upload stands: send from `offset`; `complete` once the whole sha256 was recomputed. */
export const ZPhotoAnswer = z.object({
  proto: z.literal(PROTO),
  offset: z.int(),
  complete: z.boolean(),
});
/** Photos travel in pieces of this size, so that a cut costs one piece. */
export const PHOTO_CHUNK_BYTES = 256 * 1024;

/** The bytes a receipt's signature covers; one line, fixed order, no JSON ambiguity. */
export const receiptText = (device: string, epoch: string, r: Omit<Receipt, 'sig'>): string =>
  `kilter-receipt/1|${device}|${epoch}|${r.n}|${r.id}|${r.hash}|${r.serverSeq}|${r.result}`;
