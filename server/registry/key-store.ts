/** SQL over sealed keys. Called by keys.ts. */
import type pg from 'pg';

export type SealedKey = {
  readonly meterId: number;
  readonly kind: string;
  readonly version: number;
  readonly sealed: Buffer;
  readonly retired: boolean;
};

/** Newest first, retired ones last. */
export async function selectKeys(
  client: pg.ClientBase,
  meterIds: readonly number[],
  kinds: readonly string[],
): Promise<SealedKey[]> {
  const { rows } = await client.query<SealedKey>(
    `SELECT meter_id AS "meterId", kind, version, sealed, retired_at IS NOT NULL AS retired
       FROM meter_key WHERE meter_id = ANY($1::int4[]) AND kind = ANY($2::text[])
      ORDER BY meter_id, retired_at IS NOT NULL, version DESC`,
    [meterIds, kinds],
  );
  return rows;
}

/** Adds a version and retires the ones before it. */
export async function insertKey(
  client: pg.ClientBase,
  row: { orgId: number; meterId: number; kind: string; version: number; sealed: Uint8Array },
): Promise<void> {
  await client.query(
    `UPDATE meter_key SET retired_at = now()
      WHERE meter_id = $1 AND kind = $2 AND retired_at IS NULL`,
    [row.meterId, row.kind],
  );
  await client.query(
    `INSERT INTO meter_key (org_id, meter_id, kind, version, sealed) VALUES ($1, $2, $3, $4, $5)`,
    [row.orgId, row.meterId, row.kind, row.version, Buffer.from(row.sealed)],
  );
}
