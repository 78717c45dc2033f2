/**
 * Which well-formed events a person has to look at before they count (I7, I8).
 *
 * It knows the reasons and their order; facts are given to it. Nothing here refuses an event: the
 * worst verdict is "kept, but not counted until someone looked". Pure.
 */
import { z } from 'zod/mini';
import { parseDecimal } from '#lib/base/decimal.ts';
import { MINUTE_MS } from '#lib/base/interval.ts';
import {
  EVENT_TYPES,
  ZAccessFailed,
  ZReadingCaptured,
  ZReadingVoided,
  type EventType,
  type FieldEvent,
} from '#lib/contract/fieldsync.ts';
import { ZCollectorRead } from '#lib/contract/collector-read.ts';
import { ZMeterExchanged } from '#lib/contract/exchange.ts';
import { ZOrderDone } from '#lib/contract/orders.ts';
import { ZSafetyConfirmed } from '#lib/contract/safety.ts';
import { ZMeterUnknown } from '#lib/contract/unknown-meter.ts';
import type { ArrivedEvent } from '#lib/contract/decode-push.ts';
import { deedFault, NO_DEEDS, type DeedFacts } from './judge-deeds.ts';
import type { Verdict } from './reducer.ts';

/** I8: a clock that is further off than this makes the time of a capture doubtful. */
export const CLOCK_LIMIT_MS = 10 * MINUTE_MS;

export type Facts = {
  readonly now: number;
  /** Who is signed in and sends. */
  readonly callerId: string;
  readonly deviceRevoked: boolean;
  /** Meters of this organisation that the sender may give readings of. */
  readonly allowedMeters: ReadonlySet<number>;
  /** Meters of this organisation. */
  readonly knownMeters: ReadonlySet<number>;
  /** Rounds that are open and assigned to the sender. */
  readonly openRounds: ReadonlySet<number>;
  /** `roundId/meterId` of stops that collectors name; absent when the push names none. */
  readonly collectedStops?: ReadonlySet<string>;
  /** For exchanges and orders; absent when the push names none. */
  readonly deeds?: DeedFacts;
};

const ZNote = z.object({ meterId: z.optional(z.nullable(z.int())) });
const BODIES: Readonly<Record<EventType, z.core.$ZodType>> = {
  'reading.captured': ZReadingCaptured,
  'reading.voided': ZReadingVoided,
  'access.failed': ZAccessFailed,
  'meter.note': ZNote,
  'meter.unknown': ZMeterUnknown,
  'meter.exchanged': ZMeterExchanged,
  'order.done': ZOrderDone,
  'safety.confirmed': ZSafetyConfirmed,
  'collector.read': ZCollectorRead,
};

/**
 * Reasons: `unknown-type`, `bad-body`, `other-user`, `device-revoked`, `unknown-meter`,
 * `not-allowed`, `closed-round`, those of judge-deeds.ts; `clock-suspect` is stored and counts,
 * with a mark.
 */
export function judge(facts: Facts, { event }: ArrivedEvent): Verdict {
  if (!event) return { reason: 'unreadable' };
  const reason =
    bodyFault(event) ??
    senderFault(facts, event) ??
    scopeFault(facts, event) ??
    deedFault(facts.deeds ?? NO_DEEDS, event) ??
    clockFault(facts, event);
  return { reason };
}

function bodyFault(event: FieldEvent): string | null {
  if (!EVENT_TYPES.includes(event.type as EventType)) return 'unknown-type';
  if (!z.safeParse(BODIES[event.type as EventType], event.body).success) return 'bad-body';
  const value = event.body['value'];
  if (event.type !== 'reading.captured') return null;
  return parseDecimal(String(value)).ok ? null : 'bad-body';
}

function senderFault(facts: Facts, event: FieldEvent): string | null {
  // I11: kept and attributed to who captured it; a colleague's word alone does not make it count.
  if (event.user !== facts.callerId) return 'other-user';
  return facts.deviceRevoked ? 'device-revoked' : null;
}

function scopeFault(facts: Facts, event: FieldEvent): string | null {
  const { meterId, roundId } = event.body as { meterId?: unknown; roundId?: unknown };
  if (typeof meterId === 'number') {
    if (!facts.knownMeters.has(meterId)) return 'unknown-meter';
    const onRound =
      typeof roundId === 'number' &&
      facts.openRounds.has(roundId) &&
      isOwnStop(facts, event, `${roundId}/${meterId}`);
    if (!onRound && !facts.allowedMeters.has(meterId)) return 'not-allowed';
  }
  return typeof roundId === 'number' && !facts.openRounds.has(roundId) ? 'closed-round' : null;
}

/** A collector knows more houses than the round has: each of its meters must be on the round. */
const isOwnStop = (facts: Facts, { type }: FieldEvent, stop: string): boolean =>
  type !== 'collector.read' || (facts.collectedStops?.has(stop) ?? false);

function clockFault(facts: Facts, event: FieldEvent): string | null {
  const wall = Date.parse(event.at.wall);
  const offset = event.at.offsetMs ?? 0;
  const ahead = !Number.isFinite(wall) || wall + offset > facts.now + CLOCK_LIMIT_MS;
  return ahead || Math.abs(offset) > CLOCK_LIMIT_MS ? 'clock-suspect' : null;
}

/** Best estimate of when it happened: the phone's clock, put right by the last known difference. */
export function capturedAt(event: FieldEvent, now: number): number {
  const wall = Date.parse(event.at.wall) + (event.at.offsetMs ?? 0);
  return Number.isFinite(wall) ? Math.min(wall, now) : now;
}
