/**
 * Body of `meter.exchanged`: one meter is taken off a metering point and another one hung (X18).
 *
 * It knows shapes and the codes of reasons; server/exchanges knows what the act does. Additive in
 * fieldsync/1: a server that does not know the type keeps the event for a person (I7). Values are
 * decimal text in the catalogue's unit, instants UTC milliseconds of the phone's clock.
 */
import { z } from 'zod/mini';
import { ZSha256 } from './fieldsync.ts';
import { ZDecimalText, ZMeterSerial } from './registry.ts';

export const EXCHANGE_REASONS = [
  'verification-due',
  'broken',
  'dial-unreadable',
  'leaking',
  'damaged',
  'upgrade',
  'other',
] as const;
export type ExchangeReason = (typeof EXCHANGE_REASONS)[number];

/** Why the old meter's last value is not known: nothing is invented in its place. */
export const UNREADABLE_REASONS = ['display-dead', 'glass-broken', 'meter-gone'] as const;
export const NO_TELEGRAM_REASONS = ['no-receiver', 'not-yet-sending', 'no-radio'] as const;
export const ABSENT_REASONS = ['nobody-home', 'refused', 'common-room'] as const;

const ZCode = z.string().check(z.regex(/^[a-z][a-z-]{1,31}$/));
const ZRegisterValue = z.object({ register: z.int(), value: ZDecimalText });
const ZSeals = z
  .array(z.string().check(z.trim(), z.minLength(1), z.maxLength(32)))
  .check(z.maxLength(8));

/** Path data of one signature in a box of 320 x 120 units: moves and lines only. */
export const ZSignature = z.string().check(z.regex(/^[ML0-9 ]+$/), z.maxLength(6000));
export const SIGNATURE_BOX = { width: 320, height: 120 } as const;

export const ZMeterExchanged = z.object({
  roundId: z.nullable(z.int()),
  /** The meter that was taken off. */
  meterId: z.int(),
  pointId: z.int(),
  /** When the old meter stopped and the new one began. */
  at: z.number(),
  reason: ZCode,
  old: z.object({
    /** Empty only with `unreadable`. */
    registers: z.array(ZRegisterValue).check(z.maxLength(8)),
    photo: z.nullable(ZSha256),
    unreadable: z.nullable(ZCode),
  }),
  new: z.object({
    serial: ZMeterSerial,
    manufacturer: z.nullable(z.string().check(z.regex(/^[A-Z]{3}$/))),
    model: z.nullable(z.string().check(z.maxLength(60))),
    protocol: z.enum(['wmbus', 'iec62056-21', 'mbus', 'dlms', 'pulse', 'none']),
    radioId: z.nullable(z.string().check(z.regex(/^[0-9A-F]{8}$/))),
    /** Where the key comes from (delivery note, key file); never the key itself. */
    keyReference: z.nullable(z.string().check(z.maxLength(60))),
    digits: z.int().check(z.gte(3), z.lte(9)),
    decimals: z.int().check(z.gte(0), z.lte(5)),
    /** Register units a pulse, decimal text; null without a pulse output. */
    pulseWeight: z.nullable(ZDecimalText),
    registers: z.array(ZRegisterValue).check(z.minLength(1), z.maxLength(8)),
    photo: z.nullable(ZSha256),
  }),
  sealsRemoved: ZSeals,
  sealsPlaced: ZSeals,
  /** The new meter's first telegram, or why nobody waited for it. */
  firstTelegram: z.object({ at: z.nullable(z.number()), skipped: z.nullable(ZCode) }),
  signatures: z.object({
    reader: z.nullable(ZSignature),
    resident: z.nullable(ZSignature),
    absent: z.nullable(ZCode),
  }),
  /** Points of the safety checklist that were confirmed before live work (E-36). */
  checklist: z.array(ZCode).check(z.maxLength(12)),
  orderId: z.nullable(z.int()),
  /** Verdicts the phone showed on the old meter's last value. */
  flags: z.array(ZCode).check(z.maxLength(12)),
  confirmed: z.boolean(),
  photos: z.array(ZSha256).check(z.maxLength(8)),
});
export type MeterExchanged = z.infer<typeof ZMeterExchanged>;
