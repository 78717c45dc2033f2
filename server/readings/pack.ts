/**
 * Packed months and days on their way to and from the tables.
 *
 * It knows the columns of reading_month and reading_day and the seal that chains a meter's months;
 * the layout itself is src/lib/domain/load-profile.ts. The upkeep job, the seed and the series
 * reader of this folder call it, inside a transaction of one organisation.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Instant } from '#lib/base/interval.ts';
import { unpackProfile, type PackedProfile, type ProfilePoint } from '#lib/domain/load-profile.ts';

export type Chunk = {
  readonly meterId: number;
  readonly register: number;
  readonly profile: PackedProfile;
};

/** So many months a statement: about 1 MB of text. */
const CHUNKS_A_STATEMENT = 400;
/** What the first month of a register is chained to. */
const NO_SEAL = Buffer.alloc(32);

/**
 * Writes packed months, each sealed over its content and the seal of the month before it in
 * `chunks` order; a month that exists is left as it is. Returns how many were written.
 */
export async function writeMonths(
  client: pg.ClientBase,
  chunks: readonly Chunk[],
  seals: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<number> {
  const last = new Map<string, Uint8Array>(seals);
  let written = 0;
  for (let from = 0; from < chunks.length; from += CHUNKS_A_STATEMENT) {
    const part = chunks.slice(from, from + CHUNKS_A_STATEMENT);
    const sealed = part.map((chunk) => {
      const key = `${chunk.meterId}/${chunk.register}`;
      const seal = sealOf(chunk, last.get(key) ?? NO_SEAL);
      last.set(key, seal);
      return seal;
    });
    written += await insertMonths(client, part, sealed);
  }
  return written;
}

/** Writes packed UTC days; a day that exists is left as it is. */
export async function writeDays(client: pg.ClientBase, chunks: readonly Chunk[]): Promise<number> {
  const result = await client.query(
    `INSERT INTO reading_day (meter_id, register, day, base, present, d, st)
     SELECT u.meter_id, u.register, u.day, u.base, u.present::bit(25), u.d::int4[],
            decode(u.st, 'hex')
       FROM unnest($1::int4[], $2::int2[], $3::date[], $4::int8[], $5::text[], $6::text[],
                   $7::text[]) AS u(meter_id, register, day, base, present, d, st)
     ON CONFLICT DO NOTHING`,
    [
      ...heads(chunks),
      chunks.map(({ profile }) => profile.present.padEnd(25, '0')),
      chunks.map(({ profile }) => arrayText(profile)),
      chunks.map(({ profile }) => statusHex(profile)),
    ],
  );
  return result.rowCount ?? 0;
}

async function insertMonths(
  client: pg.ClientBase,
  chunks: readonly Chunk[],
  seals: readonly Uint8Array[],
): Promise<number> {
  const result = await client.query(
    `INSERT INTO reading_month (meter_id, register, month, base, present, d2, d4, st, seal)
     SELECT u.meter_id, u.register, u.month, u.base, u.present::varbit, u.d2::int2[], u.d4::int4[],
            decode(u.st, 'hex'), decode(u.seal, 'hex')
       FROM unnest($1::int4[], $2::int2[], $3::date[], $4::int8[], $5::text[], $6::text[],
                   $7::text[], $8::text[], $9::text[])
            AS u(meter_id, register, month, base, present, d2, d4, st, seal)
     ON CONFLICT DO NOTHING`,
    [
      ...heads(chunks),
      chunks.map(({ profile }) => profile.present),
      chunks.map(({ profile }) => (profile.width === 2 ? arrayText(profile) : null)),
      chunks.map(({ profile }) => (profile.width === 4 ? arrayText(profile) : null)),
      chunks.map(({ profile }) => statusHex(profile)),
      seals.map((seal) => Buffer.from(seal).toString('hex')),
    ],
  );
  return result.rowCount ?? 0;
}

const heads = (chunks: readonly Chunk[]): unknown[] => [
  chunks.map((chunk) => chunk.meterId),
  chunks.map((chunk) => chunk.register),
  chunks.map(({ profile }) => dateText(profile.start)),
  chunks.map(({ profile }) => String(profile.base)),
];

const dateText = (at: Instant): string => new Date(at).toISOString().slice(0, 10);
const arrayText = ({ increments }: PackedProfile): string => `{${increments.join()}}`;
const statusHex = ({ status }: PackedProfile): string | null =>
  status && Buffer.from(status).toString('hex');

/**
 * SHA-256 over the canonical content of a month and the seal before it: a changed bit anywhere in
 * the history of a register breaks every later seal.
 */
export function sealOf({ meterId, register, profile }: Chunk, before: Uint8Array): Uint8Array {
  const text = [
    'kilter-month/1',
    meterId,
    register,
    dateText(profile.start),
    profile.base,
    profile.present,
    profile.increments.join(),
    statusHex(profile) ?? '',
  ].join('|');
  return createHash('sha256').update(before).update(text).digest();
}

/** A row of either table as `pg` returns it; `start` in UTC milliseconds as text. */
export type ChunkRow = {
  readonly meter_id: number;
  readonly register: number;
  readonly start: string;
  readonly base: string;
  readonly present: string;
  readonly d: readonly number[];
  readonly st: Buffer | null;
};

/** Columns of `ChunkRow` in reading_month. */
export const MONTH_COLUMNS = `meter_id, register, base, present::text AS present, st,
  (extract(epoch FROM month) * 1000)::int8::text AS start,
  CASE WHEN cardinality(d4) > 0 THEN d4 ELSE d2::int4[] END AS d`;

/** Columns of `ChunkRow` in reading_day. */
export const DAY_COLUMNS = `meter_id, register, base, present::text AS present, st,
  (extract(epoch FROM day) * 1000)::int8::text AS start, d`;

export const pointsOf = (row: ChunkRow): ProfilePoint[] =>
  unpackProfile({
    start: Number(row.start),
    base: BigInt(row.base),
    present: row.present,
    increments: row.d,
    width: 4,
    status: row.st,
  });
