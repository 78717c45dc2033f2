/**
 * What a person's decision does to a stored reading: a new version above it, never over it. Called
 * by service.ts inside a transaction of one organisation.
 */
import type pg from 'pg';
import { QUALITIES, packStatus, unpackStatus, type Source } from '#lib/domain/reading.ts';
import type { Instant } from '#lib/base/interval.ts';
import type { RegisterKey } from './types.ts';

export type Correction = RegisterKey & {
  readonly at: Instant;
  /** What the instant shall show from now on. */
  readonly value: bigint;
  readonly source: Source;
  /** False: the value stays as evidence, nothing is counted from it. */
  readonly trusted: boolean;
  readonly userId: string;
  readonly reason: string;
};

type Stored = { value: string; status: number; version: number; original: string };

/** Writes a version when the instant does not already say so; returns whether it did. */
export async function insertCorrection(
  client: pg.ClientBase,
  correction: Correction,
): Promise<boolean> {
  const { meterId, register, at, value, source, trusted, userId, reason } = correction;
  const key = [meterId, register, new Date(at)];
  const { rows } = await client.query<Stored>(
    `WITH below AS (SELECT value, status FROM reading
       WHERE meter_id = $1 AND register = $2 AND ts = $3 LIMIT 1),
     above AS (SELECT value, status, version FROM reading_correction
       WHERE meter_id = $1 AND register = $2 AND ts = $3 ORDER BY version DESC LIMIT 1)
     SELECT coalesce(above.value, below.value)::text AS value,
            coalesce(above.status, below.status) AS status,
            coalesce(above.version, 0) AS version, below.value::text AS original
       FROM below LEFT JOIN above ON true`,
    key,
  );
  const now = rows[0];
  if (!now) return false;
  const isSuspect = unpackStatus(now.status).quality === 'suspect';
  if (!trusted && isSuspect) return false;
  if (trusted && !isSuspect && BigInt(now.value) === value) return false;
  const quality = now.original === String(value) ? 'measured' : 'edited';
  const status = trusted
    ? packStatus(quality, source, true)
    : (now.status & ~7) | QUALITIES.indexOf('suspect');
  await client.query(
    `INSERT INTO reading_correction (meter_id, register, ts, version, value, status, method,
                                     user_id, reason, old_sha256)
     VALUES ($1, $2, $3, $4, $5, $6, 'edited', $7, $8,
             sha256(convert_to($9 || '|' || $10::text, 'UTF8')))`,
    [
      ...key,
      now.version + 1,
      trusted ? String(value) : now.value,
      status,
      userId,
      reason,
      now.value,
      String(now.status),
    ],
  );
  return true;
}
