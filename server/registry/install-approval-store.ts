/** SQL behind install-approval.ts, inside a transaction of one organisation. */
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import type { InstallDraft } from '#lib/contract/install.ts';
import { inScope } from './scope.ts';

export type LockedRequest = {
  readonly status: string;
  readonly userId: string | null;
  readonly draft: InstallDraft;
};

/** The request, held until the transaction ends: of two decisions the second one waits and sees. */
export async function lockRequest(
  client: pg.ClientBase,
  id: string,
  within: readonly number[] | null,
): Promise<LockedRequest | null> {
  const { rows } = await client.query<LockedRequest>(
    `SELECT status, user_id AS "userId", body AS draft FROM install_request
      WHERE id = $1 AND ${inScope('place_id', 2)} FOR UPDATE`,
    [id, within],
  );
  return rows[0] ?? null;
}

export async function decideRequest(
  client: pg.ClientBase,
  by: { readonly id: string; readonly at: Instant; readonly userId: string },
): Promise<void> {
  await client.query(
    `UPDATE install_request SET status = 'approved', reason = NULL, decided_at = $2,
            decided_by = $3 WHERE id = $1`,
    [by.id, new Date(by.at), by.userId],
  );
}

/**
 * The place's metering point of this resource where no meter hangs, or a new one. The place is held
 * until the transaction ends, so that two approvals for one flat don't choose the same point.
 */
export async function findPointWithoutMeter(
  client: pg.ClientBase,
  orgId: number,
  draft: InstallDraft,
): Promise<number> {
  const { placeId, resource } = draft;
  await client.query('SELECT FROM place WHERE id = $1 FOR UPDATE', [placeId]);
  const { rows } = await client.query<{ id: number; occupied: boolean }>(
    `SELECT mp.id, EXISTS (SELECT FROM installation i
                            WHERE i.point_id = mp.id AND i.to_at IS NULL) AS occupied
       FROM metering_point mp
      WHERE mp.place_id = $1 AND mp.resource = $2 AND mp.role = 'consumer' ORDER BY mp.id`,
    [placeId, resource],
  );
  const free = rows.find((row) => !row.occupied);
  if (free) return free.id;
  const name = rows.length === 0 ? '' : String(rows.length + 1);
  const made = await client.query<{ id: number }>(
    `INSERT INTO metering_point (org_id, place_id, resource, role, name)
     VALUES ($1, $2, $3, 'consumer', $4) RETURNING id`,
    [orgId, placeId, resource, name],
  );
  return made.rows[0]!.id;
}

/** Whatever its maker: tenants don't tell one. */
export async function isSerialTaken(client: pg.ClientBase, serial: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM meter WHERE serial = $1 LIMIT 1', [serial]);
  return Boolean(rowCount);
}

/**
 * Wires a meter to an input; one module carries up to six (B-19), so the second meter finds the
 * module known. False when another meter holds the input.
 */
export async function attachInput(
  client: pg.ClientBase,
  { orgId, meterId, draft }: { orgId: number; meterId: number; draft: InstallDraft },
): Promise<boolean> {
  const { deviceId, channel, proof } = draft;
  const channels = Math.max(channel, ...proof.seen.map((s) => s.inputs?.length ?? 0));
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO communication_module AS m (org_id, serial, kind, channels)
     VALUES ($1, $2, 'pulse-radio', $3)
     ON CONFLICT (org_id, serial) DO UPDATE SET kind = m.kind RETURNING id`,
    [orgId, deviceId, channels],
  );
  const moduleId = rows[0]!.id;
  const { rowCount } = await client.query(
    `INSERT INTO pulse_channel AS c
            (module_id, channel, org_id, meter_id, pulse_weight, start_value, flags)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (module_id, channel) DO UPDATE
        SET meter_id = $4, pulse_weight = $5, start_value = $6, flags = $7
      WHERE c.meter_id IS NULL`,
    [moduleId, channel, orgId, meterId, draft.pulseWeight, draft.start, [...proof.flags]],
  );
  if (!rowCount) return false;
  await client.query('UPDATE meter SET module_id = $2, module_channel = $3 WHERE id = $1', [
    meterId,
    moduleId,
    channel,
  ]);
  return true;
}
