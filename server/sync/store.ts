/**
 * The capture log in SQL. It knows its tables and the device's lock; what is stored is decided by
 * reducer.ts. Only server/sync/service.ts calls it, inside one transaction of `withOrgSql`.
 */
import type pg from 'pg';
import type { ArrivedPush } from '#lib/contract/decode-push.ts';
import type { Receipt } from '#lib/contract/fieldsync.ts';
import { keyOf, type EpochView, type PlannedRow, type StoredSlot } from './reducer.ts';

export type DeviceRow = {
  readonly userId: string;
  readonly revoked: boolean;
  /** Per epoch of this device: highest n it counted and the contiguous mark. */
  readonly epochs: Readonly<Record<string, { capturedN: number; hw: number }>>;
};

/** Phones' pulls wait for every open write (docs/adr/0013), so a push may hold them this long. */
const STATEMENT_LIMIT_MS = 5_000;
const TRANSACTION_LIMIT_MS = 15_000;

/** Ends this transaction when it takes too long; the phone sends again, nothing is lost. */
export async function capTransaction(client: pg.ClientBase): Promise<void> {
  await client.query(
    `SELECT set_config('statement_timeout', $1, true),
            -- PostgreSQL 17 and later; before, only idleness ends a transaction (db/client.ts).
            CASE WHEN current_setting('server_version_num')::int >= 170000
                 THEN set_config('transaction_timeout', $2, true) END`,
    [String(STATEMENT_LIMIT_MS), String(TRANSACTION_LIMIT_MS)],
  );
}

/**
 * The device's row under its lock, made on first contact; one push of a device at a time. Null when
 * the id belongs to another organisation.
 */
export async function lockDevice(
  client: pg.ClientBase,
  at: { orgId: number; userId: string; device: string },
): Promise<DeviceRow | null> {
  await client.query(
    `INSERT INTO field_device (id, org_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
    [at.device, at.orgId, at.userId],
  );
  const { rows } = await client.query(
    `SELECT user_id, revoked_at, beat -> 'epochs' AS epochs FROM field_device
      WHERE id = $1 FOR UPDATE`,
    [at.device],
  );
  const row = rows[0];
  return row
    ? { userId: row.user_id, revoked: row.revoked_at !== null, epochs: row.epochs ?? {} }
    : null;
}

/** What the log holds where this push could touch it. */
export async function viewEpoch(
  client: pg.ClientBase,
  push: ArrivedPush,
  hw: number,
): Promise<EpochView> {
  const ns = push.events.map((event) => event.n);
  const { rows } = await client.query(
    `SELECT n, encode(prev, 'hex') AS prev, encode(hash, 'hex') AS hash, id, result, reason,
            encode(signature, 'base64') AS sig, server_seq::text AS seq,
            CASE WHEN reason = 'id-collision' THEN canonical::json ->> 'id' END AS own_id
       FROM capture_event
      WHERE device_id = $1 AND epoch = $2 AND (n > $3 OR n BETWEEN $4 AND $5)`,
    [push.device, push.epoch, hw, Math.min(...ns, hw) - 1, Math.max(...ns, 0) + 1],
  );
  return {
    hw,
    slots: rows.map((row): StoredSlot => ({
      n: row.n,
      prev: row.prev,
      hash: row.hash,
      receipt: {
        n: row.n,
        id: row.own_id ?? row.id,
        hash: row.hash,
        serverSeq: row.seq,
        result: row.result,
        ...(row.reason !== null && { reason: row.reason }),
        // PostgreSQL breaks base64 into lines.
        sig: String(row.sig).replace(/\n/g, ''),
      },
    })),
    takenIds: await takenIds(client, push),
    forkHashes: await knownForks(client, push),
  };
}

async function takenIds(client: pg.ClientBase, push: ArrivedPush): Promise<Set<string>> {
  const { rows } = await client.query(
    `SELECT e.id FROM capture_event e
       JOIN unnest($1::uuid[], $2::int[]) AS p(id, n) ON p.id = e.id
      WHERE NOT (e.device_id = $3 AND e.epoch = $4 AND e.n = p.n)`,
    [push.events.map((e) => e.id), push.events.map((e) => e.n), push.device, push.epoch],
  );
  return new Set(rows.map((row) => row.id));
}

async function knownForks(client: pg.ClientBase, push: ArrivedPush): Promise<Set<string>> {
  const { rows } = await client.query(
    `SELECT encode(hash, 'hex') AS hash FROM capture_fork WHERE id = ANY($1::uuid[])`,
    [push.events.map((event) => keyOf(push, event))],
  );
  return new Set(rows.map((row) => row.hash));
}

/** Numbers for `count` rows, taken before they are signed. */
export async function takeSequence(client: pg.ClientBase, count: number): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT nextval('capture_event_server_seq_seq')::text AS seq FROM generate_series(1, $1)`,
    [count],
  );
  return rows.map((row) => row.seq);
}

