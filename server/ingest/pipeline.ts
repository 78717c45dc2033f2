/**
 * The one way into the readings: field events, files, residents, self-installations, concentrators.
 *
 * It knows the order of the steps and that a batch is stored once; codecs, plausibility and storage
 * know their own. server/sync, the imports and procedures call it. A batch is acknowledged when its
 * transaction commits; the same key again changes nothing and gives the same counts.
 *
 * dedupe → decode raw again → resolve register → plausibility → store → origin, balance, chain
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import type { App } from '#server/app.ts';
import { rollUpTouched, storeReadings } from '#server/readings/service.ts';
import { recordEvents, type MeterEvent } from '#server/registry/events.ts';
import { organisationZone } from '#server/registry/organisation.ts';
import { addToBalances } from './balance.ts';
import { judgeRows, type JudgedBatch, type JudgedRow } from './judge.ts';
import { storeRemembered } from './remembered.ts';
import { findBatch, insertBatch, insertOrigins, insertRejects } from './store.ts';
import { lockSource, nextBatch } from './store.ts';
import type {
  IngestAnswer,
  IngestBatch,
  IngestCounts,
  IngestOutcome,
  IngestReject,
  Touched,
} from './types.ts';

/** One statement's worth; larger batches go through in slices of one transaction. */
const ROWS_A_SLICE = 1000;

export type IngestDeps = {
  readonly orgId: number;
  readonly masterKey: string;
  readonly now: Instant;
  /** Zone of the organisation: usage follows its civil days. */
  readonly zone: string;
};

/** Stores a batch in a transaction of its own and brings the daily use up to date. */
export async function ingestBatch(
  app: App,
  orgId: number,
  batch: IngestBatch,
): Promise<IngestAnswer> {
  return app.db.withOrgSql(orgId, async (client) => {
    const masterKey = app.config.KILTER_MASTER_KEY;
    const zone = await organisationZone(client);
    const deps = { orgId, masterKey, now: app.clock.now(), zone };
    return ingestInTransaction(client, deps, batch);
  });
}

/**
 * The same inside the caller's transaction (server/db/client.ts `withOrgSql`), for whoever must
 * store more than readings in one go.
 */
export async function ingestInTransaction(
  client: pg.ClientBase,
  deps: IngestDeps,
  batch: IngestBatch,
): Promise<IngestAnswer> {
  const sourceId = await lockSource(client, deps.orgId, batch.source);
  const known = await findBatch(client, sourceId, batch.sourceKey);
  if (known) {
    return { batchId: known.id, counts: known.counts, replayed: true, outcomes: [], touched: [] };
  }
  const { id, previous } = await nextBatch(client, sourceId);
  const outcomes: IngestOutcome[] = [];
  const rejects: IngestReject[] = [...(batch.rejects ?? [])];
  const stored: JudgedRow[] = [];
  for (let from = 0; from < batch.rows.length; from += ROWS_A_SLICE) {
    const slice = batch.rows.slice(from, from + ROWS_A_SLICE);
    const judged = shifted(await judgeRows(client, slice, deps), from);
    const done = await storeSlice(client, { ...deps, batchId: id }, judged.accepted);
    outcomes.push(...done.outcomes);
    stored.push(...done.stored);
    rejects.push(...judged.rejected);
  }
  const own = { orgId: deps.orgId, batchId: id };
  await insertRejects(client, own, numbered(batch, rejects));
  const counts = count(batch, outcomes, rejects);
  const body = canonicalBody(batch);
  const sha256 = createHash('sha256').update(previous).update(body).digest();
  const { orgId } = deps;
  const { sourceKey } = batch;
  const row = { id, orgId, sourceId, sourceKey, sha256, previous, counts, body: gzipSync(body) };
  await insertBatch(client, row);
  const fresh = stored.map((s) => s.reading);
  await addToBalances(client, fresh);
  const past = await storeRemembered(client, { ...deps, batchId: id }, stored);
  const touched = [...fresh, ...past].map((r): Touched => ({
    ...pickKey(r),
    from: r.at,
    to: r.at,
  }));
  await rollUpTouched(client, deps.zone, touched);
  const all = [...outcomes, ...rejects.map(rejectedOutcome)].sort((a, b) => a.row - b.row);
  return { batchId: id, counts, replayed: false, outcomes: all, touched };
}

