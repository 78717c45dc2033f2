/**
 * Before the `pg` project: one throw-away PostgreSQL with every migration applied to a template.
 *
 * It knows how to start the embedded server without fsync in the temporary folder; it knows nothing
 * of any test. Only vitest calls it; tests take their databases from tests/support/database.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startDatabase } from '../../tools/db.mjs';
import { ensureDatabase, migrate } from '../../tools/migrate.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    templateUrl: string;
  }
}

/** Starts, migrates, returns how to end it; `TEST_DATABASE_URL` names a server to use instead. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL'];
  const dir = join(mkdtempSync(join(tmpdir(), 'kilter-pg-')), 'data');
  const server = given
    ? { url: given, stop: async () => {} }
    : await startDatabase({ dir, durable: false, database: 'kilter_template' });
  await ensureDatabase(server.url);
  await migrate(server.url);
  project.provide('templateUrl', server.url);
  return async () => {
    await server.stop();
    rmSync(join(dir, '..'), { recursive: true, force: true });
  };
}
