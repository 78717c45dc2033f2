/**
 * Reading what was stored, over all tiers at once, corrections on top.
 *
 * It knows the five reading tables; it knows no zone and no consumption. server/readings/service.ts
 * and usage.ts call it inside a transaction of one organisation. All calls take many registers,
 * because a round or a house asks for dozens at a time.
 *
 * Plan: per asked range one index probe a partition (hot), one (late), one row a month or day; the
 * time bounds stand beside each probe so that partitions outside are never opened.
 */
import type pg from 'pg';
import { HOUR_MS, startOfUtcDay, type Instant } from '#lib/base/interval.ts';
import { QUALITIES } from '#lib/domain/reading.ts';
import { startOfUtcMonth, type ProfilePoint } from '#lib/domain/load-profile.ts';
import { DAY_COLUMNS, MONTH_COLUMNS, pointsOf, type ChunkRow } from './pack.ts';
import type { RegisterKey, StoredReading } from './types.ts';

export type Range = RegisterKey & {
  /** Half-open: `to` itself is not in it. */
  readonly from: Instant;
  readonly to: Instant;
};

type Row = {
  readonly meter_id: number;
  readonly register: number;
  readonly ms: string;
  readonly value: string;
  readonly status: number;
};

const FROM = `timestamptz 'epoch' + k.f * interval '1 millisecond'`;
const TO = `timestamptz 'epoch' + k.t * interval '1 millisecond'`;
const MS = `(extract(epoch FROM r.ts) * 1000)::int8::text AS ms`;

/** Rows of `table` in the asked ranges; $5 and $6 span all of them, for partition pruning. */
const inRanges = (table: string, more = ''): string => `
  SELECT meter_id, register, ${MS}, r.value, r.status ${more}
    FROM unnest($1::int4[], $2::int2[], $3::int8[], $4::int8[]) AS k(meter_id, register, f, t)
    JOIN ${table} r USING (meter_id, register)
   WHERE r.ts >= ${FROM} AND r.ts < ${TO}
     AND r.ts >= to_timestamp($5::float8 / 1000) AND r.ts <= to_timestamp($6::float8 / 1000)`;

/** Readings of every range by time; ranges of one register must not overlap. */
export async function readRanges(
  client: pg.ClientBase,
  ranges: readonly Range[],
): Promise<Map<string, StoredReading[]>> {
  const found = new Map<string, StoredReading[]>(ranges.map((r) => [registerKey(r), []]));
  if (ranges.length === 0) return found;
  const asked = columns(ranges);
  const rows = await singles(client, asked);
  const chunks = await packed(client, ranges);
  const above = await corrections(client, asked);
  for (const row of rows) found.get(rowKey(row))?.push(readingOf(row));
  for (const chunk of chunks) addChunk(found, chunk, ranges);
  for (const list of found.values()) list.sort((a, b) => a.at - b.at);
  for (const row of above) applyCorrection(found.get(rowKey(row)), readingOf(row));
  return found;
}

export const registerKey = (key: RegisterKey): string => `${key.meterId}/${key.register}`;
const rowKey = (row: Row | ChunkRow): string => `${row.meter_id}/${row.register}`;

const columns = (ranges: readonly Range[]): unknown[] => [
  ranges.map((r) => r.meterId),
  ranges.map((r) => r.register),
  ranges.map((r) => r.from),
  ranges.map((r) => r.to),
  Math.min(...ranges.map((r) => r.from)),
  Math.max(...ranges.map((r) => r.to)),
];

const readingOf = (row: Row): StoredReading => ({
  meterId: row.meter_id,
  register: row.register,
  at: Number(row.ms),
  value: BigInt(row.value),
  status: row.status,
  corrected: false,
});

async function singles(client: pg.ClientBase, asked: unknown[]): Promise<Row[]> {
  const sql = `${inRanges('reading_hot')} UNION ALL ${inRanges('reading_late')}`;
  return (await client.query<Row>(sql, asked)).rows;
}

async function corrections(client: pg.ClientBase, asked: unknown[]): Promise<Row[]> {
  const sql = `${inRanges('reading_correction', ', r.version')} ORDER BY r.version`;
  return (await client.query<Row>(sql, asked)).rows;
}

const dateText = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

