/** SQL over balance_hour and the balance tree. Called by balance.ts. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';

/** A meter below a house's metering point, for as long as it hangs there. */
export type Member = {
  readonly meterId: number;
  readonly groupId: number;
  readonly fromAt: Instant;
  readonly toAt: Instant;
  readonly multiplier: bigint;
  /** Points of the group that have a meter now. */
  readonly size: number;
};

export async function groupMembers(
  client: pg.ClientBase,
  meterIds: readonly number[],
): Promise<Member[]> {
  const { rows } = await client.query<{
    meter_id: number;
    group_id: number;
    from_ms: string;
    to_ms: string | null;
    multiplier: string;
    size: number;
  }>(
    `SELECT i.meter_id, p.parent_id AS group_id,
            (extract(epoch FROM i.from_at) * 1000)::int8 AS from_ms,
            (extract(epoch FROM i.to_at) * 1000)::int8 AS to_ms,
            (SELECT round(max(r.multiplier)) FROM register r WHERE r.meter_id = i.meter_id)
              AS multiplier,
            (SELECT count(DISTINCT c.id)::int FROM metering_point c
               JOIN installation ci ON ci.point_id = c.id AND ci.to_at IS NULL
              WHERE c.parent_id = p.parent_id) AS size
       FROM installation i JOIN metering_point p ON p.id = i.point_id
      WHERE i.meter_id = ANY($1::int4[]) AND p.parent_id IS NOT NULL`,
    [meterIds],
  );
  return rows.map((row) => ({
    meterId: row.meter_id,
    groupId: row.group_id,
    fromAt: Number(row.from_ms),
    toAt: row.to_ms === null ? Infinity : Number(row.to_ms),
    multiplier: BigInt(row.multiplier ?? 1),
    size: row.size,
  }));
}

export type BalanceMonth = { sum: bigint[]; expected: number[]; present: number[] };
type Key = { readonly groupId: number; readonly register: number; readonly month: Instant };

const dateText = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

/** The month's arrays, zeros where nothing is stored; locked until the transaction ends. */
export async function readBalance(
  client: pg.ClientBase,
  { groupId, register, month, slots }: Key & { readonly slots: number },
): Promise<BalanceMonth> {
  const { rows } = await client.query<{ sum: string[]; expected: number[]; present: number[] }>(
    `SELECT sum, expected, present FROM balance_hour
      WHERE group_id = $1 AND register = $2 AND month = $3 FOR UPDATE`,
    [groupId, register, dateText(month)],
  );
  const at = <T>(list: readonly T[] | undefined, zero: T): T[] =>
    Array.from({ length: slots }, (_, i) => list?.[i] ?? zero);
  const row = rows[0];
  return {
    sum: at(row?.sum, '0').map(BigInt),
    expected: at(row?.expected, 0),
    present: at(row?.present, 0),
  };
}

export async function writeBalance(
  client: pg.ClientBase,
  { groupId, register, month }: Key,
  { sum, expected, present }: BalanceMonth,
): Promise<void> {
  await client.query(
    `INSERT INTO balance_hour (group_id, register, month, sum, expected, present)
     VALUES ($1, $2, $3, $4::int8[], $5, $6)
     ON CONFLICT (group_id, register, month) DO UPDATE
       SET sum = EXCLUDED.sum, expected = EXCLUDED.expected, present = EXCLUDED.present`,
    [groupId, register, dateText(month), `{${sum.join()}}`, expected, present],
  );
}
