/**
 * What newly stored events do beyond the log: stops of rounds move, readings are taken in. Pure
 * translation; service.ts runs it inside the push's transaction.
 */
import { fromBase64 } from '#lib/base/bytes.ts';
import type { ReadingCaptured } from '#lib/contract/fieldsync.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import type { IngestBatch, IngestRow } from '#server/ingest/types.ts';
import { capturedAt } from './judge.ts';
import type { StopChange } from './facts-store.ts';

export type Effects = {
  readonly stops: readonly StopChange[];
  /** Captures taken back by a later event. */
  readonly voided: readonly string[];
  /** Events whose reading goes to the ingest. */
  readonly readings: readonly FieldEvent[];
};

/** `events` are stored (not quarantined) ones, in order of n. */
export function effectsOf(events: readonly FieldEvent[]): Effects {
  const voided = events.flatMap((event) =>
    event.type === 'reading.voided' ? [String(event.body['eventId'])] : [],
  );
  const gone = new Set(voided);
  const lasting = events.filter((event) => !gone.has(event.id));
  return {
    stops: lasting.flatMap(stopOf),
    voided,
    readings: lasting.filter((event) => event.type === 'reading.captured'),
  };
}

function stopOf(event: FieldEvent): StopChange[] {
  const { roundId, meterId, flags, confirmed } = event.body as Partial<ReadingCaptured>;
  if (typeof roundId !== 'number' || typeof meterId !== 'number') return [];
  const doubt = (flags?.length ?? 0) > 0 && !confirmed;
  const state =
    event.type === 'access.failed'
      ? 'cannot'
      : event.type === 'reading.captured'
        ? doubt
          ? 'doubt'
          : 'read'
        : null;
  return state ? [{ roundId, meterId, state, eventId: event.id }] : [];
}

/** One batch of the ingest for `events`; the key names exactly these events of this device. */
export function batchOf(
  events: readonly FieldEvent[],
  { device, now }: { device: string; now: number },
): IngestBatch {
  const [first, last] = [events[0]!, events.at(-1)!];
  const resident = events.every((event) => event.body['source'] === 'resident');
  return {
    source: { kind: resident ? 'resident' : 'field-app', name: device },
    sourceKey: `${first.epoch}/${first.n}-${last.n}/${events.length}`,
    rows: events.map((event) => rowOf(event, now)),
  };
}

function rowOf(event: FieldEvent, now: number): IngestRow {
  const body = event.body as ReadingCaptured;
  const raw = body.raw === null ? null : fromBase64(body.raw);
  return {
    meterId: body.meterId,
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
