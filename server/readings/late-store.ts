/**
 * Readings that arrive for a period already packed or without a hot partition. Knows every tier,
 * because the same hour may be stored in any of them. Called by store.ts only.
 */
import type pg from 'pg';
import { columnsOf, INCOMING, keepConflicts, keyOf } from './columns.ts';
import { conflicting, tally } from './outcomes.ts';
import type { AppendOutcome, AppendResult, NewReading } from './types.ts';

/** Appends to reading_late what no tier holds; compares the rest. */
export async function appendLate(
  client: pg.ClientBase,
  rows: readonly NewReading[],
  { batchId }: { batchId: bigint },
): Promise<AppendResult> {
  if (rows.length === 0) return tally([], 0);
  const outcomes = new Array<AppendOutcome | null>(rows.length).fill(null);
  for (const [row, value] of await findPacked(client, rows)) {
    outcomes[row] = rows[row]!.value === value ? 'duplicate' : 'conflict';
  }
  const open = rows.flatMap((_row, i) => (outcomes[i] === null ? [i] : []));
  const fresh = await insertLate(
    client,
    open.map((i) => rows[i]!),
    batchId,
  );
  const again: number[] = [];
  for (const i of open) {
    if (fresh.delete(keyOf(rows[i]!))) outcomes[i] = 'new';
    else again.push(i);
  }
  const held = await findLate(
    client,
    again.map((i) => rows[i]!),
  );
  again.forEach((i, n) => {
    outcomes[i] = held.get(n) === rows[i]!.value ? 'duplicate' : 'conflict';
  });
  const judged = outcomes.map((outcome) => outcome ?? 'duplicate');
  await keepConflicts(client, batchId, conflicting(rows, judged));
  return tally(judged, judged.filter((outcome) => outcome === 'new').length);
}

/** Values that the hot, day and month tiers hold for these keys, by row number. */
async function findPacked(
  client: pg.ClientBase,
  rows: readonly NewReading[],
): Promise<Map<number, bigint>> {
  // A chunk's value at slot i is its base plus the increments up to i (load-profile.ts).
  const found = await client.query<{ row: number; value: string }>(
    `WITH i AS MATERIALIZED (SELECT *, ts AT TIME ZONE 'UTC' AS utc FROM ${INCOMING})
     SELECT i.row, h.value FROM i JOIN reading_hot h USING (ts, register, meter_id)
     UNION ALL
     SELECT i.row, r.base + (SELECT sum(x) FROM unnest(r.d[1:s.slot + 1]) x)
       FROM i JOIN reading_day r ON r.meter_id = i.meter_id AND r.register = i.register
             AND r.day = i.utc::date
       CROSS JOIN LATERAL (SELECT extract(hour FROM i.utc)::int AS slot) s
      WHERE date_trunc('hour', i.utc) = i.utc AND get_bit(r.present, s.slot) = 1
     UNION ALL
     SELECT i.row, r.base + (SELECT sum(x) FROM unnest(
              CASE WHEN cardinality(r.d4) > 0 THEN r.d4[1:s.slot + 1]
                   ELSE r.d2[1:s.slot + 1]::int[] END) x)
       FROM i JOIN reading_month r ON r.meter_id = i.meter_id AND r.register = i.register
             AND r.month = date_trunc('month', i.utc)::date
       CROSS JOIN LATERAL (SELECT (extract(epoch FROM i.utc - r.month) / 3600)::int AS slot) s
      WHERE date_trunc('hour', i.utc) = i.utc AND get_bit(r.present, s.slot) = 1`,
    columnsOf(rows),
  );
  return new Map(found.rows.map((r) => [r.row, BigInt(r.value)]));
}

async function insertLate(
  client: pg.ClientBase,
  rows: readonly NewReading[],
  batchId: bigint,
): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const inserted = await client.query<{ ms: string; register: number; meter_id: number }>(
    `INSERT INTO reading_late (ts, value, meter_id, register, status, batch_id)
     SELECT ts, value, meter_id, register, status, $6::int8 FROM ${INCOMING}
      ORDER BY meter_id, register, ts, row
     ON CONFLICT DO NOTHING
     RETURNING (extract(epoch FROM ts) * 1000)::int8::text AS ms, register, meter_id`,
    [...columnsOf(rows), String(batchId)],
  );
  return new Set(inserted.rows.map((r) => `${r.meter_id}/${r.register}/${r.ms}`));
}

async function findLate(
  client: pg.ClientBase,
  rows: readonly NewReading[],
): Promise<Map<number, bigint>> {
  if (rows.length === 0) return new Map();
  const found = await client.query<{ row: number; value: string }>(
    `SELECT i.row, l.value FROM ${INCOMING} JOIN reading_late l USING (meter_id, register, ts)`,
    columnsOf(rows),
  );
  return new Map(found.rows.map((r) => [r.row, BigInt(r.value)]));
}
