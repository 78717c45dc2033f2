/**
 * The one door to PostgreSQL.
 *
 * It knows how to open a transaction that sees exactly one organisation; it knows no table. Stores
 * of the domains call it, services and procedures do not. Prisma is for the registry, `pg` for
 * readings (docs/adr/0005): both run inside the same kind of transaction.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '#server/generated/prisma/client.ts';
import { assert } from '#lib/base/assert.ts';

export type Tx = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

export type Database = {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** Runs `work` through Prisma as role kilter_app, seeing only `orgId`'s rows. */
  withOrg<T>(orgId: number, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The same through `pg`, for COPY, unnest and hand-written SQL. */
  withOrgSql<T>(orgId: number, work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

/** Long write transactions hold back what phones may pull (docs/adr on fieldsync/1). */
const TRANSACTION_LIMIT_MS = 15_000;

export function openDatabase(url: string, poolSize = 10): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    idle_in_transaction_session_timeout: TRANSACTION_LIMIT_MS,
  });
  // An idle connection that breaks (server restart) must not end the process.
  pool.on('error', () => {});
  // Nor one that breaks between two statements of a transaction: its next statement will say so.
  pool.on('connect', (client) => client.on('error', () => {}));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    prisma,
    pool,
    withOrg: (orgId, work) =>
      prisma.$transaction(
        async (tx) => {
          assert(Number.isInteger(orgId), 'withOrg needs an organisation id');
          await tx.$executeRaw`SELECT set_config('app.org', ${String(orgId)}, true)`;
          await tx.$executeRawUnsafe('SET LOCAL ROLE kilter_app');
          return work(tx);
        },
        { timeout: TRANSACTION_LIMIT_MS },
      ),
    withOrgSql: (orgId, work) => withOrgSql(pool, orgId, work),
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

async function withOrgSql<T>(
  pool: pg.Pool,
  orgId: number,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  assert(Number.isInteger(orgId), 'withOrgSql needs an organisation id');
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT set_config('app.org', $1, true)`, [String(orgId)]);
    await client.query('SET LOCAL ROLE kilter_app');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
