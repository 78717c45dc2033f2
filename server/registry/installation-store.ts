/** SQL over installations and their registers. Called by the services of this folder. */
import type pg from 'pg';

export type InstallationRow = {
  readonly id: number;
  readonly meter_id: number;
  readonly point_id: number;
  readonly from_ms: string;
  readonly to_ms: string | null;
  readonly start_registers: unknown;
  readonly end_registers: unknown;
  readonly register: number;
  readonly digits: number;
  readonly decimals: number;
  readonly multiplier: string;
};

const COLUMNS = `i.id, i.meter_id, i.point_id,
  (extract(epoch FROM i.from_at) * 1000)::int8::text AS from_ms,
  (extract(epoch FROM i.to_at) * 1000)::int8::text AS to_ms,
  i.start_registers, i.end_registers, r.register, r.digits, r.decimals,
  r.multiplier::text AS multiplier`;

/** One row an installation and register, oldest installation first. */
export async function selectInstallations(
  client: pg.ClientBase,
  by: { readonly pointIds: readonly number[] } | { readonly meterIds: readonly number[] },
): Promise<InstallationRow[]> {
  const [column, ids] = 'pointIds' in by ? ['point_id', by.pointIds] : ['meter_id', by.meterIds];
  const { rows } = await client.query<InstallationRow>(
    `SELECT ${COLUMNS} FROM installation i JOIN register r ON r.meter_id = i.meter_id
      WHERE i.${column} = ANY($1::int4[]) ORDER BY i.from_at, i.id, r.register`,
    [ids],
  );
  return rows;
}
