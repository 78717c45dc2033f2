/**
 * A visit to a collector as a value: which of its meters are taken, failed or ahead. It goes on
 * where it was after a broken link or a killed app, because everything needed stands in it. Pure;
 * read-out.ts moves it, lib/state keeps it.
 */
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import type { Uuid } from '#lib/base/id.ts';
import type { CollectorRead } from '#lib/contract/collector-read.ts';
import { sameSerial } from '../read-optical.ts';
import type { Collected, ListedMeter } from './plans.ts';

/** `missing`: on the list before, not on it now. Others: plans.ts, or the code of the session. */
export type VisitMeter = ListedMeter & {
  readonly state: 'ahead' | 'done' | 'failed';
  /** Why it failed; empty otherwise. */
  readonly reason: string;
  /** Meter of the round; null when no meter of the phone has this serial. */
  readonly meterId: number | null;
};

export type Visit = {
  readonly id: Uuid;
  readonly roundId: number;
  readonly startedAt: Instant;
  /** Null until the collector answered for the first time. */
  readonly collector: { readonly serial: string; readonly model: string } | null;
  readonly meters: readonly VisitMeter[];
};

/** A meter of the round as far as a collector's list has to be matched with it. */
export type KnownMeter = {
  readonly meterId: number;
  readonly serial: string;
  readonly register: number;
  readonly state: 'ahead' | 'read' | 'doubt' | 'cannot';
};

export const newVisit = (id: Uuid, roundId: number, startedAt: Instant): Visit => ({
  ...{ id, roundId, startedAt },
  collector: null,
  meters: [],
});

/** The one meter with this serial; two that end alike are nobody's, a person has to look. */
export function matching(known: readonly KnownMeter[], serial: string): KnownMeter | null {
  const exact = known.filter((meter) => meter.serial === serial);
  const found = exact.length > 0 ? exact : known.filter((one) => sameSerial(serial, one.serial));
  return found.length === 1 ? found[0]! : null;
}

/** What was taken stays taken, whatever numbers the meters have on the new list. */
export function withList(
  visit: Visit,
  listed: readonly ListedMeter[],
  known: readonly KnownMeter[],
): Visit {
  const before = new Map(visit.meters.map((meter) => [meter.serial, meter]));
  const now = new Map(listed.map((meter) => [meter.serial, meter]));
  const fresh = [...now.values()].map(({ number, serial }): VisitMeter => {
    const old = before.get(serial);
    if (old && old.reason !== 'missing') return { ...old, number };
    const meterId = matching(known, serial)?.meterId ?? null;
    return { number, serial, meterId, state: 'ahead', reason: '' };
  });
  const gone = visit.meters
    .filter(({ serial }) => !now.has(serial))
    .map((meter): VisitMeter =>
      meter.state === 'done' ? meter : { ...meter, state: 'failed', reason: 'missing' },
    );
  return { ...visit, meters: [...fresh, ...gone] };
}

const changed = (
  visit: Visit,
  serial: string,
  to: Pick<VisitMeter, 'state' | 'reason'>,
): Visit => ({
  ...visit,
  meters: visit.meters.map((meter) => (meter.serial === serial ? { ...meter, ...to } : meter)),
});

export const withDone = (visit: Visit, serial: string): Visit =>
  changed(visit, serial, { state: 'done', reason: '' });
export const withFailed = (visit: Visit, serial: string, reason: string): Visit =>
  changed(visit, serial, { state: 'failed', reason });

/** What the outbox holds is taken, even when the app died before the list was written down. */
export function withKept(
  visit: Visit,
  kept: readonly Pick<CollectorRead, 'serial' | 'meterId'>[],
): Visit {
  const unlisted = kept.filter(({ serial }) => !visit.meters.some((one) => one.serial === serial));
  const added = unlisted.map(({ serial, meterId }): VisitMeter => ({
    ...{ serial, meterId, number: NO_NUMBER, state: 'done', reason: '' },
  }));
  const all: Visit = { ...visit, meters: [...visit.meters, ...added] };
  return kept.reduce((now, { serial }) => withDone(now, serial), all);
}

/** The next list says which number the meter has. */
const NO_NUMBER = 0;

/** Those that failed are asked once more. */
export const withRetry = (visit: Visit): Visit => ({
  ...visit,
  meters: visit.meters.map((meter) =>
    meter.state === 'failed' ? { ...meter, state: 'ahead', reason: '' } : meter,
  ),
});

export type VisitProgress = {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly ahead: number;
  /** Taken, but of no meter of the round. */
  readonly unassigned: number;
};

export function progressOf({ meters }: Visit): VisitProgress {
  const of = (state: VisitMeter['state']) => meters.filter((meter) => meter.state === state).length;
  const unassigned = meters.filter(({ state, meterId }) => state === 'done' && meterId === null);
  return {
    total: meters.length,
    ...{ done: of('done'), failed: of('failed'), ahead: of('ahead') },
    unassigned: unassigned.length,
  };
}

/** Older than this a stored reading tells of the past and does not read the round. */
export const FRESH_MS = 2 * DAY_MS;

/**
 * The event of one meter. A stop that is read, or read with a doubt, stays as it is: its history is
 * taken all the same. `at` is the phone's clock, against which the newest value is fresh or old.
 */
export function bodyOf(
  visit: Visit,
  { serial, collected, at }: { serial: string; collected: Collected; at: Instant },
  known: readonly KnownMeter[],
): CollectorRead {
  const meter = matching(known, serial);
  const { registers, events, gaps } = collected;
  return {
    ...{ roundId: visit.roundId, meterId: meter?.meterId ?? null, serial, visit: visit.id },
    collector: visit.collector ?? { serial: '', model: '' },
    due:
      meter && (meter.state === 'ahead' || meter.state === 'cannot')
        ? dueOf(meter.register, collected, at)
        : null,
    registers: registers.map((one) => ({
      register: one.register,
      values: one.values.map(([moment, value]) => [moment, value]),
    })),
    events: events.map(([moment, code]) => [moment, code]),
    gaps: [...gaps],
  };
}

function dueOf(register: number, { registers }: Collected, now: Instant): CollectorRead['due'] {
  const newest = registers.find((one) => one.register === register)?.values.at(-1);
  if (!newest || Math.abs(now - newest[0]) > FRESH_MS) return null;
  return { register, at: newest[0], value: newest[1] };
}
