/** Phones and their keys in SQL; the log's own lock is in store.ts. Only server/sync calls it. */
import type pg from 'pg';

export type KnownPhone = {
  readonly userId: string;
  readonly revoked: boolean;
  readonly dataKey: string | null;
};

/** Null when this organisation knows no such phone. */
export async function selectPhone(
  client: pg.ClientBase,
  device: string,
): Promise<KnownPhone | null> {
  const { rows } = await client.query(
    `SELECT user_id AS "userId", revoked_at IS NOT NULL AS revoked, data_key AS "dataKey"
       FROM field_device WHERE id = $1`,
    [device],
  );
  return rows[0] ?? null;
}

export const isRevoked = async (client: pg.ClientBase, device: string): Promise<boolean> =>
  (await selectPhone(client, device))?.revoked ?? false;

export type OpenPhone = {
  readonly device: string;
  readonly captured: number;
  readonly stored: number;
  readonly lastBeatAt: number | null;
};

/** I12: other phones of the person that counted more than the server ever got. */
export async function selectOpenPhones(
  client: pg.ClientBase,
  userId: string,
  besides: string,
): Promise<OpenPhone[]> {
  const { rows } = await client.query(
    `SELECT d.id AS device, sum((e.value ->> 'capturedN')::int)::int AS captured,
            sum(least((e.value ->> 'hw')::int, (e.value ->> 'capturedN')::int))::int AS stored,
            (extract(epoch FROM d.last_beat_at) * 1000)::bigint AS beat
       FROM field_device d, jsonb_each(d.beat -> 'epochs') e
      WHERE d.user_id = $1 AND d.id <> $2
      GROUP BY d.id, d.last_beat_at
     HAVING sum((e.value ->> 'capturedN')::int) >
            sum(least((e.value ->> 'hw')::int, (e.value ->> 'capturedN')::int))`,
    [userId, besides],
  );
  return rows.map(({ beat, ...row }) => ({ ...row, lastBeatAt: beat && Number(beat) }));
}
