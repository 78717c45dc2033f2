/**
 * Databases for tests: each is a copy of the migrated template, made in about 50 ms.
 *
 * It knows the server that postgres.setup.ts started and nothing of the tables. Any `.pg.test.ts`
 * may call it.
 */
import pg from 'pg';
import { inject } from 'vitest';

export type TestDatabase = {
  /** Address with the superuser's rights; the code under test narrows them itself. */
  readonly url: string;
  /** Removes the database even when connections are still open. */
  readonly drop: () => Promise<void>;
};

let made = 0;

/** A new, empty, fully migrated database that no other test sees. */
export async function freshDatabase(): Promise<TestDatabase> {
  const url = await copyDatabase(inject('templateUrl'));
  const name = new URL(url).pathname.slice(1);
  const drop = () => runSql(new URL(url), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  return { url, drop };
}

/** A copy of the database at `address`, which nobody may use meanwhile; returns its address. */
export async function copyDatabase(address: string): Promise<string> {
  const url = new URL(address);
  const source = url.pathname.slice(1);
  const name = `test_${process.pid}_${Date.now().toString(36)}_${made++}`;
  await runSql(url, `CREATE DATABASE ${name} TEMPLATE "${source}" STRATEGY FILE_COPY`);
  url.pathname = `/${name}`;
  return url.href;
}

async function runSql(near: URL, sql: string): Promise<void> {
  const admin = new URL(near);
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
