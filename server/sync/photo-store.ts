/**
 * Photographs in SQL, named by their content within one organisation: `app_org()` is the one of the
 * transaction. Only server/sync/photos.ts calls it.
 */
import type pg from 'pg';
import { assert } from '#lib/base/assert.ts';

export type PhotoRow = {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly complete: boolean;
  readonly mime: string;
  readonly userId: string | null;
  readonly body: Buffer;
};

const COLUMNS = '"offset", size_bytes AS "sizeBytes", complete, mime, user_id AS "userId", body';

const NAMED = "org_id = app_org() AND sha256 = decode($1, 'hex')";

export async function selectPhoto(client: pg.ClientBase, sha256: string): Promise<PhotoRow | null> {
  const { rows } = await client.query<PhotoRow>(`SELECT ${COLUMNS} FROM photo WHERE ${NAMED}`, [
    sha256,
  ]);
  return rows[0] ?? null;
}

/** The row under its lock, made with the first piece. */
export async function lockPhoto(
  client: pg.ClientBase,
  photo: { sha256: string; orgId: number; userId: string; total: number; mime: string },
): Promise<PhotoRow> {
  await client.query(
    `INSERT INTO photo (sha256, org_id, user_id, size_bytes, mime, body)
     VALUES (decode($1, 'hex'), $2, $3, $4, $5, '') ON CONFLICT DO NOTHING`,
    [photo.sha256, photo.orgId, photo.userId, photo.total, photo.mime],
  );
  const { rows } = await client.query<PhotoRow>(
    `SELECT ${COLUMNS} FROM photo WHERE ${NAMED} FOR UPDATE`,
    [photo.sha256],
  );
  assert(rows[0] !== undefined, 'the row was made, or was there, a moment ago');
  return rows[0];
}

export async function appendPhoto(
  client: pg.ClientBase,
  sha256: string,
  { bytes, complete }: { bytes: Uint8Array; complete: boolean },
): Promise<void> {
  await client.query(
    `UPDATE photo SET body = body || $2, "offset" = "offset" + $3, complete = $4
      WHERE ${NAMED}`,
    [sha256, Buffer.from(bytes), bytes.length, complete],
  );
}

export async function restartPhoto(client: pg.ClientBase, sha256: string): Promise<void> {
  await client.query(`UPDATE photo SET body = '', "offset" = 0, complete = false WHERE ${NAMED}`, [
    sha256,
  ]);
}
