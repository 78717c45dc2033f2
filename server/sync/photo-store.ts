/** Photographs in SQL. Only server/sync/photos.ts calls it. */
import type pg from 'pg';

export type PhotoRow = {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly complete: boolean;
  readonly mime: string;
  readonly userId: string | null;
  readonly body: Buffer;
};

const COLUMNS = '"offset", size_bytes AS "sizeBytes", complete, mime, user_id AS "userId", body';

export async function selectPhoto(client: pg.ClientBase, sha256: string): Promise<PhotoRow | null> {
  const { rows } = await client.query<PhotoRow>(
    `SELECT ${COLUMNS} FROM photo WHERE sha256 = decode($1, 'hex')`,
    [sha256],
  );
  return rows[0] ?? null;
}

/** The row under its lock, made with the first piece; null when its name is out of our sight. */
export async function lockPhoto(
  client: pg.ClientBase,
  photo: { sha256: string; orgId: number; userId: string; total: number; mime: string },
): Promise<PhotoRow | null> {
  await client.query(
    `INSERT INTO photo (sha256, org_id, user_id, size_bytes, mime, body)
     VALUES (decode($1, 'hex'), $2, $3, $4, $5, '') ON CONFLICT DO NOTHING`,
    [photo.sha256, photo.orgId, photo.userId, photo.total, photo.mime],
  );
  const { rows } = await client.query<PhotoRow>(
    `SELECT ${COLUMNS} FROM photo WHERE sha256 = decode($1, 'hex') FOR UPDATE`,
    [photo.sha256],
  );
  return rows[0] ?? null;
}

export async function appendPhoto(
  client: pg.ClientBase,
  sha256: string,
  { bytes, complete }: { bytes: Uint8Array; complete: boolean },
): Promise<void> {
  await client.query(
    `UPDATE photo SET body = body || $2, "offset" = "offset" + $3, complete = $4
      WHERE sha256 = decode($1, 'hex')`,
    [sha256, Buffer.from(bytes), bytes.length, complete],
  );
}

export async function restartPhoto(client: pg.ClientBase, sha256: string): Promise<void> {
  await client.query(
    `UPDATE photo SET body = '', "offset" = 0, complete = false WHERE sha256 = decode($1, 'hex')`,
    [sha256],
  );
}
