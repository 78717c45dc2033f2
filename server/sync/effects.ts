/**
 * What newly stored events do beyond the log: stops of rounds move, readings are taken in. Pure
 * translation; service.ts runs it inside the push's transaction.
 */
import { fromBase64 } from '#lib/base/bytes.ts';
import type { CollectorRead } from '#lib/contract/collector-read.ts';
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import type { FieldEvent, ReadingCaptured } from '#lib/contract/fieldsync.ts';
import type { SafetyConfirmed } from '#lib/contract/safety.ts';
import type { MeterUnknown } from '#lib/contract/unknown-meter.ts';
import type { IngestBatch, IngestRow } from '#server/ingest/types.ts';
import type { ToldFound } from '#server/registry/found-meters.ts';
import { capturedAt } from './judge.ts';
import type { StopChange } from './facts-store.ts';
import type { NewNote, NewSafety } from './note-store.ts';

export type Effects = {
  readonly stops: readonly StopChange[];
  /** Captures taken back by a later event. */
  readonly voided: readonly string[];
  /** Events that change more than the log: readings, exchanges, results of orders. */
  readonly taken: readonly FieldEvent[];
  /** Events that are too large to be taken in before the phone has its answer. */
  readonly later: readonly string[];
  readonly notes: readonly NewNote[];
  readonly safety: readonly NewSafety[];
  /** Meters that are on no list. */
  readonly found: readonly ToldFound[];
};

const TAKEN_IN: readonly string[] = ['reading.captured', 'meter.exchanged', 'order.done'];

/** `events` are stored (not quarantined) ones, in order of n. */
export function effectsOf(events: readonly FieldEvent[], now: number): Effects {
  const voided = events.flatMap((event) =>
    event.type === 'reading.voided' ? [String(event.body['eventId'])] : [],
  );
  const gone = new Set(voided);
  const lasting = events.filter((event) => !gone.has(event.id));
  return {
    stops: lasting.flatMap((event) => stopOf(event, now)),
    voided,
    taken: lasting.filter((event) => TAKEN_IN.includes(event.type)),
    later: lasting.flatMap(({ type, id }) => (type === 'collector.read' ? [id] : [])),
    notes: lasting.flatMap((event) => noteOf(event, now)),
    safety: lasting.flatMap((event) => safetyOf(event, now)),
    found: lasting.flatMap((event) => foundOf(event, now)),
  };
}

function stopOf(event: FieldEvent, now: number): StopChange[] {
  if (event.type === 'collector.read') return collectedStop(event, now);
  const { roundId, meterId, exchangeId, source } = event.body as Partial<ReadingCaptured>;
  if (typeof roundId !== 'number' || typeof meterId !== 'number') return [];
  const state = stateAfter(event);
  const via = exchangeId === undefined ? {} : { exchangeId };
  const visit = { at: capturedAt(event, now), by: event.user, source: source ?? null };
  return state ? [{ roundId, meterId, state, eventId: event.id, ...visit, ...via }] : [];
}

/** A collector reads only what nobody read at the meter itself: eyes come before memory. */
function collectedStop(event: FieldEvent, now: number): StopChange[] {
  const { roundId, meterId, due } = event.body as CollectorRead;
  if (roundId === null || meterId === null || due === null) return [];
  const visit = { at: capturedAt(event, now), by: event.user, source: 'concentrator' };
  return [{ roundId, meterId, state: 'read', eventId: event.id, onlyUnread: true, ...visit }];
}

/** What was written about a known meter; photographs by their names, when there are any. */
function noteOf(event: FieldEvent, now: number): NewNote[] {
  const { meterId, note, photos } = event.body;
  if (event.type !== 'meter.note' || typeof meterId !== 'number') return [];
  if (typeof note !== 'string' || note === '') return [];
  const names = Array.isArray(photos) ? photos.filter((one) => typeof one === 'string') : [];
  const at = capturedAt(event, now);
  return [{ eventId: event.id, meterId, userId: event.user, at, text: note, photos: names }];
}

/** An exchange carries its own checklist: confirmed before live work like any other. */
function safetyOf(event: FieldEvent, now: number): NewSafety[] {
  const base = { eventId: event.id, userId: event.user, at: capturedAt(event, now) };
  if (event.type === 'safety.confirmed') {
    const { roundId, meterId, work, points } = event.body as SafetyConfirmed;
    return [{ ...base, roundId, meterId, work, points }];
  }
  if (event.type !== 'meter.exchanged') return [];
  const { roundId, meterId, checklist } = event.body as MeterExchanged;
  return checklist.length === 0
    ? []
    : [{ ...base, roundId, meterId, work: 'exchange', points: checklist }];
}

function foundOf(event: FieldEvent, now: number): ToldFound[] {
  if (event.type !== 'meter.unknown') return [];
  const { id, user, body } = event;
  return [{ id, userId: user, at: capturedAt(event, now), body: body as MeterUnknown }];
}

function stateAfter({ type, body }: FieldEvent): StopChange['state'] | null {
  if (type === 'access.failed') return 'cannot';
  if (type === 'meter.exchanged') return isStopRead(body as MeterExchanged) ? 'read' : null;
  if (type !== 'reading.captured') return null;
  const { flags, confirmed } = body as Partial<ReadingCaptured>;
  return (flags?.length ?? 0) > 0 && !confirmed ? 'doubt' : 'read';
}

/** A radio nobody heard yet is still to be read; otherwise the start value is the reading. */
export const isStopRead = ({ new: meter, firstTelegram }: MeterExchanged): boolean =>
  meter.radioId === null || firstTelegram.at !== null;

/** One batch of the ingest; the key names exactly these events of this device. */
export function batchOf(
  events: readonly FieldEvent[],
  device: string,
  rows: readonly IngestRow[],
): IngestBatch {
  const [first, last] = [events[0]!, events.at(-1)!];
  const resident = events.every((event) => event.body['source'] === 'resident');
  return {
    source: { kind: resident ? 'resident' : 'field-app', name: device },
    sourceKey: `${first.epoch}/${first.n}-${last.n}/${events.length}`,
    rows,
  };
}

/** `meterId` is the meter that was really read, see `exchangeId` of contract/fieldsync.ts. */
export function rowOf(event: FieldEvent, meterId: number, now: number): IngestRow {
  const body = event.body as ReadingCaptured;
  const raw = body.raw === null ? null : fromBase64(body.raw);
  return {
    meterId,
    register: body.register,
    value: body.value,
    at: capturedAt(event, now),
    source: body.source,
    raw: raw?.ok ? raw.value : null,
    eventId: event.id,
    userId: event.user,
    confirmed: body.confirmed,
  };
}

/** What a collector kept, in order of time; nothing of it has bytes that could be decoded again. */
export const collectedRows = (event: FieldEvent, meterId: number): readonly IngestRow[] =>
  (event.body as CollectorRead).registers.flatMap(({ register, values }) =>
    values.map(([at, value]): IngestRow => ({
      ...{ meterId, register, value, at, source: 'concentrator' },
      ...{ raw: null, eventId: event.id, userId: event.user },
    })),
  );

/** A batch of its own: the chain of evidence names the collector, the key names the event. */
export const collectedBatch = (
  event: FieldEvent,
  about: Pick<IngestBatch, 'rows' | 'rejects'>,
): IngestBatch => ({
  source: {
    kind: 'concentrator',
    name: (event.body as CollectorRead).collector.serial || 'unnamed',
  },
  sourceKey: event.id,
  ...about,
});
