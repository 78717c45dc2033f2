/**
 * The audit log: who did what, as a chain of hashes per organisation.
 *
 * It knows how one row follows from the row before; it knows no meaning of an action. Services of
 * every domain write through it inside the transaction of the deed itself, so that neither exists
 * without the other.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { equalBytes } from '#lib/base/bytes.ts';
import type { Prisma } from '#server/generated/prisma/client.ts';
import type { Tx } from '#server/db/client.ts';

export type AuditEntry = {
  readonly orgId: number;
  readonly userId: string | null;
  /** verb-noun: `approve-installation`. */
  readonly action: string;
  /** What it was done to: `install-request 0199…`. */
  readonly subject: string;
  readonly detail?: Prisma.InputJsonObject;
  readonly at: number;
};

const GENESIS = new Uint8Array(32);

/** Key space of advisory locks; writers of one organisation's chain take turns. */
const LOCK_SPACE = 815_002;

/** Appends one row; runs inside the caller's transaction and holds the chain until it ends. */
export async function writeAudit(tx: Tx, entry: AuditEntry): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK_SPACE}::int, ${entry.orgId}::int)`;
  const last = await tx.auditLog.findFirst({
    where: { orgId: entry.orgId },
    orderBy: { id: 'desc' },
    select: { sha256: true },
  });
  await tx.auditLog.create({ data: rowAfter(last?.sha256, entry) });
}

/** The same for deeds whose transaction runs through `pg`. */
export async function writeAuditSql(client: pg.ClientBase, entry: AuditEntry): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_SPACE, entry.orgId]);
  const { rows } = await client.query<{ sha256: Buffer }>(
    'SELECT sha256 FROM audit_log WHERE org_id = $1 ORDER BY id DESC LIMIT 1',
    [entry.orgId],
  );
  const row = rowAfter(rows[0]?.sha256, entry);
  await client.query(
    `INSERT INTO audit_log (org_id, user_id, action, subject, detail, at, prev_sha256, sha256)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      row.orgId,
      row.userId,
      row.action,
      row.subject,
      JSON.stringify(row.detail),
      row.at,
      Buffer.from(row.prevSha256),
      Buffer.from(row.sha256),
    ],
  );
}

function rowAfter(last: Uint8Array | undefined, entry: AuditEntry) {
  const prevSha256 = last ? new Uint8Array(last) : GENESIS;
  const { orgId, userId, action, subject, detail = {} } = entry;
  const row = { orgId, userId, action, subject, detail, at: new Date(entry.at) };
  return { ...row, prevSha256, sha256: hashRow(prevSha256, row) };
}

/** Id of the first row that does not follow from its predecessor; null when the chain is whole. */
export async function findBrokenAudit(tx: Tx, orgId: number): Promise<bigint | null> {
  let prev = GENESIS;
  const rows = await tx.auditLog.findMany({ where: { orgId }, orderBy: { id: 'asc' } });
  for (const row of rows) {
    const expected = hashRow(prev, row);
    if (!equalBytes(prev, row.prevSha256) || !equalBytes(expected, row.sha256)) return row.id;
    prev = expected;
  }
  return null;
}

type Hashed = {
  readonly orgId: number;
  readonly userId: string | null;
  readonly action: string;
  readonly subject: string;
  readonly detail: unknown;
  readonly at: Date;
};

/** SHA-256 over the previous hash and one line of JSON with a fixed order of keys. */
function hashRow(prev: Uint8Array, row: Hashed): Uint8Array<ArrayBuffer> {
  const line = JSON.stringify([
    row.orgId,
    row.at.toISOString(),
    row.userId,
    row.action,
    row.subject,
    sorted(row.detail),
  ]);
  return new Uint8Array(createHash('sha256').update(prev).update(line).digest());
}

/** PostgreSQL's jsonb keeps no order of keys; the hash needs one. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