const pickKey = ({ meterId, register }: { meterId: number; register: number }) => ({
  meterId,
  register,
});

const shifted = (judged: JudgedBatch, by: number): JudgedBatch => ({
  accepted: judged.accepted.map((j) => ({ ...j, row: j.row + by })),
  rejected: judged.rejected.map((r) => ({ ...r, row: r.row + by })),
});

/** Rejects of the caller's parser are numbered by lines, ours by rows: both keys stay unique. */
function numbered(batch: IngestBatch, rejects: readonly IngestReject[]): IngestReject[] {
  const offset = batch.rejects?.length ? Math.max(...batch.rejects.map((r) => r.row)) + 1 : 0;
  const own = new Set(batch.rejects ?? []);
  return rejects.map((r) => (own.has(r) ? r : { ...r, row: r.row + offset }));
}

async function storeSlice(
  client: pg.ClientBase,
  deps: IngestDeps & { batchId: bigint },
  rows: readonly JudgedRow[],
): Promise<{ outcomes: IngestOutcome[]; stored: JudgedRow[] }> {
  const readings = rows.map((r) => r.reading);
  const result = await storeReadings(client, readings, deps);
  const outcomes = rows.map((judged, i): IngestOutcome => {
    const word = result.outcomes?.[i] ?? 'new';
    const quarantine = word === 'new' ? judged.quarantine : null;
    return {
      row: judged.row,
      result: quarantine ? 'quarantined' : word === 'new' ? 'stored' : word,
      code: quarantine?.rule ?? null,
      value: judged.reading.value,
      verdicts: judged.verdicts,
    };
  });
  const kept = rows.filter((_, i) => outcomes[i]!.result !== 'duplicate');
  await insertOrigins(client, deps, kept.filter(hasOrigin).map(originOf));
  await recordEvents(client, deps.orgId, kept.flatMap(eventsOf));
  return { outcomes, stored: rows.filter((_, i) => (result.outcomes?.[i] ?? 'new') === 'new') };
}

/** Hourly rows of a concentrator without bytes or doubts have no story beyond their batch. */
const hasOrigin = ({ input, verdicts }: JudgedRow): boolean =>
  input.source !== 'concentrator' || Boolean(input.raw) || verdicts.length > 0;

/** What a reading says beyond its value; the journal keeps one line a day of what lasts. */
function eventsOf({ input, reading, verdicts, reports }: JudgedRow): MeterEvent[] {
  const told = verdicts.flatMap(({ rule }) => VERDICT_EVENTS[rule] ?? []);
  const { meterId, at } = reading;
  return [...reports, ...told].map((code) => ({ meterId, at, code, source: input.source }));
}

/** Verdicts that tell of the meter rather than of the value. */
const VERDICT_EVENTS: Readonly<Record<string, string>> = {
  clock: 'clock-suspect',
  rollover: 'rollover',
};

const originOf = ({ input, reading, verdicts }: JudgedRow) => ({
  ...pickKey(reading),
  at: reading.at,
  eventId: input.eventId ?? null,
  source: input.source,
  raw: input.raw ?? null,
  userId: input.userId ?? null,
  verdicts,
});

const rejectedOutcome = ({ row, code }: IngestReject): IngestOutcome => ({
  row,
  result: 'rejected',
  code,
  value: null,
  verdicts: [],
});

function count(
  batch: IngestBatch,
  outcomes: readonly IngestOutcome[],
  rejects: readonly IngestReject[],
): IngestCounts {
  const of = (result: string): number => outcomes.filter((o) => o.result === result).length;
  return {
    rows: batch.rows.length + (batch.rejects?.length ?? 0),
    stored: of('stored') + of('quarantined'),
    duplicates: of('duplicate'),
    conflicts: of('conflict'),
    rejects: rejects.length,
  };
}

/** What came in, as one fixed text: the content of the chain's hash, kept compressed. */
function canonicalBody(batch: IngestBatch): Buffer {
  const hex = (raw: Uint8Array | null | undefined): string | null =>
    raw ? Buffer.from(raw).toString('hex') : null;
  const lines = batch.rows.map((r) =>
    JSON.stringify([
      r.meterId,
      r.register,
      r.value,
      r.at,
      r.source,
      hex(r.raw),
      r.eventId ?? null,
      r.userId ?? null,
      r.confirmed ?? false,
    ]),
  );
  return Buffer.from(lines.join('\n'));
}
