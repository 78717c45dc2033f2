/**
 * What the meters of a round showed before: the values a person compares with, and what is usual.
 *
 * It knows registers and instants, not where meters hang. packages.ts calls it.
 */
import type pg from 'pg';
import { DAY_MS, type Instant } from '#lib/base/interval.ts';
import { unpackStatus, type Quality } from '#lib/domain/reading.ts';
import { readLast, readManySeries, readUsualPerDay } from '#server/readings/service.ts';
import { selectMonthStarts } from './package-store.ts';

type Key = { readonly meterId: number; readonly register: number };
/** Newest first: [instant ms, integer in register scale]. */
type History = [number, string][];

/** The last value and the beginnings of the last twelve months. */
const HISTORY_LENGTH = 13;
const HISTORY_MS = 396 * DAY_MS;
/** A meter that a person reads shows nothing at a month's beginning: its own visits are told. */
const FEW_MONTHS = 3;
/** Two values nearer than this tell a person one thing. */
const APART_MS = 10 * DAY_MS;
const TRUSTED: readonly Quality[] = ['measured', 'edited', 'estimated'];

export async function readPast(
  client: pg.ClientBase,
  stops: readonly Key[],
  now: Instant,
): Promise<{ history: History[]; usual: ([string, string] | null)[] }> {
  const keys = stops.map(({ meterId, register }) => ({ meterId, register }));
  const last = await readLast(client, keys, now);
  const starts = await selectMonthStarts(client, keys, new Date(now - HISTORY_MS));
  const rare = keys.filter(({ meterId }) => (starts.get(meterId)?.length ?? 0) < FEW_MONTHS);
  const visits = await readVisits(client, rare, now);
  const usual = await readUsualPerDay(client, keys, now);
  return {
    history: keys.map(({ meterId }, i): History => {
      const newest = last[i];
      const told = visits.get(meterId) ?? starts.get(meterId) ?? [];
      const older = told.filter(([at]) => at < (newest?.at ?? now));
      const all: History = newest ? [[newest.at, String(newest.value)], ...older] : older;
      return all.slice(0, HISTORY_LENGTH);
    }),
    usual: keys.map(({ meterId, register }): [string, string] | null => {
      const range = usual.get(`${meterId}/${register}`);
      return range ? [String(range[0]), String(range[1])] : null;
    }),
  };
}

/** Single readings of the last year, newest first, thinned to what is far enough apart. */
async function readVisits(
  client: pg.ClientBase,
  keys: readonly Key[],
  now: Instant,
): Promise<Map<number, History>> {
  const ranges = keys.map((key) => ({ ...key, from: now - HISTORY_MS, to: now + 1 }));
  const found = new Map<number, History>();
  for (const series of (await readManySeries(client, ranges)).values()) {
    const trusted = series.filter(({ status }) => TRUSTED.includes(unpackStatus(status).quality));
    const thin: History = [];
    let before: Instant | null = null;
    for (const { meterId, at, value } of trusted.reverse()) {
      found.set(meterId, thin);
      if (before !== null && before - at < APART_MS) continue;
      // The newest one stands first in the history already.
      if (before !== null) thin.push([at, String(value)]);
      before = at;
    }
  }
  return found;
}
