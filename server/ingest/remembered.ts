/**
 * The past that a meter keeps in its own memory, taken out of one visit's bytes (X11): each stored
 * month becomes a reading of its own instant, marked as stored in the meter.
 *
 * It knows the organisation's zone, in which the meter's wall clock is read, and what is already
 * stored: a value that stands at an instant stays, whoever told it, and one that does not fit
 * between its neighbours is left out. The bytes are kept with the visit's reading in any case.
 * Only pipeline.ts calls it.
 */
import type pg from 'pg';
import { addDays, startOfDay, zoneOffsetMs } from '#lib/base/civil.ts';
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { packStatus } from '#lib/domain/reading.ts';
import { readFirstFromEach, readLastBeforeEach, storeReadings } from '#server/readings/service.ts';
import type { NewReading } from '#server/readings/types.ts';
import type { JudgedRow } from './judge.ts';
import { insertOrigins } from './store.ts';

type Where = {
  readonly orgId: number;
  readonly batchId: bigint;
  readonly now: Instant;
  readonly zone: string;
};

/** Meters remember a year or three; older dates are those of a clock that was never set. */
const OLDEST_MS = 5 * 366 * DAY_MS;

/** Returns the readings that are new. */
export async function storeRemembered(
  client: pg.ClientBase,
  where: Where,
  visits: readonly JudgedRow[],
): Promise<readonly NewReading[]> {
  const told = visits.flatMap((visit) =>
    // What reports every hour has its past; looking for it again each time would find nothing.
    visit.quarantine || visit.input.source === 'concentrator'
      ? []
      : pastOf(visit, where.zone).map((reading) => ({ visit, reading })),
  );
  if (told.length === 0) return [];
  const fitting = await thatFit(
    client,
    told.map(({ reading }) => reading),
  );
  const fresh = told.filter((_, i) => fitting[i]);
  const readings = fresh.map(({ reading }) => reading);
  const { outcomes } = await storeReadings(client, readings, where);
  const kept = fresh.filter((_, i) => (outcomes?.[i] ?? 'new') === 'new');
  await insertOrigins(
    client,
    where,
    kept.map(({ visit: { input }, reading: { meterId, register, at } }) => ({
      ...{ meterId, register, at, source: 'stored' as const, verdicts: [] },
      eventId: input.eventId ?? null,
      raw: input.raw ?? null,
      userId: input.userId ?? null,
    })),
  );
  return kept.map(({ reading }) => reading);
}

/** Readings by time, each instant once; one whose memory contradicts itself tells nothing. */
function pastOf({ reading, remembered }: JudgedRow, zone: string): NewReading[] {
  const byInstant = new Map<Instant, bigint>();
  for (const { at: text, value } of remembered) {
    const at = instantOf(text, zone);
    if (at >= reading.at || at < reading.at - OLDEST_MS) continue;
    if (byInstant.has(at) && byInstant.get(at) !== value) return [];
    byInstant.set(at, value);
  }
  const past = [...byInstant].sort(([a], [b]) => a - b);
  const rises = past.every(([, value], i) => value <= (past[i + 1]?.[1] ?? reading.value));
  const { meterId, register } = reading;
  const status = packStatus('measured', 'stored');
  return rises ? past.map(([at, value]) => ({ meterId, register, at, value, status })) : [];
}

/**
 * A time is the wall clock of the organisation. A day without a time means its end, as bills
 * do; the first of a month means its beginning, which is the end of the month before.
 */
export function instantOf(text: string, zone: string): Instant {
  const date = text.slice(0, 10);
  if (text.length === 10) return startOfDay(date.endsWith('-01') ? date : addDays(date, 1), zone);
  const utc = Date.parse(`${text}Z`);
  const guess = utc - zoneOffsetMs(utc, zone);
  return utc - zoneOffsetMs(guess, zone);
}

/** Which readings stand at an instant of their own, between what is known before and after. */
async function thatFit(
  client: pg.ClientBase,
  readings: readonly NewReading[],
): Promise<readonly boolean[]> {
  const before = await readLastBeforeEach(client, readings);
  const after = await readFirstFromEach(client, readings);
  return readings.map(({ at, value }, i) => {
    const [low, high] = [before[i], after[i]];
    return high?.at !== at && (low?.value ?? value) <= value && value <= (high?.value ?? value);
  });
}
