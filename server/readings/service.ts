/**
 * What other domains may do with readings: store them once, read them from every tier, and read
 * what was used.
 *
 * It knows registers and instants; it knows no protocol, no plausibility and nobody's rights.
 * ingest, analytics, sync and the procedures call it inside a transaction of one organisation.
 */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import { insertCorrection, type Correction } from './correct-store.ts';
import {
  readFirstFrom,
  readLastBefore,
  readRanges,
  registerKey,
  type Edge,
  type Range,
} from './series-store.ts';
import { appendReadings, type AppendBatch } from './store.ts';
import type { AppendResult, NewReading, RegisterKey, StoredReading } from './types.ts';
import { rollUp, type Touched } from './rollup.ts';
import {
  selectHouseUsage,
  selectMeterUsage,
  selectUsualPerDay,
  type HouseUsageRow,
  type MeterUsageRow,
} from './usage-store.ts';

/** Stores readings once; see `appendReadings` in store.ts. */
export const storeReadings = (
  client: pg.ClientBase,
  rows: readonly NewReading[],
  batch: AppendBatch,
): Promise<AppendResult> => appendReadings(client, rows, batch);

/** The readings of one register in `[from, to)` over all tiers, corrections included, by time. */
export async function readSeries(client: pg.ClientBase, range: Range): Promise<StoredReading[]> {
  return (await readRanges(client, [range])).get(registerKey(range)) ?? [];
}

/** The same for many registers at once, by `"meterId/register"`. */
export const readManySeries = (
  client: pg.ClientBase,
  ranges: readonly Range[],
): Promise<Map<string, StoredReading[]>> => readRanges(client, ranges);

/** The last reading of each register before `before`, in order; null where there is none. */
export const readLast = (
  client: pg.ClientBase,
  keys: readonly RegisterKey[],
  before: Instant,
): Promise<(StoredReading | null)[]> =>
  readLastBefore(
    client,
    keys.map((key): Edge => ({ ...key, at: before })),
  );

/** The last trusted reading before each key's own instant, in order. */
export const readLastBeforeEach = (
  client: pg.ClientBase,
  keys: readonly Edge[],
): Promise<(StoredReading | null)[]> => readLastBefore(client, keys);

/** The first trusted reading at or after each key's own instant, in order. */
export const readFirstFromEach = (
  client: pg.ClientBase,
  keys: readonly Edge[],
): Promise<(StoredReading | null)[]> => readFirstFrom(client, keys);

/**
 * Daily use of every meter at or below a place, by month from `first` to `last` (`YYYY-MM`), from
 * usage_month. Days are integers in the register's scale, null where nothing is known.
 */
export const readPlaceUsage = (
  client: pg.ClientBase,
  ask: { placeId: number; first: string; last: string },
): Promise<HouseUsageRow[]> => selectHouseUsage(client, ask);

/** Daily use of single registers by month from `first` to `last` (`YYYY-MM`), as above. */
export const readMeterUsage = (
  client: pg.ClientBase,
  ask: { keys: readonly RegisterKey[]; first: string; last: string },
): Promise<MeterUsageRow[]> => selectMeterUsage(client, ask);

/**
 * What each register usually counts in a day (10th and 90th percentile of measured days in the four
 * months before), by `"meterId/register"`. Where less than two weeks were measured, days between
 * readings far apart count too, eight weeks of them: a dial that is typed once a month has a usual
 * use as well. Absent where even that is unknown.
 */
export const readUsualPerDay = (
  client: pg.ClientBase,
  keys: readonly RegisterKey[],
  before: Instant,
): Promise<Map<string, readonly [bigint, bigint]>> => selectUsualPerDay(client, keys, before);

/** Recomputes the daily use that new readings touched; see rollup.ts. */
export const rollUpTouched = (
  client: pg.ClientBase,
  zone: string,
  touched: readonly Touched[],
): Promise<number> => rollUp(client, zone, touched);

/**
 * Decides single readings: each becomes the newest version of its instant, what was stored stays
 * below it, and the daily use is counted anew.
 */
export async function correctReadings(
  client: pg.ClientBase,
  zone: string,
  corrections: readonly Correction[],
): Promise<void> {
  const touched: Touched[] = [];
  for (const one of corrections) {
    if (await insertCorrection(client, one)) touched.push({ ...one, from: one.at, to: one.at });
  }
  if (touched.length > 0) await rollUp(client, zone, touched);
}