async function packed(client: pg.ClientBase, ranges: readonly Range[]): Promise<ChunkRow[]> {
  const tier = async (
    { table, column, what }: { table: string; column: string; what: string },
    startOf: (at: Instant) => Instant,
  ): Promise<ChunkRow[]> => {
    const first = ranges.map((r) => dateText(startOf(r.from)));
    const last = ranges.map((r) => dateText(r.to - 1));
    const found = await client.query<ChunkRow>(
      `SELECT ${what}
         FROM unnest($1::int4[], $2::int2[], $3::date[], $4::date[]) AS k(meter_id, register, f, t)
         JOIN ${table} r USING (meter_id, register)
        WHERE r.${column} BETWEEN k.f AND k.t AND r.${column} BETWEEN $5::date AND $6::date`,
      [
        ranges.map((r) => r.meterId),
        ranges.map((r) => r.register),
        first,
        last,
        first.reduce((a, b) => (a < b ? a : b)),
        last.reduce((a, b) => (a > b ? a : b)),
      ],
    );
    return found.rows;
  };
  const months = { table: 'reading_month', column: 'month', what: MONTH_COLUMNS };
  const days = { table: 'reading_day', column: 'day', what: DAY_COLUMNS };
  return [...(await tier(months, startOfUtcMonth)), ...(await tier(days, startOfUtcDay))];
}

function addChunk(
  found: ReadonlyMap<string, StoredReading[]>,
  chunk: ChunkRow,
  ranges: readonly Range[],
): void {
  const own = ranges.filter((r) => r.meterId === chunk.meter_id && r.register === chunk.register);
  const list = found.get(rowKey(chunk));
  for (const { at, value, status } of pointsOf(chunk)) {
    if (!own.some((r) => at >= r.from && at < r.to)) continue;
    const key = { meterId: chunk.meter_id, register: chunk.register };
    list?.push({ ...key, at, value, status, corrected: false });
  }
}

/** A correction replaces the value of its instant, or adds one where nothing was delivered. */
function applyCorrection(list: StoredReading[] | undefined, reading: StoredReading): void {
  if (!list) return;
  const above = { ...reading, corrected: true };
  const place = list.findIndex((other) => other.at >= reading.at);
  if (place < 0) list.push(above);
  else list.splice(place, list[place]!.at === reading.at ? 1 : 0, above);
}

export type Edge = RegisterKey & { readonly at: Instant };

/**
 * The readings next to an instant: the last before it (strictly) and the first not before it. A
 * suspect reading, and one whose newest correction says so (it was taken back), is nobody's
 * neighbour: nothing is compared with it or counted from it.
 */
export type Neighbours = {
  readonly before: StoredReading | null;
  readonly after: StoredReading | null;
};

/** One answer an edge, in order. */
export async function readNeighbours(
  client: pg.ClientBase,
  edges: readonly Edge[],
): Promise<Neighbours[]> {
  if (edges.length === 0) return [];
  const before = await nearest(client, edges, BEFORE);
  const after = await nearest(client, edges, AFTER);
  return edges.map((_, i) => ({ before: before[i]!, after: after[i]! }));
}

/** The first reading not before `at` of every key. */
export const readFirstFrom = (
  client: pg.ClientBase,
  edges: readonly Edge[],
): Promise<(StoredReading | null)[]> => nearest(client, edges, AFTER);

/** The last reading before `at` of every key. */
export const readLastBefore = (
  client: pg.ClientBase,
  edges: readonly Edge[],
): Promise<(StoredReading | null)[]> => nearest(client, edges, BEFORE);

/** A chunk that lies wholly behind what is already found need not be unpacked. */
function isBehind(chunk: ChunkRow, found: Instant | undefined, direction: Direction): boolean {
  if (found === undefined) return false;
  const start = Number(chunk.start);
  return direction === BEFORE ? found >= start + chunk.d.length * HOUR_MS : found <= start;
}

type Direction = { readonly sql: string; readonly chunk: string; readonly order: 'ASC' | 'DESC' };
const BEFORE: Direction = { sql: '<', chunk: '<=', order: 'DESC' };
const AFTER: Direction = { sql: '>=', chunk: '>=', order: 'ASC' };

async function nearest(
  client: pg.ClientBase,
  edges: readonly Edge[],
  direction: Direction,
): Promise<(StoredReading | null)[]> {
  if (edges.length === 0) return [];
  const best: (StoredReading | null)[] = edges.map(() => null);
  const keys = [edges.map((e) => e.meterId), edges.map((e) => e.register), edges.map((e) => e.at)];
  const offer = (i: number, reading: StoredReading): void => {
    const { at } = edges[i]!;
    if (direction === BEFORE ? reading.at >= at : reading.at < at) return;
    const nearer = (other: StoredReading): boolean =>
      direction === BEFORE ? reading.at > other.at : reading.at < other.at;
    const now = best[i];
    // A correction of the same instant comes later and wins.
    if (!now || nearer(now) || (reading.corrected && reading.at === now.at)) best[i] = reading;
  };
  for (const row of await nearestSingles(client, keys, direction)) offer(row.n - 1, readingOf(row));
  const chunks = await nearestChunks(client, keys, direction);
  const voided = await voidedAmong(client, chunks);
  for (const row of chunks) {
    if (isBehind(row, best[row.n - 1]?.at, direction)) continue;
    const key = { meterId: row.meter_id, register: row.register };
    const isTrusted = ({ at, status }: ProfilePoint): boolean =>
      (status & 7) !== SUSPECT && !voided.has(`${registerKey(key)}/${at}`);
    for (const point of pointsOf(row).filter(isTrusted))
      offer(row.n - 1, { ...key, ...point, corrected: false });
  }
  for (const row of await nearestCorrections(client, keys, direction)) {
    offer(row.n - 1, { ...readingOf(row), corrected: true });
  }
  return best;
}

