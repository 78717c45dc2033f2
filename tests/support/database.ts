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
  const template = new URL(inject('templateUrl'));
  const name = `test_${process.pid}_${Date.now().toString(36)}_${made++}`;
  const source = template.pathname.slice(1);
  await runSql(template, `CREATE DATABASE ${name} TEMPLATE "${source}" STRATEGY FILE_COPY`);
  const url = new URL(template);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => runSql(template, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
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
