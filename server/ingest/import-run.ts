/**
 * The record of an uploaded file: what came in, what was kept, what was refused and why.
 *
 * It knows import_run and import_reject; it knows no column. Both import services write through it,
 * inside the transaction of the import itself.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { fromBase64 } from '#lib/base/bytes.ts';
import type { ImportAnswer, ImportReject, ImportUpload } from '#lib/contract/registry.ts';
import { AppError } from '#server/errors.ts';

export type ImportFile = {
  readonly kind: 'meters' | 'readings';
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly userId: string;
  readonly orgId: number;
};

/** The bytes of an upload and who sent it. Throws `invalid` when the content is no base64. */
export function uploadedFile(
  kind: ImportFile['kind'],
  upload: ImportUpload,
  by: { readonly userId: string; readonly orgId: number },
): ImportFile {
  const bytes = fromBase64(upload.content);
  if (!bytes.ok) throw new AppError('invalid', 'The file did not arrive as base64.');
  const { userId, orgId } = by;
  return { kind, fileName: upload.fileName, bytes: bytes.value, userId, orgId };
}

export const sha256Of = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Key space of advisory locks; imports of one organisation take turns. */
const LOCK_SPACE = 815_003;

/** The answer to an earlier import of this very file; null when it is new. Takes the turn. */
export async function findRun(
  client: pg.ClientBase,
  file: ImportFile,
): Promise<ImportAnswer | null> {
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_SPACE, file.orgId]);
  const { rows } = await client.query<{ id: number; total: number; kept: number }>(
    `SELECT id, rows_total AS total, rows_kept AS kept FROM import_run
      WHERE kind = $1 AND sha256 = $2 ORDER BY id LIMIT 1`,
    [file.kind, sha256Of(file.bytes)],
  );
  const run = rows[0];
  if (!run) return null;
  const rejects = await selectRejects(client, run.id);
  const counts = { rowsTotal: run.total, rowsKept: run.kept, rowsSame: run.kept };
  return { runId: run.id, ...counts, rejects, seenBefore: true };
}

export async function selectRejects(client: pg.ClientBase, runId: number): Promise<ImportReject[]> {
  const { rows } = await client.query<ImportReject>(
    'SELECT line, reason, text FROM import_reject WHERE run_id = $1 ORDER BY line',
    [runId],
  );
  return rows;
}

/** Writes the run and its rejects, one a line. */
export async function writeRun(
  client: pg.ClientBase,
  file: ImportFile,
  result: { rowsTotal: number; rowsKept: number; rowsSame: number; rejects: ImportReject[] },
): Promise<ImportAnswer> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO import_run (org_id, kind, file_name, sha256, user_id, rows_total, rows_kept)
     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
    [
      file.orgId,
      file.kind,
      file.fileName,
      sha256Of(file.bytes),
      file.userId,
      result.rowsTotal,
      result.rowsKept,
    ],
  );
  const runId = rows[0]!.id;
  const rejects = result.rejects.toSorted((a, b) => a.line - b.line);
  await client.query(
    `INSERT INTO import_reject (run_id, line, org_id, reason, text)
     SELECT $1, u.line, $2, u.reason, u.text
       FROM unnest($3::int4[], $4::text[], $5::text[]) AS u(line, reason, text)
     ON CONFLICT DO NOTHING`,
    [
      runId,
      file.orgId,
      rejects.map((r) => r.line),
      rejects.map((r) => r.reason),
      // PostgreSQL's text takes every character but this one.
      rejects.map((r) => r.text.replaceAll('\0', '')),
    ],
  );
  return { ...result, rejects, runId, seenBefore: false };
}

export type ImportRun = {
  readonly id: number;
  readonly kind: string;
  readonly fileName: string;
  readonly at: number;
  readonly person: string | null;
  readonly rowsTotal: number;
  readonly rowsKept: number;
};

/** The last imports of the organisation, newest first. */
export async function listRuns(client: pg.ClientBase, limit = 100): Promise<ImportRun[]> {
  const { rows } = await client.query<Omit<ImportRun, 'at'> & { at: Date }>(
    `SELECT r.id, r.kind, r.file_name AS "fileName", r.at, u.name AS person,
            r.rows_total AS "rowsTotal", r.rows_kept AS "rowsKept"
       FROM import_run r LEFT JOIN "user" u ON u.id = r.user_id ORDER BY r.id DESC LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}