const SUSPECT = QUALITIES.indexOf('suspect');

type Numbered = { readonly n: number };

const KEYS = `unnest($1::int4[], $2::int2[], $3::int8[]) WITH ORDINALITY AS k(m, g, at, n)`;
const AT = `timestamptz 'epoch' + k.at * interval '1 millisecond'`;

const nearestOf = (table: string, { sql, order }: Direction, tie = ''): string => `
  SELECT k.n::int AS n, k.m AS meter_id, k.g AS register, ${MS}, r.value, r.status
    FROM ${KEYS} CROSS JOIN LATERAL (
      SELECT ts, value, status FROM ${table} o
       WHERE meter_id = k.m AND register = k.g AND ts ${sql} ${AT} AND (status & 7) <> ${SUSPECT}
         AND (SELECT c.status & 7 FROM reading_correction c
               WHERE c.meter_id = k.m AND c.register = k.g AND c.ts = o.ts
               ORDER BY c.version DESC LIMIT 1) IS DISTINCT FROM ${SUSPECT}
       ORDER BY ts ${order} ${tie} LIMIT 1) r`;

/** `meter/register/instant` of readings inside the chunks whose newest correction is suspect. */
async function voidedAmong(
  client: pg.ClientBase,
  chunks: readonly ChunkRow[],
): Promise<ReadonlySet<string>> {
  if (chunks.length === 0) return new Set();
  const found = await client.query<{ key: string }>(
    `SELECT DISTINCT format('%s/%s/%s', meter_id, register,
                            (extract(epoch FROM r.ts) * 1000)::int8) AS key
       FROM unnest($1::int4[], $2::int2[], $3::int8[], $4::int8[]) AS k(meter_id, register, f, t)
       JOIN reading_correction r USING (meter_id, register)
      WHERE r.ts >= ${FROM} AND r.ts < ${TO} AND (r.status & 7) = ${SUSPECT}
        AND NOT EXISTS (SELECT FROM reading_correction c
              WHERE c.meter_id = r.meter_id AND c.register = r.register AND c.ts = r.ts
                AND c.version > r.version)`,
    [
      chunks.map((chunk) => chunk.meter_id),
      chunks.map((chunk) => chunk.register),
      chunks.map((chunk) => Number(chunk.start)),
      chunks.map((chunk) => Number(chunk.start) + chunk.present.length * HOUR_MS),
    ],
  );
  return new Set(found.rows.map((row) => row.key));
}

async function nearestSingles(
  client: pg.ClientBase,
  keys: unknown[],
  direction: Direction,
): Promise<(Row & Numbered)[]> {
  const [hot, late] = ['reading_hot', 'reading_late'].map((t) => nearestOf(t, direction));
  return (await client.query<Row & Numbered>(`${hot} UNION ALL ${late}`, keys)).rows;
}

async function nearestCorrections(
  client: pg.ClientBase,
  keys: unknown[],
  direction: Direction,
): Promise<(Row & Numbered)[]> {
  const sql = nearestOf('reading_correction', direction, ', version DESC');
  return (await client.query<Row & Numbered>(sql, keys)).rows;
}

/** The chunk that holds the instant may have nothing on the asked side: its neighbour has. */
async function nearestChunks(
  client: pg.ClientBase,
  keys: unknown[],
  { chunk, order }: Direction,
): Promise<(ChunkRow & Numbered)[]> {
  const tier = (table: string, column: string, what: string): string => `
    SELECT k.n::int AS n, ${what} FROM ${KEYS} CROSS JOIN LATERAL (
      SELECT * FROM ${table} WHERE meter_id = k.m AND register = k.g AND ${column} ${chunk}
             date_trunc('${column}', (${AT}) AT TIME ZONE 'UTC')::date
       ORDER BY ${column} ${order} LIMIT 2) r`;
  const months = await client.query<ChunkRow & Numbered>(
    tier('reading_month', 'month', MONTH_COLUMNS),
    keys,
  );
  const days = await client.query<ChunkRow & Numbered>(
    tier('reading_day', 'day', DAY_COLUMNS),
    keys,
  );
  return [...months.rows, ...days.rows];
}
