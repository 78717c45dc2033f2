/** SIGKILL for the app and its PostgreSQL, twenty times under twenty pushing phones. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSignInPath } from '#server/access/sign-in.ts';
import { cookieFrom, killUnderLoad } from '../support/kill-server.ts';
import type { Bench } from './harness.ts';
import { startServer, stop } from './server.ts';

const CLIENTS = 20;
const KILLS = 20;

export const bench: Bench = {
  about: `${KILLS} kills of app and PostgreSQL under ${CLIENTS} pushing phones`,
  async run({ seed, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'kilter-kill-'));
    process.env['KILTER_E2E_DIR'] = folder;
    say('A server with the demo town is started …');
    const server = await startServer(folder);
    const { ORIGIN, PEOPLE, theApp } = await import('../e2e/support/world.ts');
    const app = theApp();
    try {
      const where = { email: PEOPLE.reader };
      const { id: userId } = await app.db.prisma.user.findUniqueOrThrow({ where });
      const cookie = await cookieFrom(ORIGIN + (await createSignInPath(app, PEOPLE.reader, '/')));
      const wish = { origin: ORIGIN, folder, cookie, userId, clients: CLIENTS, kills: KILLS };
      const damage = await killUnderLoad({ ...wish, seed, say }, async (sql, values) => {
        const { rows } = await app.db.pool.query(sql, values);
        return rows as never;
      });
      const isGood = damage.lost + damage.twice + damage.partial === 0;
      say(isGood ? 'PASS: acknowledged is stored, once and whole' : 'NOT REACHED: see below');
      return { ...damage };
    } finally {
      await app.close();
      await stop(server);
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