export type SignedRow = { readonly row: PlannedRow; readonly receipt: Receipt };
export type Place = { readonly orgId: number; readonly push: ArrivedPush; readonly userId: string };

/** Inserts and returns the keys that were really new; the others are taken out of our sight. */
export async function insertEvents(
  client: pg.ClientBase,
  { orgId, push, userId }: Place,
  signed: readonly SignedRow[],
): Promise<Set<string>> {
  const { rows } = await client.query(
    `INSERT INTO capture_event (id, org_id, device_id, epoch, n, prev, hash, type, user_id,
                                canonical, server_seq, result, reason, signature)
     SELECT id, $1, $2, $3, n, decode(prev, 'hex'), decode(hash, 'hex'), type, user_id,
            canonical, seq, result, reason, decode(sig, 'base64')
       FROM unnest($4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[],
                   $10::text[], $11::bigint[], $12::text[], $13::text[], $14::text[])
         AS e(id, n, prev, hash, type, user_id, canonical, seq, result, reason, sig)
     ON CONFLICT DO NOTHING RETURNING id`,
    [
      orgId,
      push.device,
      push.epoch,
      signed.map(({ row }) => row.key),
      signed.map(({ row }) => row.arrived.n),
      signed.map(({ row }) => row.arrived.prev),
      signed.map(({ row }) => row.arrived.hash),
      signed.map(({ row }) => row.arrived.event?.type ?? 'unreadable'),
      signed.map(({ row }) => row.arrived.event?.user ?? userId),
      signed.map(({ row }) => row.arrived.canonical),
      signed.map(({ receipt }) => receipt.serverSeq),
      signed.map(({ row }) => row.result),
      signed.map(({ row }) => row.reason),
      signed.map(({ receipt }) => receipt.sig),
    ],
  );
  return new Set(rows.map((row) => row.id));
}

export async function insertForks(
  client: pg.ClientBase,
  { orgId, push }: Place,
  forks: readonly PlannedRow[],
): Promise<void> {
  if (forks.length === 0) return;
  await client.query(
    `INSERT INTO capture_fork (id, org_id, device_id, epoch, n, hash, canonical)
     SELECT id, $1, $2, $3, n, decode(hash, 'hex'), canonical
       FROM unnest($4::uuid[], $5::int[], $6::text[], $7::text[]) AS f(id, n, hash, canonical)
     ON CONFLICT DO NOTHING`,
    [
      orgId,
      push.device,
      push.epoch,
      forks.map((row) => row.key),
      forks.map((row) => row.arrived.n),
      forks.map((row) => row.arrived.hash),
      forks.map((row) => row.arrived.canonical),
    ],
  );
}

/** The phone's state; I12: `capturedN` above `hw` of an epoch is a number of events we lack. */
export async function writeBeat(
  client: pg.ClientBase,
  push: ArrivedPush,
  { hw, fork, device }: { hw: number; fork: boolean; device: DeviceRow },
): Promise<void> {
  const before = device.epochs[push.epoch]?.capturedN ?? 0;
  const epoch = { capturedN: Math.max(before, push.capturedN), hw };
  const beat = {
    ...push.beat,
    appVersion: push.appVersion,
    epochs: { ...device.epochs, [push.epoch]: epoch },
    ...(fork && { forkedEpoch: push.epoch }),
  };
  await client.query(
    `UPDATE field_device SET captured_n = $2, epoch = $3, last_beat_at = now(),
            beat = COALESCE(beat, '{}') || $4::jsonb WHERE id = $1`,
    [push.device, push.capturedN, push.epoch, JSON.stringify(beat)],
  );
}

export async function serverEpoch(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ epoch: string }>('SELECT server_epoch() AS epoch');
  return rows[0]!.epoch;
}

/** The data key is the first one ever told: a later one could open nothing that rests. */
export async function registerKey(
  client: pg.ClientBase,
  device: { id: string; publicKey: string; name: string | null; dataKey?: string | undefined },
): Promise<void> {
  await client.query(
    `UPDATE field_device SET public_key = $2, name = COALESCE($3, name),
            data_key = COALESCE(data_key, $4) WHERE id = $1`,
    [device.id, device.publicKey, device.name, device.dataKey ?? null],
  );
}
