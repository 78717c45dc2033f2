/**
 * A tenant's self-installation on its way from the phone to the operator's desk.
 *
 * It knows the draft, what was seen while it proved itself, and the states of a request; it knows
 * no table and no sentence. Server and client import it. Quantities are decimal text in the unit of
 * the dial (m³ or kWh), instants are UTC milliseconds.
 */
import { z } from 'zod/mini';
import { RESOURCES } from '#lib/domain/resource.ts';
import { PROOF_PROBLEMS } from '#lib/domain/install-evidence.ts';

const ZUuid = z.string().check(z.regex(/^[0-9a-f-]{36}$/));
const ZSha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const ZDecimalText = z.string().check(z.regex(/^\d{1,12}([.]\d{1,9})?$/));
/** Letters and digits as printed, without spaces. */
const ZSerial = z.string().check(z.regex(/^[0-9A-Za-z/.-]{2,32}$/));

const ZInput = z.object({
  channel: z.int(),
  pulses: z.int(),
  wireBreak: z.boolean(),
  shortCircuit: z.boolean(),
  magnet: z.boolean(),
});

/** One telegram as the wizard judged it; the server judges again from the same. */
const ZSeen = z.object({
  at: z.number(),
  deviceId: z.string().check(z.maxLength(32)),
  /** Inputs of a pulse module; null for a radio meter. */
  inputs: z.nullable(z.array(ZInput).check(z.maxLength(6))),
  /** Total register of a radio meter in dial units; null for a module. */
  value: z.nullable(z.string().check(z.maxLength(32))),
  /** What the radio meter's type says it measures; absent from phones of before. */
  media: z.optional(z.array(z.enum(RESOURCES)).check(z.maxLength(5))),
  magnet: z.boolean(),
  /** The telegram as received, base64. */
  raw: z.nullable(z.string().check(z.maxLength(1024))),
});
export type InstallSeen = z.infer<typeof ZSeen>;

const ZInstallProof = z.object({
  /** False = sent without proof; `problem` says why. */
  proved: z.boolean(),
  problem: z.nullable(z.enum([...PROOF_PROBLEMS, 'no-receiver'])),
  listenedAt: z.number(),
  openedAt: z.nullable(z.number()),
  closedAt: z.nullable(z.number()),
  pulses: z.nullable(z.int()),
  counted: z.nullable(z.string()),
  dialAfter: z.nullable(ZDecimalText),
  flags: z.array(z.enum(['wire-break', 'short-circuit', 'magnet'])),
  simulated: z.boolean(),
  seen: z.array(ZSeen).check(z.maxLength(200)),
});
export type InstallProof = z.infer<typeof ZInstallProof>;

const ATTACHES = ['pulse', 'radio'] as const;

export const ZInstallDraft = z.object({
  /** Made on the phone once: sending twice changes nothing. */
  id: ZUuid,
  v: z.literal(1),
  placeId: z.int(),
  resource: z.enum(RESOURCES),
  serial: ZSerial,
  serialFrom: z.enum(['barcode', 'photo', 'typed']),
  attach: z.enum(ATTACHES),
  /** Eight hex digits of the meter's radio, or the serial of the pulse module. */
  deviceId: ZSerial,
  /** Input of the pulse module, 1 to 6 (B-19); 1 for a radio meter. */
  channel: z.int().check(z.gte(1), z.lte(6)),
  /** Dial units per pulse. */
  pulseWeight: ZDecimalText,
  start: ZDecimalText,
  digits: z.int().check(z.gte(3), z.lte(9)),
  decimals: z.int().check(z.gte(0), z.lte(5)),
  photos: z.object({
    number: z.nullable(ZSha256),
    dial: z.nullable(ZSha256),
    seal: z.nullable(ZSha256),
  }),
  sealNumber: z.nullable(z.string().check(z.maxLength(40))),
  proof: ZInstallProof,
  /** When each step was left, for the manager and for our own five-minute promise (X12). */
  steps: z.array(z.object({ step: z.string(), at: z.number() })).check(z.maxLength(40)),
  startedAt: z.number(),
  finishedAt: z.number(),
});
export type InstallDraft = z.infer<typeof ZInstallDraft>;

export const INSTALL_STATUSES = ['submitted', 'approved', 'returned'] as const;
export type InstallStatus = (typeof INSTALL_STATUSES)[number];

export const ZPutPhoto = z.object({
  sha256: ZSha256,
  mime: z.enum(['image/jpeg', 'image/png', 'image/webp']),
  /** Base64 of at most 300 kB. */
  body: z.string().check(z.maxLength(410_000)),
});
