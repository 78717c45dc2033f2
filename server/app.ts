/**
 * The composition root of every server process: web, command line and tests build one App.
 *
 * It knows which parts exist and passes them their needs; it knows no rule. Entries, hooks and
 * tests call createApp; nothing else may.
 */
import type { Clock } from '#lib/base/clock.ts';
import type { Config } from '#server/config.ts';
import { createAuth, type Auth } from '#server/access/auth.ts';
import { openDatabase, type Database } from '#server/db/client.ts';

export type App = {
  readonly config: Config;
  readonly clock: Clock;
  readonly db: Database;
  readonly auth: Auth;
  close(): Promise<void>;
};

export function createApp(config: Config, clock: Clock = { now: () => Date.now() }): App {
  const db = openDatabase(config.DATABASE_URL);
  const auth = createAuth(config, db.prisma);
  return { config, clock, db, auth, close: () => db.close() };
}
